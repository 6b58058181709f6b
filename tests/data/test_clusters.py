from __future__ import annotations

import numpy as np
import pytest

from digitrec.data.clusters import Clusters


def test_renderings_of_a_digit_are_by_its_writer() -> None:
    clusters = Clusters.of_writers(["b", "a", "b"], renderings=2)
    assert clusters.numbers.tolist() == [1, 0, 1, 1, 0, 1]
    assert (clusters.by, clusters.count, str(clusters)) == ("writer", 2, "by 2 writers")
    assert clusters.allowed_for == "other writers"


def test_of_one_writer_the_renderings_of_a_digit_belong_together() -> None:
    clusters = Clusters.of_writers([7, 7, 7], renderings=2)
    assert clusters.numbers.tolist() == [0, 1, 2, 0, 1, 2]
    assert (clusters.by, str(clusters)) == ("digit", "of 3 digits by one writer")
    assert clusters.allowed_for == "other digits by this writer alone"
    assert str(Clusters.of_writers([7])) == "of 1 digit by one writer"


def test_no_images_have_no_clusters() -> None:
    assert Clusters.of_writers([]).count == 0


@pytest.mark.parametrize(("sizes", "freedom"), [([5, 5, 5], 2), ([100, 1, 1], 1), ([2, 1], 1)])
def test_clusters_of_unlike_sizes_count_as_fewer(sizes: list[int], freedom: float) -> None:
    clusters = Clusters(np.repeat(np.arange(len(sizes)), sizes), "writer")
    assert clusters.freedom == pytest.approx(freedom)


def test_freedom_by_hand() -> None:
    clusters = Clusters(np.repeat(np.arange(4), [4, 2, 1, 1]), "writer")
    assert clusters.freedom == pytest.approx(64 / 22 - 1)
