"""Lines of digits with marks between them, from which a network learns to tell the marks."""
