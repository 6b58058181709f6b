"""Reading all digits of a page: the stages in their order, and the decision on each piece."""
