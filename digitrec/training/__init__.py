"""Training a network, and the run directory in which all of it is recorded."""
