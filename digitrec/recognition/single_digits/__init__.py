"""Reading one digit: the network, and what is done where it is not sure."""
