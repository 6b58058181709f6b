"""Synthetic handwriting: digits, what is no digit, numbers and photographs of pages."""
