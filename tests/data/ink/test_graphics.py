"""Graphics on paper as pixels: where they are drawn, and how the view moves them."""

from __future__ import annotations

import numpy as np
import pytest

from digitrec.arrays import Float32Array
from digitrec.data.ink.graphics import (
    FONTS,
    Fill,
    Print,
    Scan,
    StrokedLine,
    View,
    coverage,
    mirrored,
    rectangle,
)

VIEW = View(0, 0, 10, 100, 60)  # ten by six heights of a digit
LEVEL = np.array([[1.0, 3.0], [9.0, 3.0]])


def runs(row: Float32Array) -> list[tuple[int, int]]:
    """Where a row of pixels is inked, from and to."""
    edges = np.flatnonzero(np.diff(np.pad(row > 0.5, 1).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def test_a_line_covers_its_width_along_its_points() -> None:
    cover = coverage([StrokedLine(LEVEL, 0.4)], VIEW)
    assert cover.shape == (60, 100)
    assert cover.dtype == np.float32
    assert runs(cover[30]) == [(10, 90)]
    assert cover[:, 50].sum() == pytest.approx(4, abs=0.5)
    assert cover.sum() == pytest.approx(80 * 4, rel=0.1)


def test_a_line_is_never_thinner_than_can_be_seen() -> None:
    assert coverage([StrokedLine(LEVEL, 0.001)], VIEW)[:, 50].sum() > 0.5


def test_the_ends_of_a_round_line_reach_beyond_its_points() -> None:
    ((left, right),) = runs(coverage([StrokedLine(LEVEL, 0.6, round=True)], VIEW)[30])
    assert (left, right) == pytest.approx((7, 93), abs=1)


def test_dashes_and_gaps_have_their_lengths_in_turn() -> None:
    cover = coverage([StrokedLine(LEVEL, 0.3, (1.0, 0.5, 0.2, 0.5))], VIEW)
    expected = [(10, 20), (25, 27), (32, 42), (47, 49), (54, 64), (69, 71), (76, 86)]
    found = runs(cover[30])
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=1)


def test_dashes_go_round_corners() -> None:
    corner = np.array([[1.0, 1.0], [3.0, 1.0], [3.0, 5.0]])
    cover = coverage([StrokedLine(corner, 0.3, (3.0, 1.0))], VIEW)
    assert runs(cover[10])[0][0] == pytest.approx(10, abs=1)
    np.testing.assert_allclose(runs(cover[:, 30])[0], (8, 20), atol=2)  # the first goes on
    np.testing.assert_allclose(runs(cover[:, 30])[1], (30, 50), atol=2)


def test_a_polygon_is_filled() -> None:
    cover = coverage([Fill(rectangle(2, 1, 4, 5))], VIEW)
    assert runs(cover[30]) == [(20, 40)]
    assert cover[12:48, 22:38].min() == 1
    assert cover.sum() == pytest.approx(20 * 40, rel=0.1)


@pytest.mark.parametrize("font", range(len(FONTS)))
def test_print_is_below_and_right_of_its_place(font: int) -> None:
    cover = coverage([Print((2, 1), "123", 2.0, font)], VIEW)
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    assert rows[0] >= 9
    assert columns[0] >= 19
    assert 8 < rows[-1] - rows[0] < 24
    assert 20 < columns[-1] - columns[0] < 80


def test_a_scan_keeps_its_shape_and_is_as_sharp_when_it_is_large() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 255
    cover = coverage([Scan(image, (5, 3), 5.6)], VIEW)  # twice as large
    rows, columns = np.flatnonzero(cover.max(axis=1) > 0.5), runs(cover[30])
    np.testing.assert_allclose((rows[0], rows[-1] + 1), (10, 50), atol=1)
    np.testing.assert_allclose(columns, [(46, 54)], atol=1)
    assert ((cover[30] > 0.05) & (cover[30] < 0.95)).sum() <= 4


def test_handwriting_on_the_back_of_the_sheet_is_mirrored_and_moved() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 6:10] = image[20:24, 6:22] = 255  # an L
    bent = StrokedLine(np.array([[-1.0, -1.0], [-1.0, 1.0], [0.5, 1.0]]), 0.3)
    for graphic in (Scan(image, (0.4, 0.2), 2.8), bent):
        front = coverage([graphic], View(-3, -3, 10, 60, 60))
        back = coverage([mirrored(graphic, np.array([2.0, 1.0]))], View(-1, -2, 10, 60, 60))
        assert front.sum() > 20
        assert np.abs(front[:, ::-1] - back).sum() < 0.15 * front.sum()
        assert np.abs(front - back).sum() > 0.5 * front.sum()


def test_the_view_scales_and_moves() -> None:
    view = View(1, 2, 20, 200, 100)
    np.testing.assert_allclose(view.pixels(np.array([[1.0, 2.0], [3.0, 4.5]])), [[0, 0], [40, 50]])


def test_the_view_turns_tilts_and_curls_about_its_middle() -> None:
    points, middle = np.array([[0.0, 3.0], [5.0, 3.0], [10.0, 3.0]]), np.array([50.0, 30.0])
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    turned = View(0, 0, 10, 100, 60, turn=quarter).pixels(points)
    np.testing.assert_allclose(turned, [[50, -20], [50, 30], [50, 80]])
    tilted = View(0, 0, 10, 100, 60, tilt=np.array([0.2, 0.0])).pixels(points)
    np.testing.assert_allclose(tilted[1], middle)
    left, right = middle[0] - tilted[0, 0], tilted[2, 0] - middle[0]
    assert left > 50 > right  # what is nearer is larger
    curled = View(0, 0, 10, 100, 60, curl=(0.05, 4.0, 0.0)).pixels(points)
    np.testing.assert_allclose(curled[:, 0], [0, 50, 100])
    np.testing.assert_allclose(curled[:, 1] - 30, 5 * np.sin([-2.0, 0.0, 2.0]))


def test_a_straight_line_on_curled_paper_is_bent() -> None:
    view = View(0, 0, 10, 100, 60, curl=(0.1, 6.0, 0.0))
    rows = coverage([StrokedLine(LEVEL, 0.3)], view).argmax(axis=0)[12:88]
    assert rows.max() - rows.min() > 12
