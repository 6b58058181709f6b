from __future__ import annotations

from pathlib import Path

import pytest
from sample_runs import write_recipe

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.html_report.test_set_panel import Panel, make_panel


def panels(place: Path, baseline: str | None = None) -> list[Panel]:
    """Make the panels of all test sets of the runs in a folder."""
    comparison = compare_runs(find_runs([str(place)]), baseline=baseline)
    colours = {recipe: number for number, recipe in enumerate(comparison.recipes)}
    return [
        make_panel(comparison, number, test_set, colours)
        for number, test_set in enumerate(comparison.test_sets)
    ]


def test_a_baseline_is_compared_on_its_own_test_set_only(tmp_path: Path) -> None:
    for number in range(3):
        write_recipe(tmp_path, f"m{number}", range(10 * number))
        write_recipe(tmp_path, f"o{number}", range(10 * number), checksum="f" * 16)
    assert [panel.headline for panel in panels(tmp_path, "m0")] == [
        "None of 2 others is better than m0",
        "Not compared with m0, which has another test set",
    ]
    assert panels(tmp_path, "m2")[0].headline == "2 of 2 others are better than m2"


@pytest.mark.parametrize(
    ("baseline", "headline"), [("x", "y is better than x"), ("y", "x is not better than y")]
)
def test_a_baseline_and_one_other(tmp_path: Path, baseline: str, headline: str) -> None:
    write_recipe(tmp_path, "x", range(30))
    write_recipe(tmp_path, "y", range(3))
    (panel,) = panels(tmp_path, baseline)
    assert panel.headline == headline


def test_verdicts_that_are_not_shown_are_counted_for_each_test_set(tmp_path: Path) -> None:
    for number in range(7):
        write_recipe(tmp_path, f"m{number}", range(10 * number))
    for number in range(2):
        write_recipe(tmp_path, f"o{number}", range(10 * number), checksum="f" * 16)
    found = {len(panel.recipes): panel for panel in panels(tmp_path)}
    assert (len(found[7].verdicts), found[7].hidden_verdicts) == (6, 21 - 6)
    assert (len(found[2].verdicts), found[2].hidden_verdicts) == (1, 0)
