"""Handwriting from which no network learnt: of other laboratories, by held-out writers."""
