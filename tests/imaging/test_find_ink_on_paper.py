from __future__ import annotations

import numpy as np
import pytest
from drawn_shapes import COLOURS, PLACES, SHAPES, assert_normal, difference, draw, mixed
from PIL import Image

from digitrec.imaging.find_ink import find_ink
from digitrec.imaging.normalise import normalise, normalise_ink


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
    "noise": {"noise": 12},
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
        assert not find_ink(seen).any()
    assert not normalise(seen).any()  # of which nothing is made, either


def test_faint_lines_are_not_ink() -> None:
    rng = np.random.default_rng(5)
    ink = draw()
    lines = np.where(np.arange(280) % 24 < 2, 10, 0)[:, None]
    blank = np.clip(paper(np.zeros_like(ink), rng) - lines, 0, 255).astype(np.uint8)
    assert not normalise(blank).any()
    written = np.clip(paper(ink, rng) - lines, 0, 255).astype(np.uint8)
    assert difference(normalise(written), normalise_ink(ink)) < 0.35


@pytest.mark.parametrize(("background", "colour"), COLOURS)
def test_colours_with_noise(background: tuple[int, ...], colour: tuple[int, ...]) -> None:
    ink = draw()
    seen = mixed(ink, background, colour) + np.random.default_rng(0).normal(0, 5, (280, 280, 3))
    digit = normalise(np.clip(seen, 0, 255).astype(np.uint8))
    assert difference(digit, normalise_ink(ink)) < 0.3


def test_a_large_photograph_is_reduced_first() -> None:
    ink = draw(height=1200, width=1500, side=450)
    seen = paper(ink, np.random.default_rng(0))
    assert max(find_ink(seen).shape) <= 1024
    assert difference(normalise(seen), normalise_ink(ink)) < 0.35


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 3), (28, 28)])
def test_a_small_picture_is_no_error(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    for shape in (size, (*size, 3)):
        ink = find_ink(rng.integers(0, 256, shape, np.uint8))
        assert ink.shape == size
        assert ink.dtype == np.uint8


def test_strong_ink_is_full_and_paper_is_none() -> None:
    ink = draw()
    found = find_ink(paper(ink, np.random.default_rng(7)))
    size = found.shape[1], found.shape[0]
    shown = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX))
    assert found[shown == 255].mean() > 200
    assert found[shown == 0].mean() < 10
