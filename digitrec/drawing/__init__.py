"""Strokes of a pen: their image, which of them make a digit, and files of them."""
