from __future__ import annotations

import numpy as np

from digitrec.imaging.ink_search.pieces import longest_piece


def test_the_longest_piece_is_connected_ink() -> None:
    coverage = np.zeros((40, 60), np.float32)
    assert longest_piece(coverage) == 0
    coverage[4:9, 3:20] = coverage[20:31, 50:54] = 0.9
    coverage[35] = 0.5  # not above the level of ink
    assert longest_piece(coverage) == 17
