"""Reading a drawing of strokes, or a picture, with one or several networks side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from digitrec.arrays import Uint8Array
from digitrec.drawing.grouping import StrokeGroup, stroke_groups
from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.imaging.normalise import normalise_ink
from digitrec.recognition.recognizer import Recognizer
from digitrec.recognition.results import Answer, Digit, Prediction, Reading, Rejection

__all__ = ["read_drawing", "read_picture"]


def read_drawing(drawing: Drawing, recognizers: Sequence[Recognizer]) -> Reading:
    """Group the strokes into digits, and read the ink of each that is on the canvas.

    Args:
        drawing: The strokes, and the size of the canvas.
        recognizers: The networks to ask; each sees the same images.
    """
    inked = [(group, _ink(group, drawing)) for group in stroke_groups(drawing)]
    inked = [(group, ink) for group, ink in inked if ink.any()]  # strokes may be off the canvas
    images = np.array([normalise_ink(ink) for _, ink in inked], dtype=np.float32)
    large = [i for i, (group, _) in enumerate(inked) if not group.too_small]
    answers = []
    for recognizer in recognizers:
        predictions = [Prediction.unread(image, Rejection("too small")) for image in images]
        if large:
            read = recognizer.recognize_normalised(images[large])
            for i, prediction in zip(large, read, strict=True):
                predictions[i] = prediction
        digits = (
            Digit(prediction, group.box, group.strokes, group.row)
            for prediction, (group, _) in zip(predictions, inked, strict=True)
        )
        answers.append(Answer(tuple(digits)))
    return Reading(tuple(answers), drawing.pen_left_canvas())


def read_picture(picture: Image.Image, recognizers: Sequence[Recognizer]) -> Reading:
    """Read a picture of one digit or of several with each network.

    Raises:
        PictureError: if the picture cannot be decoded.
    """
    return Reading(tuple(_answer_to_picture(picture, one) for one in recognizers))


def _answer_to_picture(picture: Image.Image, recognizer: Recognizer) -> Answer:
    page = recognizer.read(picture)
    if len(page.digits) > 1 or any(page.marks):
        digits = tuple(
            Digit(prediction, prediction.box, row=row)
            for row, line in enumerate(page.lines)
            for prediction in line
        )
        return Answer(digits, page.marks)
    prediction = recognizer.recognize(picture)
    if prediction.image.any():
        return Answer((Digit(prediction, None),))
    low, high = picture.convert("L").getextrema()
    if low == high:
        return Answer(())
    return Answer((Digit(Prediction.unread(prediction.image, Rejection("too faint")), None),))


def _ink(group: StrokeGroup, drawing: Drawing) -> Uint8Array:
    """Rasterise one group: the same pixels that it has on the whole canvas, cropped to its box."""
    left, top = (math.floor(value) for value in group.box[:2])
    right, bottom = (math.ceil(value) for value in group.box[2:])
    moved = [Stroke(stroke.points - (left, top), stroke.width) for stroke in group.strokes]
    return rasterise(moved, right - left, bottom - top)
