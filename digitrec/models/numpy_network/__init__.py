"""Networks for single digits, computed by NumPy alone."""
