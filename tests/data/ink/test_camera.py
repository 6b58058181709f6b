"""What the camera does to ink on paper, each step apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from digitrec.arrays import Float32Array
from digitrec.data.ink import camera
from digitrec.data.ink.camera import Look, take_picture

COUNT = 40
COVER = np.zeros((60, 80), np.float32)
COVER[10:50, 30:50] = 1


def made(step: Callable[[np.random.Generator], Float32Array]) -> list[Float32Array]:
    """Make the same step with generators of many seeds."""
    return [step(np.random.default_rng(seed)) for seed in range(COUNT)]


def test_a_dry_pen_leaves_gaps_in_its_ink_and_makes_none() -> None:
    for worn in made(lambda rng: camera._worn(COVER, rng)):
        assert worn.dtype == np.float32
        assert (worn <= COVER).all()
        assert 0.5 < worn.sum() / COVER.sum() < 0.999
        assert (worn[COVER > 0] == 1).any()
        assert (worn[COVER > 0] < 0.7).any()


def test_print_is_rough_now_and_then_and_only_where_it_is() -> None:
    rough = made(lambda rng: camera._rough(COVER, rng))
    changed = [one for one in rough if (one != COVER).any()]
    assert 0 < len(changed) < COUNT / 2
    for one in changed:
        assert not one[COVER == 0].any()
        assert 0 <= one.min() <= one.max() <= 1
        assert 0.01 < (one[COVER > 0] < 1).mean() < 0.9


def test_light_is_uneven_and_shadows_fall() -> None:
    paper = np.full((60, 80, 3), 200, np.float32)
    lit = made(lambda rng: camera._lit(paper, rng))
    uneven = [one for one in lit if np.ptp(one) > 1]
    assert COUNT / 2 < len(uneven) < COUNT
    for one in lit:
        assert one.shape == paper.shape
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one[..., 0], one[..., 2])  # light of one colour
    assert 0 < sum(one.min() < 100 for one in lit) < COUNT / 2  # in a shadow
    assert max(one.max() for one in lit) > 200  # grain


def test_the_desk_is_at_the_edges_and_the_page_in_the_middle() -> None:
    paper = np.full((60, 80, 3), 255, np.float32)
    for seed in range(COUNT):
        picture, page = camera._on_desk(paper, np.random.default_rng(seed))
        assert page[25:35, 35:45].all()
        assert not page.all()
        assert (picture[page] == 255).all()
        assert picture[~page].mean() < 150


@pytest.mark.parametrize("coloured", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
def test_ink_is_dark_on_light_paper_or_the_other_way_round(coloured: bool, inverted: bool) -> None:
    signs, channels = [], []
    for seed in range(COUNT):
        rng = np.random.default_rng(seed)
        look = Look(rng)
        look.coloured, look.inverted = coloured, inverted
        picture, ink = take_picture(COVER, [], look, rng)
        assert picture.dtype == np.uint8
        assert picture.shape[:2] == COVER.shape
        channels.append(picture.ndim == 3)
        assert (ink <= COVER).all()
        grey = picture.reshape(60, 80, -1).mean(axis=2)
        signs.append(np.median(grey[ink > 0.9]) > np.median(grey[COVER == 0]))
    assert np.mean(signs) == inverted
    assert (sum(channels) > COUNT / 2) if coloured else not any(channels)


def test_gaps_that_a_dry_pen_leaves_are_ink() -> None:
    gaps = 0
    for seed in range(COUNT):
        rng = np.random.default_rng(seed)
        look = Look(rng)
        look.clean, look.coloured, look.inverted = False, False, False
        _, ink = take_picture(COVER, [], look, rng)
        gaps += int(((ink != COVER) & (ink > 0)).sum())
    assert gaps == 0


def test_what_shows_through_is_seen_paler_than_the_ink_and_is_none() -> None:
    behind = np.roll(COVER, 25, axis=1)
    behind[COVER > 0] = 0
    paler = []
    for seed in range(COUNT):
        rng = np.random.default_rng(seed)
        look = Look(rng)
        look.clean, look.coloured, look.inverted = True, False, False
        picture, ink = take_picture(COVER, [], look, rng, behind)
        assert ink[behind > 0].max() == 0
        paper, back, front = (
            float(np.median(picture[where]))
            for where in ((COVER == 0) & (behind == 0), behind > 0, COVER > 0)
        )
        paler.append((paper - back) / (paper - front))
    assert 0 <= min(paler) < 0.15
    assert 0.2 < max(paler) < 0.95


def test_print_shows_and_is_no_ink() -> None:
    shows = 0
    for seed in range(COUNT):
        rng = np.random.default_rng(seed)
        look = Look(rng)
        look.clean = True
        picture, ink = take_picture(np.zeros_like(COVER), [COVER], look, rng)
        assert not ink.any()
        grey = picture.reshape(60, 80, -1).mean(axis=2)
        shows += abs(grey[COVER > 0].mean() - grey[COVER == 0].mean()) > 1
    assert shows > 0.8 * COUNT  # what is lighter than white paper does not
