from __future__ import annotations

import numpy as np
import pytest
from made_writers import made_writers

from digitrec.data.ink.composites import Composite, compose
from digitrec.data.ink.layout import Scene
from digitrec.data.ink.scenes import KINDS
from digitrec.imaging.local_contrast import MIDDLE, local_contrast


def made(kind: str | None, number: int, **settings: int) -> Composite:
    return compose(made_writers(), np.random.default_rng([1, number]), kind=kind, **settings)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_and_its_ink_have_one_shape(kind: str) -> None:
    for number in range(8):
        picture, ink, text = made(kind, number)
        assert picture.dtype == np.uint8
        assert picture.shape[:2] == ink.shape
        assert max(ink.shape) <= 112
        assert 0 <= ink.min() <= ink.max() <= 1
        assert text is None or set(text) <= set("0123456789?")


def test_the_generator_alone_decides_the_picture() -> None:
    one, same, other = made(None, 5), made(None, 5), made(None, 6)
    np.testing.assert_array_equal(one.picture, same.picture)
    np.testing.assert_array_equal(one.ink, same.ink)
    assert one.picture.shape != other.picture.shape or (one.picture != other.picture).any()


def test_on_a_blank_form_there_is_print_and_no_ink() -> None:
    blank = [made("nothing", number) for number in range(40)]
    assert not any(one.ink.any() or one.text for one in blank)
    assert sum(np.ptp(one.picture) > 40 for one in blank) > 20


@pytest.mark.parametrize("kind", ["plain", "box", "comb", "circle", "ruled"])
def test_ink_shows_in_the_picture(kind: str) -> None:
    shows = []
    for number in range(30):
        picture, ink, _ = made(kind, number)
        grey = picture.mean(axis=2) if picture.ndim == 3 else picture.astype(float)
        if (ink > 0.9).sum() > 4 and (ink == 0).any():
            shows.append(abs(np.median(grey[ink > 0.9]) - np.median(grey[ink == 0])))
    assert len(shows) > 20
    assert np.median(shows) > 30


def test_a_tight_crop_has_ink_at_its_edges() -> None:
    at_edge = 0
    for number in range(20):
        ink = made("edge", number).ink
        at_edge += max(ink[0].max(), ink[-1].max(), ink[:, 0].max(), ink[:, -1].max()) > 0.3
    assert at_edge > 14


def test_digits_are_as_high_as_asked() -> None:
    picture = compose(
        made_writers(), np.random.default_rng(0), kind="plain", side=400, heights=(150, 160)
    )
    rows = np.flatnonzero(picture.ink.any(axis=1))
    assert 100 < rows[-1] - rows[0] < 400


def test_local_contrast_is_the_same_in_the_shade_and_of_the_other_sign_when_inverted() -> None:
    picture = np.full((64, 64), 230, np.uint8)
    picture[20:44, 28:34] = 40
    seen = local_contrast(picture).astype(int)
    shaded = local_contrast((picture * 0.5).astype(np.uint8)).astype(int)
    assert np.abs(seen - shaded).mean() < 6
    assert np.abs(seen + local_contrast(255 - picture).astype(int) - 2 * MIDDLE).mean() < 3
    assert seen[30, 30] < MIDDLE - 40
    assert (local_contrast(np.full((5, 9), 77, np.uint8)) == MIDDLE).all()


def test_a_scene_is_never_empty_though_it_is_cut_closer_than_its_ink() -> None:
    scene = Scene()
    upright = np.array([[0.5, 0.0], [0.5, 1.0]])
    scene.show(upright, margins=np.full(4, -0.03))
    left, top, right, bottom = scene.bounds
    assert right > left
    assert bottom > top
