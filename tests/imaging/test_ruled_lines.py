from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import SHAPES, difference, draw
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from digitrec.arrays import Float32Array
from digitrec.imaging.find_ink import page_ink, to_ink
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.imaging.ruled_lines import has_ruled_lines, remove_ruled_lines

LEVEL = 14.0


def ruled(
    shape: tuple[int, int] = (280, 360),
    pitch: float = 60,
    thick: float = 2,
    degrees: float = 0,
    bend: float = 0,
    first: float = 20,
) -> Float32Array:
    """Coverage of rules from left to right; bend: pixels that their middle hangs lower."""
    height, width = shape
    y, x = np.arange(height)[:, None], np.linspace(-1, 1, width)
    fall = np.tan(np.radians(degrees)) * x * width / 2 + bend * (1 - x * x)
    away = np.abs((y - fall - first + pitch / 2) % pitch - pitch / 2)
    return np.clip(thick / 2 + 0.5 - away, 0, 1).astype(np.float32)


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"thick": 5, "pitch": 90},
        {"degrees": 4},
        {"degrees": -7},
        {"bend": 5},
        {"bend": -5, "degrees": 3},
        {"pitch": 25},
        {"first": 2, "degrees": 3},  # the first and the last leave by the top and the bottom
        {"pitch": 400, "first": 150},  # one alone
    ],
)
def test_ruled_lines_go_and_strokes_stay(rules: dict[str, float], down: bool) -> None:
    ink = draw(height=280, width=360).astype(np.float32)
    rule = 80 * (ruled((360, 280), **rules).T if down else ruled(**rules))
    rest = remove_ruled_lines(np.maximum(ink, rule), LEVEL)
    off, on = (ink == 0), (ink == 255)
    assert (rule[off] > LEVEL).any()
    assert np.count_nonzero(rest[off] > LEVEL) < 0.15 * np.count_nonzero(rule[off] > LEVEL)
    assert rest[on].min() > 100
    away = ndimage.distance_transform_edt(rule == 0) > 2
    assert rest[on & away].mean() > 250


def test_squares_go() -> None:
    rule = 100 * np.maximum(ruled(pitch=40), ruled((360, 280), pitch=40).T)
    rest = remove_ruled_lines(rule, LEVEL)
    assert np.count_nonzero(rest > LEVEL) < 0.02 * np.count_nonzero(rule > LEVEL)


def test_a_ruled_line_that_fades_is_removed_wholly() -> None:
    rule = ruled(pitch=80, thick=3) * np.linspace(50, 110, 360, dtype=np.float32)
    rest = remove_ruled_lines(rule, LEVEL)
    assert np.count_nonzero(rest > LEVEL) < 0.02 * np.count_nonzero(rule > LEVEL)


def test_a_stroke_along_a_ruled_line_stays() -> None:
    """The bar of a 7 that lies on a rule."""
    ink = draw("seven", height=280, width=360).astype(np.float32)
    top = float(np.flatnonzero(ink.any(axis=1))[0] + 6)
    rest = remove_ruled_lines(np.maximum(ink, 80 * ruled(first=top)), LEVEL)
    assert rest[ink == 255].min() > 100


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_without_ruled_lines_is_returned_as_it_is(shape: str) -> None:
    ink = draw(shape).astype(np.float32)
    assert remove_ruled_lines(ink, LEVEL) is ink
    cropped = ink[ink.any(axis=1)][:, ink.any(axis=0)]
    assert remove_ruled_lines(cropped, LEVEL) is cropped


@pytest.mark.parametrize("thick", [4, 12, 30])
def test_a_single_stroke_from_side_to_side_is_not_a_ruled_line(thick: float) -> None:
    stroke = 255 * ruled((60, 200), pitch=500, thick=thick, first=30, degrees=2)
    for contrast in (stroke, np.ascontiguousarray(stroke.T)):
        assert remove_ruled_lines(contrast, LEVEL) is contrast
        assert not has_ruled_lines(contrast.astype(np.uint8))


def test_a_line_that_ends_within_the_picture_is_not_a_ruled_line() -> None:
    rule = 80 * ruled()
    rule[:, :60] = rule[:, -60:] = 0
    assert remove_ruled_lines(rule, LEVEL) is rule


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 120),
    width=st.integers(1, 120),
    noise=st.sampled_from([0, 5, 40]),
)
def test_whatever_the_picture_nothing_is_added(
    seed: int, height: int, width: int, noise: float
) -> None:
    rng = np.random.default_rng(seed)
    contrast = rng.normal(0, noise, (height, width)).astype(np.float32)
    for _ in range(rng.integers(0, 4)):
        contrast[rng.integers(height)] += rng.uniform(0, 100)
        contrast[:, rng.integers(width)] += rng.uniform(0, 100)
    before = contrast.copy()
    rest = remove_ruled_lines(contrast, LEVEL)
    assert rest.shape == contrast.shape
    assert (rest <= before).all()
    np.testing.assert_array_equal(contrast, before)


@pytest.mark.parametrize("framed", [False, True])
def test_a_grid_is_told_from_strokes(framed: bool) -> None:
    """Framed, its outermost lines are the borders of the picture."""
    grid = np.zeros((281, 361), np.uint8)
    grid[0 if framed else 20 :: 40] = grid[:, 0 if framed else 20 :: 40] = 90
    assert has_ruled_lines(grid)
    assert has_ruled_lines(np.ascontiguousarray(grid.T))
    for shape in SHAPES:
        ink = draw(shape)
        assert not has_ruled_lines(ink)
        assert not has_ruled_lines(ink[ink.any(axis=1)][:, ink.any(axis=0)])


# --- in pictures


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("noise", [0, 3])
@pytest.mark.parametrize("squared", [False, True])
def test_a_digit_on_ruled_paper_is_as_on_blank_paper(
    squared: bool, noise: float, inverted: bool
) -> None:
    rng = np.random.default_rng(1)
    for shape in SHAPES:
        ink = draw(shape)
        rule = ruled((280, 280), pitch=50, degrees=1)
        if squared:
            rule = np.maximum(rule, ruled((280, 280), pitch=50, degrees=-1).T)
        seen = 240 * (1 - 0.25 * rule) * (1 - 0.8 * ink / 255) + rng.normal(0, noise, ink.shape)
        picture = np.clip(255 - seen if inverted else seen, 0, 255).astype(np.uint8)
        assert difference(normalise(picture), normalise_ink(ink)) < 0.4


def test_blank_ruled_paper_has_no_ink() -> None:
    rng = np.random.default_rng(2)
    for pitch in (30, 60, 110):
        seen = 230 - 60 * ruled(pitch=pitch, degrees=2) + rng.normal(0, 3, (280, 360))
        picture = np.clip(seen, 0, 255).astype(np.uint8)
        assert not to_ink(picture).any()
        assert not page_ink(picture).ink.any()


def test_squares_of_exact_colours_are_no_ink() -> None:
    """A drawing from a program that shows a grid."""
    ink = draw(height=400, width=500)
    picture = np.full((400, 500, 3), 255, np.uint8)
    picture[20::40] = picture[:, 15::40] = (190, 210, 250)
    picture[ink > 127] = (20, 20, 20)
    assert difference(normalise(picture), normalise_ink(ink)) < 0.35
