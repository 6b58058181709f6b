from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitrec.data.rendering import low_quality
from digitrec.data.rendering.low_quality import draw_in_low_quality
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise
from digitrec.imaging.normalise import normalise_ink

EFFECTS = (
    "_STRETCHED",
    "_THICK",
    "_CROPPED",
    "_BROKEN",
    "_BLURRED",
    "_ENLARGED",
    "_BINARY",
    "_JPEG",
)


def strokes(digit: int) -> list[np.ndarray]:
    return [stroke.points for stroke in draw(digit, np.random.default_rng(1)).strokes]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No effect happens."""
    for name in EFFECTS:
        monkeypatch.setattr(low_quality, name, 0.0)
    return monkeypatch


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9), st.integers(0, 2**31))
def test_a_picture_always_has_ink_and_repeats(digit: int, seed: int) -> None:
    image = draw_in_low_quality(strokes(digit), np.random.default_rng(seed))
    assert image.shape == (28, 28)
    assert image.max() == pytest.approx(1)
    assert image.min() >= 0
    again = draw_in_low_quality(strokes(digit), np.random.default_rng(seed))
    assert np.array_equal(image, again)


@pytest.mark.parametrize(
    "points",
    [[[5.0, 5.0]], [[5.0, 5.0], [5.0, 5.0]], [[0.0, 0.0], [0.0, 9.0]], [[0.0, 0.0], [9.0, 0.0]]],
)
def test_dots_and_straight_lines_are_drawn(points: list[list[float]]) -> None:
    for seed in range(30):
        assert draw_in_low_quality([np.array(points)], np.random.default_rng(seed)).any()


def test_coarse_pictures_keep_the_shape(only: pytest.MonkeyPatch) -> None:
    """Without any effect it is like a drawing of the same strokes, except for its pixels."""
    three = strokes(3)
    low = np.min([p.min(axis=0) for p in three], axis=0)
    scale = 200 / max(np.ptp(np.concatenate(three), axis=0))
    best = []
    for seed in range(20):
        image = draw_in_low_quality(three, np.random.default_rng(seed))
        fits = []
        for pen in (12, 20, 30, 40):
            lines = [low_quality.Stroke((p - low) * scale + 50, pen) for p in three]
            clean = normalise_ink(rasterise(lines, 300, 300))
            fits.append(np.corrcoef(image.ravel(), clean.ravel())[0, 1])
        best.append(max(fits))
    assert np.mean(best) > 0.85
    assert min(best) > 0.65  # of some ten pixels


def test_stretching_makes_a_narrow_digit_wider(only: pytest.MonkeyPatch) -> None:
    def width() -> float:
        drawn = [draw_in_low_quality(strokes(1), np.random.default_rng(k)) for k in range(30)]
        return float(np.mean([np.ptp(np.nonzero(image > 0.5)[1]) for image in drawn]))

    before = width()
    only.setattr(low_quality, "_STRETCHED", 1.0)
    assert width() > 1.5 * before


def test_binary_pictures_have_no_grey(only: pytest.MonkeyPatch) -> None:
    seen = []
    only.setattr(low_quality, "_BINARY", 1.0)
    only.setattr(low_quality, "_SIDES", (60, 61))  # smaller ones are enlarged, which makes grey
    only.setattr(low_quality, "normalise_ink", lambda ink: seen.append(ink) or normalise_ink(ink))
    draw_in_low_quality(strokes(5), np.random.default_rng(0))
    assert set(np.unique(seen[0])) == {0, 255}


def test_a_thick_stick_is_thicker_than_a_thick_digit(only: pytest.MonkeyPatch) -> None:
    only.setattr(low_quality, "_THICK", 1.0)
    stick = [np.array([[0.0, 0.0], [1.0, 9.0]])]

    drawn = [draw_in_low_quality(stick, np.random.default_rng(k)) for k in range(30)]
    widths = [float(np.median((image > 0.5).sum(axis=1))) for image in drawn]
    assert max(widths) > 6  # of 20 pixels, and other digits have at most 5


def test_tiny_pictures_are_enlarged_as_in_use(only: pytest.MonkeyPatch) -> None:
    only.setattr(low_quality, "_SIDES", (12, 12.5))
    seen = []
    only.setattr(low_quality, "normalise_ink", lambda ink: seen.append(ink) or normalise_ink(ink))
    draw_in_low_quality(strokes(5), np.random.default_rng(0))
    assert max(seen[0].shape) >= 128


def test_broken_strokes_have_less_ink(only: pytest.MonkeyPatch) -> None:
    def ink() -> float:
        pens = [draw_in_low_quality(strokes(2), np.random.default_rng(k)) for k in range(30)]
        return float(np.mean(pens))

    whole = ink()
    only.setattr(low_quality, "_BROKEN", 1.0)
    assert 0.4 * whole < ink() < 0.98 * whole
