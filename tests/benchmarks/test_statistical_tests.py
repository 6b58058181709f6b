from __future__ import annotations

import re

import pytest

from digitrec.benchmarks import statistical_tests
from digitrec.benchmarks.statistical_tests import CLUSTER_CONTENDERS, CONTENDERS, Setting, tables


def test_all_tables_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [Setting((2, 2), (0.02, 0.02), (0.1, 0.1), images=500)]
    monkeypatch.setattr(statistical_tests, "without_difference", lambda: few)
    monkeypatch.setattr(statistical_tests, "with_difference", lambda: few)
    clustered = [Setting((2, 2), (0.02, 0.02), (0.1, 0.1), images=500, clustered=20)]
    monkeypatch.setattr(statistical_tests, "clustered_without_difference", lambda: clustered)
    about, heads, row, title, power_heads, power_row, *of_clusters = tables(count=4)
    assert "of 4 comparisons with no difference" in about
    assert all(name in heads for name in CONTENDERS)
    assert re.match(r" +2 and 2 +10 of 500 .*±", row)
    assert row.count("%") == len(CONTENDERS)
    cluster_title, cluster_heads, cluster_row = of_clusters
    assert "as if the images were independent" in cluster_title
    assert cluster_heads.split()[-2:] == list(CLUSTER_CONTENDERS)
    assert re.match(r" +2 and 2 +10 of 500 +20 ", cluster_row)
    assert cluster_row.count("%") == len(CLUSTER_CONTENDERS)
    assert title.strip().startswith("Power")
    assert power_heads.split()[-2:] == ["claimed", "found"]
    assert power_row.count("%") == 2
