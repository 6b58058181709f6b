"""Training a network, and the run directory that records it."""
