"""A small folder in UNIPEN's layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from digitrec.data.synthetic.digits import draw

Point = tuple[float, float]
Sample = tuple[str, Sequence[Sequence[Point]]]
"""A label and strokes, y upwards."""


def drawn(label: int, seed: int) -> Sample:
    """A digit, on a tablet of 1000 points."""
    strokes = draw(label, np.random.default_rng(seed)).strokes
    return str(label), [[(round(x), 1000 - round(y)) for x, y in s.points * 9] for s in strokes]


def ink(strokes: Sequence[Sequence[Point]], writer: str) -> str:
    """The text of a file of ink."""
    text = f".WRITER_ID {writer}\n.COMMENT anything\n"
    for stroke in strokes:
        points = "".join(f"\t{x:g} {y:g}\n" for x, y in stroke)
        text += f".START_BOX\n.PEN_DOWN\n{points}.PEN_UP\n"
    return text


def write(
    root: Path, source: str, writers: Mapping[str, Sequence[Sample]], part: str = "1a"
) -> None:
    """Write files of labels and of ink, one of each a writer, into a data folder."""
    for writer, samples in writers.items():
        name = f"{source}/data/{part}-{writer}.dat"
        labels = root / "unipen" / "data" / part / source / f"{writer}.dat"
        strokes = root / "unipen" / "include" / name
        for path in (labels, strokes):
            path.parent.mkdir(parents=True, exist_ok=True)
        text, first = f".VERSION 1.0\n.INCLUDE {source}/a.doc\n.INCLUDE {name}\n", 0
        for label, sample in samples:
            escaped = label.replace("\\", "\\\\").replace('"', '\\"') if len(label) == 1 else label
            last = first + len(sample) - 1
            span = f"{first}-{last}" if len(sample) > 1 else f"{first}"
            text += f'.SEGMENT CHARACTER {span} ? "{escaped}"\n'
            first += len(sample)
        labels.write_text(text)
        strokes.write_text(ink([s for _, sample in samples for s in sample], writer))


def digits(writer: int, count: int = 10) -> list[Sample]:
    """Digits of a writer, no two alike."""
    return [drawn(k % 10, 1000 * writer + k) for k in range(count)]
