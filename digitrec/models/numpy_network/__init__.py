"""Networks for single digits and for ink, computed by NumPy alone."""
