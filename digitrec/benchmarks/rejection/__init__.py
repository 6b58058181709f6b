"""Comparing ways to reject non-digits."""
