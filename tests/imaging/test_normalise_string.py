"""Images of several digits: what `normalise_string` promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.errors import PictureError
from digitrec.imaging.normalise import normalise_string


def frame(width: int, height: int, margin: int = 7) -> np.ndarray:
    """A rectangle of ink on a larger background."""
    ink = np.zeros((height + 2 * margin, width + 3 * margin), np.uint8)
    inside = ink[margin : margin + height, margin : margin + width]
    inside[[0, 1, -2, -1]] = inside[:, [0, 1, -2, -1]] = 255
    return ink


@given(width=st.integers(8, 400), height=st.integers(20, 120))
def test_the_height_is_20_and_the_ink_in_the_middle(width: int, height: int) -> None:
    image = normalise_string(frame(width, height))
    assert image.dtype == np.float32
    assert image.shape[0] == 28
    assert image.shape[1] % 16 == 0
    assert image.shape[1] >= 48
    assert image.max() == 1
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert (rows[0], rows[-1]) == (4, 23)
    assert abs(len(columns) - max(1, 20 * width / height)) <= 1
    left, right = columns[0], image.shape[1] - 1 - columns[-1]
    assert abs(left - right) <= 1
    assert min(left, right) >= 4


def test_specks_far_apart_are_kept() -> None:
    ink = np.zeros((700, 700), np.uint8)
    ink[10, 10] = ink[690, 680] = 255
    image = normalise_string(ink)
    assert image.max() == 1
    assert np.count_nonzero(image) == 2


def test_larger_and_elsewhere_is_the_same() -> None:
    ink = frame(60, 40)
    large = np.kron(ink, np.ones((3, 3), np.uint8))
    np.testing.assert_allclose(normalise_string(large), normalise_string(ink), atol=0.01)
    moved = np.pad(ink, ((30, 0), (0, 55)))
    np.testing.assert_array_equal(normalise_string(moved), normalise_string(ink))
    np.testing.assert_allclose(normalise_string(ink / 510), normalise_string(ink), atol=0.01)


def test_what_is_very_wide_is_made_lower() -> None:
    image = normalise_string(frame(4000, 40))
    assert image.shape == (28, 640)
    assert 5 <= image.any(axis=1).sum() <= 7


def test_nothing_stays_nothing() -> None:
    image = normalise_string(np.zeros((30, 50), np.float32))
    assert image.shape == (28, 48)
    assert not image.any()


@pytest.mark.parametrize("ink", [np.zeros((3, 4, 5)), np.full((3, 3), np.nan), -np.ones((2, 2))])
def test_what_is_not_ink_is_rejected(ink: np.ndarray) -> None:
    with pytest.raises(PictureError, match="ink"):
        normalise_string(ink)
