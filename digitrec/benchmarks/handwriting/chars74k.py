"""Chars74K's handwritten characters: digits and letters by other people, drawn on another device.

For measuring only; no network is trained on them (de Campos, Babu and Varma 2009, "Character
recognition in natural images").
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from digitrec.benchmarks.handwriting.hands import is_clear_letter
from digitrec.data.rendering.canvas_placement import Strokes, place_on_canvas
from digitrec.drawing.strokes import Drawing

__all__ = ["DIGITS", "FILE", "Characters", "clear_letters", "drawn", "read"]

FILE = Path("chars74k", "strokes-dev.json")  # in the data folder
DIGITS = "0123456789"

Characters = dict[str, list[Strokes]]


def read(path: Path) -> Characters | None:
    """Return the strokes of each character's samples; None where there is no such file."""
    if not path.is_file():
        return None
    samples = json.loads(path.read_text(encoding="utf-8"))
    return {
        character: [[np.array(stroke, np.float64) for stroke in sample] for sample in written]
        for character, written in samples.items()
    }


def clear_letters(characters: Characters) -> str:
    """Return the letters that do not look like a digit, sorted."""
    return "".join(sorted(c for c in characters if is_clear_letter(c)))


def drawn(
    characters: Characters, which: str, rng: np.random.Generator, times: int = 1
) -> tuple[list[Drawing], Sequence[str]]:
    """Draw all samples of some characters, each at a random place and size.

    Args:
        characters: All characters.
        which: Those to draw.
        rng: Where places and sizes come from.
        times: Drawings of each sample.

    Returns:
        The drawings, and the character of each.
    """
    samples = [(strokes, c) for c in which for strokes in characters[c]] * times
    pairs = [(place_on_canvas(strokes, rng), c) for strokes, c in samples]
    return [drawing for drawing, _ in pairs], [c for _, c in pairs]
