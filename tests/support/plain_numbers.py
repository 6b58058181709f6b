"""Numbers with marks between the digits, in plain strokes."""

from __future__ import annotations

import numpy as np

from digitrec.arrays import Uint8Array
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke


def write(text: str, pitch: float = 62.0) -> Uint8Array:
    """Write digits 80 pixels high with marks as plain strokes between them."""
    marks = {
        ".": [[(0, 78), (0.5, 78)]], ",": [[(4, 74), (0, 92)]], "-": [[(-14, 42), (14, 42)]],
        "/": [[(20, -4), (-20, 88)]], ":": [[(0, 24), (0.5, 24)], [(0, 66), (0.5, 66)]],
        "+": [[(-18, 44), (18, 44)], [(0, 26), (0, 62)]],
        "=": [[(-15, 34), (15, 34)], [(-15, 54), (15, 54)]],
    }  # fmt: skip
    digits = {
        "0": [[(20 * np.sin(t), 40 - 40 * np.cos(t)) for t in np.linspace(0, 6.3, 30)]],
        "1": [[(-12, 14), (4, 0), (4, 80)]],
        "3": [[(-18, 4), (14, 0), (14, 26), (-4, 36), (18, 50), (14, 78), (-18, 76)]],
        "4": [[(6, 0), (-20, 52), (22, 52)], [(8, 34), (8, 80)]],
        "7": [[(-20, 0), (20, 0), (-4, 80)]],
    }
    strokes = [
        Stroke(np.add(path, (60 + pitch * place, 60)), 8.0)
        for place, one in enumerate(text)
        for path in (marks | digits).get(one, [])
    ]
    return rasterise(strokes, round(120 + pitch * len(text)), 200)
