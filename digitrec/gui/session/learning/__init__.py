"""Learning from the corrected drawings: fine-tuning on them in a process of its own."""
