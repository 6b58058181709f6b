from __future__ import annotations

import numpy as np
import pytest

from digitrec.imaging.lines.seams import block_means, cut_along_seams, find_seams


def two_bars(rows: int = 40) -> np.ndarray:
    """Two upright bars, full ink, joined by a dash three rows high."""
    ink = np.zeros((rows, 30), np.float32)
    ink[:, 2:6] = ink[:, 24:28] = ink[18:21, 6:24] = 1
    return ink


def test_a_seam_between_bars_crosses_what_joins_them() -> None:
    paths, crossed = find_seams(two_bars(), 40.0)
    between = [k for k, path in enumerate(paths) if (path > 6).all() and (path < 24).all()]
    assert between
    assert crossed[between] == pytest.approx(3 / 40)
    assert (np.diff(paths, axis=0) >= 0).all()
    assert (np.abs(np.diff(paths, axis=1)) <= 1).all()


def test_a_seam_bends_round_what_hangs_over() -> None:
    """Two bars that lean so far that no straight line parts them."""
    ink = np.zeros((40, 44), np.float32)
    for y in range(40):
        ink[y, 39 - y // 2 - 18 : 42 - y // 2 - 18] = ink[y, 39 - y // 2 : 42 - y // 2] = 1
    paths, crossed = find_seams(ink, 40.0)
    free = paths[crossed == 0]
    left = [ink[y, : path[y]].sum() for path in free for y in (0, 20, 39)]
    assert 3.0 in left


def test_seams_are_looked_for_at_several_heights() -> None:
    """A block that could be cut anywhere in its middle, with one notch above and one below."""
    ink = np.zeros((40, 40), np.float32)
    ink[:, 2:38] = 1
    ink[:14, 9:12] = ink[26:, 27:30] = 0
    paths, _ = find_seams(ink, 40.0)
    assert any(9 <= path[5] < 12 for path in paths)
    assert any(27 <= path[-5] < 30 for path in paths)


def test_seams_are_in_order_and_no_two_are_alike() -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        ink = (rng.random((10, 12)) < 0.4).repeat(4, axis=0).repeat(5, axis=1)
        paths, crossed = find_seams(ink.astype(np.float32), 40.0)
        assert len(paths) == len(crossed)
        assert (np.diff(paths, axis=0) >= 0).all()
        assert len({path.tobytes() for path in paths}) == len(paths)


def test_reducing_takes_the_mean_of_squares() -> None:
    ink = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(block_means(ink, 1), ink)
    np.testing.assert_allclose(block_means(ink, 2), [[2.5, 4.5], [4.25, 5.25]])


def dash_between_bars(low: int = 18) -> np.ndarray:
    """Two upright bars, joined by a long dash three rows high."""
    ink = np.zeros((40, 60), np.float32)
    ink[:, 2:8] = ink[:, 50:56] = ink[low : low + 3, 8:50] = 1
    return ink


def test_a_level_stroke_is_cut_off_at_both_ends_where_asked() -> None:
    ink = dash_between_bars()
    for beside_bridges in (False, True):
        parts = cut_along_seams(ink, 40.0, beside_bridges=beside_bridges)
        lefts = [part.left for part in parts]
        assert lefts == sorted(lefts)
        # Without, the dash is cut in its middle alone, and each half is held by a bar.
        at_ends = [any(abs(left - end) <= 2 for left in lefts) for end in (8, 50)]
        assert all(at_ends) == beside_bridges


@pytest.mark.parametrize("beside_bridges", [False, True])
def test_parts_hold_all_ink(beside_bridges: bool) -> None:
    rng = np.random.default_rng(1)
    for ink in (
        dash_between_bars(),
        two_bars(),
        np.ones((4, 60), np.float32),
        (rng.random((40, 80)) < 0.3).astype(np.float32),
    ):
        whole = np.zeros_like(ink)
        for part in cut_along_seams(ink, 40.0, beside_bridges=beside_bridges):
            place = whole[:, part.left : part.left + part.ink.shape[1]]
            np.maximum(place, part.ink, out=place)
        np.testing.assert_array_equal(whole, ink)
