from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_shapes import PLACES, SHAPES, assert_normal, difference, draw, square_six
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digitrec.errors import PictureError
from digitrec.imaging.ink_search import copies, one_digit
from digitrec.imaging.normalise import (
    BOX,
    SIZE,
    normalise,
    normalise_ink,
    normalise_otherwise,
)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_longer_side_is_20_and_the_centre_of_mass_in_the_middle(shape: str) -> None:
    digit = normalise_ink(draw(shape))
    assert_normal(digit)
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == BOX
    assert digit.max() == 1
    for axis in (0, 1):
        mass = digit.sum(axis=1 - axis)
        assert 13.45 <= mass @ np.arange(SIZE) / mass.sum() <= 14.55


def test_a_single_piece_is_normalised_whole() -> None:
    square = square_six()
    np.testing.assert_array_equal(normalise_otherwise(255 - square).piece, normalise_ink(square))
    square[105:110, 105:110] = 255
    assert normalise_otherwise(255 - square).piece is None, "there is other ink"


def test_the_shape_keeps_its_proportions() -> None:
    ink = np.zeros((200, 200), np.uint8)
    ink[20:140, 50:110] = 255
    digit = normalise_ink(ink)
    assert (digit.any(axis=1).sum(), digit.any(axis=0).sum()) == (20, 10)


def test_a_digit_of_the_right_size_is_moved_and_not_resampled() -> None:
    rng = np.random.default_rng(0)
    box = rng.integers(1, 256, (20, 13), np.uint8)
    box[5, 5] = 255
    ink = np.zeros((64, 64), np.uint8)
    ink[40:60, 3:16] = box
    digit = normalise_ink(ink)
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    found = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.testing.assert_array_equal(found, box.astype(np.float32) / 255)
    np.testing.assert_array_equal(normalise_ink(digit), digit)


def test_the_box_stays_inside_when_its_mass_is_at_one_end() -> None:
    ink = np.zeros((100, 100), np.uint8)
    ink[10:90, 50] = 255  # a thin stem with a heavy foot
    ink[85:90, 20:80] = 255
    digit = normalise_ink(ink)
    assert digit.any(axis=1).sum() == BOX


@pytest.mark.parametrize("side", [48, 49])
def test_nothing_else_is_looked_for_in_a_tiny_picture(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)
    looked = []
    for module in (copies, one_digit):
        monkeypatch.setattr(
            module, "predict_coverage", lambda small: looked.append(1) or small / 255
        )
    for picture in (noisy, Image.fromarray(noisy)):
        assert bool(normalise_otherwise(picture).whole) == (side > 48)
    assert bool(looked) == (side > 48)
    with pytest.raises(PictureError):
        normalise_otherwise(np.zeros((0, 3)))


def test_specks_far_apart_are_kept() -> None:
    page = np.full((700, 700), 255, np.uint8)
    page[10, 10] = page[690, 680] = 0
    digit = normalise(page)
    assert digit.max() == 1
    assert np.count_nonzero(digit) == 2


@pytest.mark.parametrize("level", [1, 200])
def test_faint_specks_far_apart_are_as_strong_as_others(level: int) -> None:
    ink = np.zeros((900, 40), np.uint8)
    ink[5, 3] = ink[890, 30] = 255
    np.testing.assert_array_equal(normalise_ink(ink // 255 * np.uint8(level)), normalise_ink(ink))


def test_a_dot_is_a_full_box() -> None:
    ink = np.zeros((40, 50), np.uint8)
    ink[39, 0] = 3
    digit = normalise_ink(ink)
    assert digit.sum() == pytest.approx(BOX * BOX)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.uint16, bool])
def test_ink_of_any_number_type(dtype: Any) -> None:
    ink = draw()
    expected = normalise_ink(ink)
    amount = ink > 127 if dtype is bool else ink / 255 if np.dtype(dtype).kind == "f" else ink
    assert difference(normalise_ink(amount.astype(dtype)), expected) < 0.1


def test_no_ink_gives_zeros() -> None:
    assert not normalise_ink(np.zeros((30, 20), np.uint8)).any()
    assert not normalise_ink(np.zeros((30, 20))).any()


@pytest.mark.parametrize(
    "ink",
    [np.zeros((0, 5), np.uint8), np.zeros((5, 5, 3)), np.zeros(4)]
    + [np.full((3, 3), value) for value in (-1.0, np.nan, np.inf)],
)
def test_what_is_not_ink_is_rejected(ink: np.ndarray) -> None:
    with pytest.raises(PictureError):
        normalise_ink(ink)


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    height=st.integers(150, 500),
    width=st.integers(150, 500),
    side=st.floats(60, 130),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    dark=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_same_strokes_anywhere_at_any_size_give_the_same_digit(
    shape: str, height: int, width: int, side: float, place: tuple[float, float], dark: bool
) -> None:
    ink = draw(shape, height, width, side, place)
    digit = normalise(255 - ink if dark else ink)
    assert_normal(digit)
    # A side that comes to about half a pixel may round either way.
    assert difference(digit, normalise(draw(shape))) < 0.45


# --- MNIST


@pytest.fixture(scope="module")
def mnist() -> np.ndarray:
    """The first 200 test images, (200, 28, 28) uint8."""
    path = Path(os.environ["DIGITREC_DATA"], "MNIST", "raw", "t10k-images-idx3-ubyte")
    with path.open("rb") as file:
        return np.frombuffer(file.read(16 + 200 * 784), np.uint8)[16:].reshape(200, 28, 28)


@pytest.mark.mnist
def test_a_stored_mnist_image_passes_unchanged(mnist: np.ndarray) -> None:
    for image in mnist:
        assert np.abs(normalise(image) - image / 255).max() < 0.005
        assert np.abs(normalise(255 - image) - image / 255).max() < 0.005


@pytest.mark.mnist
@pytest.mark.parametrize(
    ("method", "bound"), [("NEAREST", 0.01), ("BILINEAR", 0.03), ("BICUBIC", 0.025)]
)
@pytest.mark.parametrize("factor", [2, 4.5, pytest.param(8, marks=pytest.mark.slow), 10])
def test_an_enlarged_mnist_image_comes_back_from_anywhere(
    mnist: np.ndarray, method: str, bound: float, factor: float
) -> None:
    errors = []
    side = round(28 * factor)
    for n, image in enumerate(mnist[:100]):
        large = np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling[method]))
        # Cut the background off, so that in the corners the ink touches the edges of the canvas.
        rows, columns = np.flatnonzero(large.any(axis=1)), np.flatnonzero(large.any(axis=0))
        large = large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        room = np.array([400, 320]) - large.shape
        for place in PLACES[n % 4 :: 4]:
            top, left = np.rint(room * place).astype(int)
            canvas = np.zeros((400, 320), np.uint8)
            canvas[top : top + large.shape[0], left : left + large.shape[1]] = large
            errors += [np.abs(normalise(c) - image / 255).mean() for c in (canvas, 255 - canvas)]
    assert np.mean(errors) < bound
