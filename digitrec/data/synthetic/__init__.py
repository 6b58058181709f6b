"""Synthetic handwriting: digits, drawings that are not digits, numbers, photographs of pages."""
