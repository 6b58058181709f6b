"""Reading all digits of a page: its stages in their order, and what is decided of each piece."""
