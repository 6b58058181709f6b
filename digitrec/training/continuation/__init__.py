"""Continuing from another run: for more epochs, or from its weights."""
