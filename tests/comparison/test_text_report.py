from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from sample_runs import write_recipe

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.text_report import plain_report, print_report

REFERENCE = Path(__file__).resolve().parents[2] / "experiments" / "reference"


def test_the_table_fits_a_terminal() -> None:
    out = io.StringIO()
    comparison = compare_runs(find_runs([str(REFERENCE)]))
    print_report(comparison, Console(file=out, width=80, highlight=False))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines[:6])) <= 80
    for name in ("deep", "mnist-cnn", "fast", "tiny"):
        assert any(line.startswith(f"{name} ") for line in lines[2:6])
    assert "…" not in out.getvalue()


def test_plain_text_has_no_colours_and_no_padding(tmp_path: Path) -> None:
    write_recipe(tmp_path, "good", range(10))
    write_recipe(tmp_path, "poor", range(60))
    text = plain_report(compare_runs(find_runs([str(tmp_path)])))
    assert "good misreads 50 fewer of 2,000 images than poor" in text
    assert "\x1b" not in text
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_of_many_verdicts_the_report_says_how_many_are_not_shown(tmp_path: Path) -> None:
    for number in range(5):
        write_recipe(tmp_path, f"r{number}", range(10 * number, 12 * number + 5))
    text = plain_report(compare_runs(find_runs([str(tmp_path)])))
    assert text.count(" misreads ") == 4
    assert "6 more verdicts are not shown: --json has all of them" in text
