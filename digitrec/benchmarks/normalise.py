"""How fast drawings are normalised."""

from __future__ import annotations

from digitrec.benchmarks.synthetic import drawn_digits
from digitrec.benchmarks.timing import rate
from digitrec.imaging.normalise import normalise

__all__ = ["normalisation"]


def normalisation(count: int = 200, repeats: int = 5) -> str:
    """Return a line with the drawings of 280×280 pixels that one core normalises in a second."""
    inks = list(drawn_digits(count))
    return rate("drawings of 280×280", lambda: len([normalise(ink) for ink in inks]), repeats)
