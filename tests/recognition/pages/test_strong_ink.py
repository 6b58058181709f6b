"""The ink of a page that stands out, beside the ink that was found at first."""

from __future__ import annotations

import numpy as np

from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.find_ink import PageInk
from digitrec.recognition.pages.strong_ink import strong_page_ink


def page_of(ink: np.ndarray) -> PageInk:
    return PageInk(ink.astype(np.float32), 1, ink.shape[1], ink.shape[0])


def test_ink_is_found_again_where_it_is_not_what_was_found_first() -> None:
    t = np.linspace(0, 6.3, 40)
    line = np.stack([80 + 20 * np.sin(t), 60 - 30 * np.cos(t)], axis=1)
    stroke = rasterise([Stroke(line, 6.0)], 200, 120) > 127
    paper = np.random.default_rng(0).normal(190, 12, stroke.shape)
    picture = np.where(stroke, 20, paper).clip(0, 255).astype(np.uint8)
    found = strong_page_ink(picture, page_of(np.roll(stroke, 60, axis=1)))
    assert found is not None
    assert ((found.ink > 0.5) == stroke).all()
    assert strong_page_ink(picture, page_of(np.zeros_like(stroke))) is not None
    assert strong_page_ink(picture, page_of(np.roll(stroke, 1, axis=1))) is None


def test_a_plain_background_has_no_pale_ink_to_leave_out() -> None:
    picture = np.full((60, 60), 255, np.uint8)
    picture[10:50, 30] = 0
    assert strong_page_ink(picture, page_of(np.zeros((60, 60)))) is None
    noise = np.random.default_rng(0).integers(200, 202, (60, 60)).astype(np.uint8)
    assert strong_page_ink(noise // 255 + noise, page_of(np.zeros((60, 60)))) is None
