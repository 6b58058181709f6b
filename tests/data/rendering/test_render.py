from __future__ import annotations

import numpy as np
import pytest

from digitrec.data.rendering import render as rendering
from digitrec.data.rendering.canvas_placement import place_on_canvas
from digitrec.data.rendering.render import Variation, render
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.imaging import normalise


def test_renderings_differ_and_are_repeatable() -> None:
    stick = [np.array([[0.0, 0.0], [9.0, 60.0]])]
    images = render([stick], 5, seed=3)
    assert images.shape == (5, 28, 28)
    assert images.dtype == np.uint8
    assert len({image.tobytes() for image in images}) == 5
    assert np.array_equal(images, render([stick], 5, seed=3))
    assert not np.array_equal(images, render([stick], 5, seed=4))


def test_each_character_is_drawn_once_then_again() -> None:
    stick, bar = [np.array([[0.0, 0.0], [0.0, 60.0]])], [np.array([[0.0, 0.0], [60.0, 0.0]])]
    lying = [bool(np.ptp(np.nonzero(image)[1]) > 10) for image in render([stick, bar], 2, seed=0)]
    assert lying == [False, True, False, True]


def test_a_part_of_the_images_is_of_low_quality(monkeypatch: pytest.MonkeyPatch) -> None:
    strokes = [stroke.points for stroke in draw(8, np.random.default_rng(1)).strokes]
    drawn = []
    monkeypatch.setattr(
        rendering, "draw_in_low_quality", lambda *given: drawn.append(given) or np.ones((28, 28))
    )
    images = render([strokes], 200, seed=0, variation=Variation(low_quality=0.3))
    assert 40 < len(drawn) < 80
    assert (images == 255).all(axis=(1, 2)).sum() == len(drawn)
    render([strokes], 20, seed=0)
    assert len(drawn) < 80


def test_strokes_need_no_search_for_ink(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strokes become the images that pictures of them would, without a search for paper."""
    digits = [
        [stroke.points for stroke in draw(label, rng).strokes]
        for label, rng in zip(range(10), np.random.default_rng(0).spawn(10), strict=True)
    ]
    rng = np.random.default_rng(4)
    pictures = [rasterise_drawing(place_on_canvas(digit, rng)) for digit in digits * 3]
    expected = np.rint([normalise.normalise(picture) * 255 for picture in pictures])
    monkeypatch.setattr(normalise, "find_ink", None)
    images = render(digits, 3, seed=4)
    assert np.array_equal(images, expected)
