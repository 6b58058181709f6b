"""Digits by many hands: all sources of handwriting together, with some left out to test on."""
