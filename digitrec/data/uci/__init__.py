"""UCI's pen digits: pen strokes of digits by thirty writers of one laboratory."""
