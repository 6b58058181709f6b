"""Networks computed by NumPy alone."""
