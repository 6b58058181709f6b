"""From pen strokes to training images: strokes varied, placed on a canvas, drawn, normalised."""
