"""A small text of pen strokes in the place of the original."""

from __future__ import annotations

HEADER = '.INCLUDE\tdene.doc\n\n.LEXICON "0" "1"\n.HIERARCHY\tDIGIT\n\n'


def segment(label: int, writer: int, *strokes: list[tuple[int, int]], first: int = 0) -> str:
    """A digit, as the data set holds it; its first stroke has the number ``first``."""
    numbers = f"{first}-{first + len(strokes) - 1}" if len(strokes) > 1 else f"{first}"
    text = f'.SEGMENT DIGIT    {numbers} ? "{label}"\n.COMMENT {label} {writer}  3\n'
    for stroke in strokes:
        text += ".PEN_DOWN\n" + "".join(f" {x}  {y}\n" for x, y in stroke) + ".PEN_UP\n.DT 100\n"
    return text + "\n"


def written(count: int) -> str:
    """Digits by all thirty writers, a line and a bar each, no two alike."""
    return HEADER + "".join(
        segment(
            k % 10,
            writer,
            [(100 + writer, 100), (300, 400 - k)],
            [(80, 250), (320, 250)],
            first=2 * ((writer - 1) * count + k),
        )
        for writer in range(1, 31)
        for k in range(count)
    )
