"""What happens in the window, without Tk: the drawing, the networks, their answers, messages."""
