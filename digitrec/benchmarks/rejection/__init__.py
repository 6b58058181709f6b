"""Ways to reject what is not a digit, compared."""
