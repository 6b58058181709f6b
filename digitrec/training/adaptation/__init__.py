"""Adapting a trained network to one person: fine-tuning on drawings that they corrected."""
