"""Chars74K's handwritten characters: other people, another device, letters beside digits.

Only for measuring; nothing here is ever trained on (de Campos, Babu and Varma 2009, "Character
recognition in natural images").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from digitrec.data.canvas_placement import Strokes, place_on_canvas
from digitrec.drawing.strokes import Drawing

__all__ = ["DIGITS", "FILE", "LETTERS_LIKE_DIGITS", "Characters", "clear_letters", "drawn", "read"]

FILE = Path("chars74k", "strokes-dev.json")  # within the data folder
DIGITS = "0123456789"
# Letters that some hand writes like a digit: nobody could tell.
LETTERS_LIKE_DIGITS = frozenset("IOSZBGbgoqslzijcCDJQ")

Characters = dict[str, list[Strokes]]


def read(path: Path) -> Characters | None:
    """Return how each character was written; None where there is no such file."""
    if not path.is_file():
        return None
    samples = json.loads(path.read_text(encoding="utf-8"))
    return {
        character: [[np.array(stroke, np.float64) for stroke in sample] for sample in written]
        for character, written in samples.items()
    }


def clear_letters(characters: Characters) -> str:
    """Return the letters there are that look like no digit, in order."""
    return "".join(sorted(c for c in characters if c.isalpha() and c not in LETTERS_LIKE_DIGITS))


def drawn(
    characters: Characters, which: str, rng: np.random.Generator, times: int = 1
) -> tuple[list[Drawing], Sequence[str]]:
    """Draw all samples of these characters, each at random places and sizes; and what they are."""
    samples = [(strokes, c) for c in which for strokes in characters[c]] * times
    pairs = [(place_on_canvas(strokes, rng), c) for strokes, c in samples]
    return [drawing for drawing, _ in pairs], [c for _, c in pairs]
