"""The canvas of the window: the pen and the eraser, the strokes, and what is shown above them."""
