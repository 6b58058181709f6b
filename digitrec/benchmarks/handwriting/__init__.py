"""Handwriting that no network was trained on: from other laboratories, by held-out writers."""
