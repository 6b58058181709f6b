from __future__ import annotations

import numpy as np
import pytest

from digitrec.imaging.local_contrast import MIDDLE, local_contrast


def test_a_grey_picture_is_seen_alike_in_the_shade_and_of_the_other_sign_when_inverted() -> None:
    picture = np.full((64, 64), 230, np.uint8)
    picture[20:44, 28:34] = 40
    (seen, colour), (shaded, _), (inverted, _) = (
        local_contrast(one).astype(int)
        for one in (picture, (picture * 0.5).astype(np.uint8), 255 - picture)
    )
    assert np.abs(seen - shaded).mean() < 6
    assert np.abs(seen + inverted - 2 * MIDDLE).mean() < 3
    assert seen[30, 30] < MIDDLE - 40
    assert (colour == MIDDLE).all()


def test_without_contrast_all_is_like_the_mean_near_by() -> None:
    assert (local_contrast(np.full((5, 9), 77, np.uint8)) == MIDDLE).all()
    assert (local_contrast(np.full((5, 9, 3), (200, 90, 30), np.uint8)) == MIDDLE).all()


@pytest.mark.parametrize("pen", [(20, 40, 190), (190, 30, 40), (20, 120, 60)])
def test_coloured_ink_differs_from_black_print_in_the_second_contrast(
    pen: tuple[int, int, int],
) -> None:
    picture = np.full((64, 96, 3), 235, np.uint8)
    picture[12:52, 30:34] = pen
    picture[12:52, 60:64] = 15
    seen = local_contrast(picture).astype(int)
    ink, line, paper = seen[:, 30, 31], seen[:, 30, 61], seen[:, 30, 8]
    assert abs(ink[0] - paper[0]) > 40
    assert abs(line[0] - paper[0]) > 40
    assert abs(ink[1] - line[1]) > 25
