"""Beginning where another run has ended: for more epochs, or with its weights."""
