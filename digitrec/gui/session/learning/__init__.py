"""Learning from the drawings that the user kept: which they are, and fine-tuning on them."""
