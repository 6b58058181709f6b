"""Handwriting on paper, in boxes, beside print: pictures whose ink is known to the pixel."""
