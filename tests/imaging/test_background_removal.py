from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from test_image import COLOURS, PLACES, SHAPES, assert_normal, difference, draw, mixed

from digitrec.data.synthetic import digits
from digitrec.drawing.rasterise import rasterise, rasterise_drawing
from digitrec.drawing.strokes import Stroke
from digitrec.imaging.background_removal import paper_ink
from digitrec.imaging.normalise import normalise, normalise_ink, to_ink


def paper(
    ink: np.ndarray,
    rng: np.random.Generator,
    *,
    strength: float = 0.7,
    light: float = 230,
    shade: float = 0.35,
    noise: float = 4,
) -> np.ndarray:
    """A photograph of ink on paper lit from one side."""
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    angle = rng.uniform(0, 2 * np.pi)
    lit = light * (
        1 - shade * (0.5 + (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)) / 1.5)
    )
    seen = lit * (1 - strength * ink / 255) + rng.normal(0, noise, ink.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


PAPERS: dict[str, dict[str, float]] = {
    "plain": {},
    "steep shade": {"shade": 0.6},
    "grain": {"noise": 12},
    "faint": {"strength": 0.25, "noise": 3},
    "partly beyond white": {"light": 330, "shade": 0.5, "noise": 2},
}


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("kind", PAPERS)
def test_ink_on_paper(kind: str, inverted: bool) -> None:
    rng = np.random.default_rng(3)
    for shape in SHAPES:
        for place in PLACES[::3]:
            ink = draw(shape, place=place)
            seen = paper(ink, rng, **PAPERS[kind])
            digit = normalise(255 - seen if inverted else seen)
            assert_normal(digit)
            assert difference(digit, normalise_ink(ink)) < 0.45, (shape, place)


@pytest.mark.parametrize("size", [(280, 280), (200, 300), (500, 600)])
@pytest.mark.parametrize("kind", PAPERS)
def test_blank_paper_has_no_ink(kind: str, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    for _ in range(3):
        seen = paper(np.zeros(size, np.uint8), rng, **PAPERS[kind])
        assert not normalise(seen).any()
        assert not to_ink(seen).any()


def test_faint_ruling_is_not_ink() -> None:
    rng = np.random.default_rng(5)
    ink = draw()
    ruling = np.where(np.arange(280) % 24 < 2, 10, 0)[:, None]
    blank = np.clip(paper(np.zeros_like(ink), rng) - ruling, 0, 255).astype(np.uint8)
    assert not normalise(blank).any()
    written = np.clip(paper(ink, rng) - ruling, 0, 255).astype(np.uint8)
    assert difference(normalise(written), normalise_ink(ink)) < 0.4


@pytest.mark.parametrize(("ground", "colour"), COLOURS)
def test_colours_with_grain(ground: tuple[int, ...], colour: tuple[int, ...]) -> None:
    ink = draw()
    seen = mixed(ink, ground, colour) + np.random.default_rng(0).normal(0, 5, (280, 280, 3))
    digit = normalise(np.clip(seen, 0, 255).astype(np.uint8))
    assert difference(digit, normalise_ink(ink)) < 0.35


def test_a_large_photograph_is_reduced_first() -> None:
    ink = draw(height=2400, width=3000, side=900)
    seen = paper(ink, np.random.default_rng(0))
    assert max(to_ink(seen).shape) <= 1024
    assert difference(normalise(seen), normalise_ink(ink)) < 0.3


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 3), (28, 28)])
def test_a_small_picture_is_no_error(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    for shape in (size, (*size, 3)):
        ink = paper_ink(rng.integers(0, 256, shape, np.uint8))
        assert ink.shape == size
        assert ink.dtype == np.uint8


def test_strong_ink_is_full_and_paper_is_none() -> None:
    ink = draw()
    found = paper_ink(paper(ink, np.random.default_rng(7)))
    assert found[ink == 255].mean() > 200
    assert found[ink == 0].mean() < 10


# --- lossy compression


def compressed(picture: np.ndarray, quality: int, form: str = "JPEG") -> np.ndarray:
    """What is left of a picture after it was saved with loss."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, form, quality=quality)
    return np.asarray(Image.open(file))


WHITE = (255, 255, 255)


@pytest.mark.parametrize(
    ("ground", "colour", "side", "quality"),
    [
        (255, 0, 280, 75),
        (255, 0, 280, 85),
        (255, 0, 280, 95),
        (255, 0, 600, 75),
        (0, 255, 280, 75),
        (200, 60, 280, 80),
        (WHITE, (0, 0, 0), 280, 75),
        (WHITE, (30, 40, 160), 280, 75),
        ((250, 245, 230), (30, 40, 160), 280, 85),
    ],
)
def test_a_drawing_saved_with_loss_is_the_same_digit(
    ground: Any, colour: Any, side: int, quality: int
) -> None:
    rng = np.random.default_rng(7)
    errors = []
    for n in range(100):
        picture = mixed(rasterise_drawing(digits.draw(n % 10, rng, side, side)), ground, colour)
        seen = normalise(compressed(picture, quality))
        errors.append(float(np.abs(seen - normalise(picture)).mean()))
    assert np.mean(errors) < 0.007
    # The box and its place are whole pixels: what was about to round to the next one may do so,
    # which is a difference near 0.06.
    assert np.quantile(errors, 0.94) < 0.03
    assert max(errors) < 0.1


@pytest.mark.parametrize(
    ("form", "quality", "bound"), [("JPEG", 40, 0.1), ("JPEG", 10, 0.3), ("WEBP", 60, 0.1)]
)
def test_strong_compression(form: str, quality: int, bound: float) -> None:
    ink = draw()
    digit = normalise(compressed(255 - ink, quality, form))
    assert difference(digit, normalise_ink(ink)) < bound


def test_ripple_is_no_ink() -> None:
    ink = draw(pen=0.05)
    found = to_ink(compressed(255 - ink, 75))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    far = np.ones(ink.shape, bool)
    far[rows[0] - 1 : rows[-1] + 2, columns[0] - 1 : columns[-1] + 2] = False
    assert compressed(255 - ink, 75)[far].min() < 245
    assert not found[far].any()


def test_a_clean_picture_has_no_ripple() -> None:
    rng = np.random.default_rng(8)
    for digit in range(10):
        for side in (28, 90, 280):
            ink = rasterise_drawing(digits.draw(digit, rng, side, side))
            np.testing.assert_array_equal(to_ink(ink), ink / np.float32(ink.max()))


@pytest.mark.parametrize("pen", [1.0, 2.0, 8.0])
@pytest.mark.parametrize("strength", [0.1, 0.2])
def test_a_faint_stroke_beside_a_strong_one_stays(pen: float, strength: float) -> None:
    strong = rasterise([Stroke([(60, 60), (75, 220)], 20)], 280, 280)
    faint = rasterise([Stroke([(110, 70), (230, 190), (120, 225)], pen)], 280, 280)
    ink = np.maximum(strong, np.rint(strength * faint)).astype(np.uint8)
    np.testing.assert_array_equal(to_ink(ink), ink / np.float32(255))
