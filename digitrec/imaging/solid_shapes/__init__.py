"""Filled shapes on a plain background: a badge around a digit, and outlined strokes to fill."""
