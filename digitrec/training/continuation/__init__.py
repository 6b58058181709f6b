"""How runs go on: where they were stopped, for more epochs, or from the weights of others."""
