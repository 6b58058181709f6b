"""Drawings: strokes of a pen, their pixels, their grouping into digits, and files of them."""
