"""Pictures with the box, the digit and the confidence of each prediction drawn on them."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitrec.imaging.pixels import check_picture, size_of
from digitrec.recognition.pages.turned_pages import turn_page, turn_picture
from digitrec.recognition.results import Mark, Page, Prediction
from digitrec.storage.atomic import write_bytes
from digitrec.storage.file_names import cut_name

__all__ = ["draw_boxes", "save_beside"]

SURE = 0.9  # a digit is drawn as sure from this confidence on
COLOURS = {"sure": (0, 90, 200), "unsure": (190, 90, 0), "rejected": (190, 0, 70)}
LABEL = 22  # pixels that a label needs, from one digit to the next
LARGEST = 40_000_000  # pixels at most of a picture that is enlarged to make room for labels
LONGEST_NAME = 100  # characters that the name of a picture keeps


def draw_boxes(picture: Image.Image, page: Page) -> Image.Image:
    """Draw what was read on a copy of a picture.

    Where digits are small, the copy is enlarged so that each label fits beside the next. A page
    that is turned is drawn upright.

    Args:
        picture: As `digitrec.recognition.recognizer.Recognizer.read` took it.
        page: What was read in it.

    Returns:
        An RGB image; blue digits are sure, orange ones unsure, red ones rejected.
    """
    upright = check_picture(picture)
    if page.turned:
        back = 360 - page.turned
        page, upright = turn_page(page, size_of(upright), back), turn_picture(upright, back)
    if isinstance(upright, np.ndarray):
        upright = Image.fromarray(upright)
    if upright.mode == "RGBA":
        background = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(background, upright)
    digits = [p for p in page.digits if p.box]
    scale = _scale(upright.size, page)
    heights = [scale * (p.box[3] - p.box[1]) for p in digits if p.box]
    size = max(11, min(28, round(0.3 * float(np.median(heights))))) if heights else 11
    fonts = ImageFont.load_default(size), ImageFont.load_default(max(9, round(size * 0.72)))
    margin = round(2.4 * size)  # above and beside the picture, for labels at its edges
    drawn = Image.new("RGB", _scaled(upright.size, scale, 2 * margin), "white")
    enlarged = upright.convert("RGB").resize(_scaled(upright.size, scale), _method(scale))
    drawn.paste(enlarged, (margin, margin))
    draw = ImageDraw.Draw(drawn)
    line = max(1, round(size / 9))
    marks = [mark for row in page.marks for mark in row if mark.text != " "]
    read: list[Prediction | Mark] = [*digits, *marks]
    for prediction in read:
        _draw(draw, prediction, scale, margin, line, fonts)
    return drawn


def save_beside(folder: Path, name: str, page: int, picture: Image.Image) -> Path:
    """Save a picture as a PNG file of a folder, under a name that no file there has yet.

    Args:
        folder: It is made where it is missing.
        name: The path that the picture was read from; the file is named after it.
        page: Which of the pages of that it is; 0 of a file without pages.
        picture: What to save.

    Returns:
        The path of the new file.

    Raises:
        OSError: if it cannot be written, which names the file; nothing is left then, and the next
            picture cannot be written either.
    """
    content = io.BytesIO()
    picture.save(content, "PNG")
    try:
        Path(os.path.realpath(folder)).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    for path in _names(folder, name, page):
        if not os.path.lexists(path):
            with contextlib.suppress(FileExistsError):  # another process has just taken the name
                write_bytes(path, content.getvalue(), new=True)
                break
    return path


def _names(folder: Path, name: str, page: int) -> Iterator[Path]:
    stem = "standard-input" if name == "-" else cut_name(Path(name).stem[:LONGEST_NAME])
    stem += f"-page-{page}" if page else ""
    yield folder / f"{stem}-boxes.png"
    for number in count(2):
        yield folder / f"{stem}-boxes-{number}.png"


def _scale(size: tuple[int, int], page: Page) -> int:
    """Return the whole factor by which a picture is enlarged so that its labels have room."""
    steps: list[float] = []
    for line in page.lines:
        middles = sorted((p.box[0] + p.box[2]) / 2 for p in line if p.box)
        steps += np.diff(middles).tolist()
        # Between two lines there is half as much room as digits are high.
        steps += [(p.box[3] - p.box[1]) / 2 for p in line if p.box]
    if not steps:
        return 1
    wanted = int(np.ceil(LABEL / max(float(np.percentile(steps, 10)), 1.0)))
    return max(1, min(wanted, int(np.sqrt(LARGEST / (size[0] * size[1])))))


def _scaled(size: tuple[int, int], scale: int, more: int = 0) -> tuple[int, int]:
    return size[0] * scale + more, size[1] * scale + more


def _method(scale: int) -> Image.Resampling:
    return Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.NEAREST


def _draw(
    draw: ImageDraw.ImageDraw,
    prediction: Prediction | Mark,
    scale: int,
    margin: int,
    line: int,
    fonts: tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, ...],
) -> None:
    """Draw the box of a digit or a mark, and above it the text and, smaller, how sure it is."""
    assert prediction.box is not None
    kind = "sure" if prediction.confidence >= SURE else "unsure"
    colour = COLOURS["rejected" if prediction.reason else kind]
    left, top, right, bottom = (scale * side + margin for side in prediction.box)
    draw.rectangle(
        (left - line, top - line, right - 1 + line, bottom - 1 + line), None, colour, line
    )
    middle, above = (left + right) / 2, float(top - 2 * line)
    labels = [(prediction.text or "?", fonts[0])]
    if prediction.reason is None:
        labels.insert(0, (f"{100 * prediction.confidence:.0f}", fonts[1]))
    for text, font in labels:
        place = (middle, above)
        draw.text(place, text, colour, font, "ms", stroke_width=2, stroke_fill="white")
        above = draw.textbbox(place, text, font, "ms")[1] - 2
