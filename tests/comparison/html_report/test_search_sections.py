from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from sample_runs import errors_at, made_up_run

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.html_report.report import render_report
from digitrec.comparison.html_report.search_sections import search_sections


def test_the_plots_of_a_search_are_shown(tmp_path: Path) -> None:
    run = made_up_run(tmp_path / "hunt" / "run", errors_at(30), epochs=1)
    (tmp_path / "hunt" / "slices.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    made_up_run(tmp_path / "other" / "run", errors_at(30), epochs=1)
    (section,) = search_sections(find_runs([str(tmp_path)]))
    assert (section.key, section.title) == ("search-0", "Search hunt")
    html = render_report(compare_runs([run]), [section])
    assert '<a href="#search-0">Search hunt</a>' in html
    assert 'alt="Slices" src="data:image/svg+xml;base64,' in html


@pytest.mark.skipif(sys.platform == "win32", reason="of POSIX systems")
def test_a_plot_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    made_up_run(tmp_path / "hunt" / "run", errors_at(30), epochs=1)
    os.mkfifo(tmp_path / "hunt" / "slices.svg")  # opening it would wait for ever
    assert search_sections(find_runs([str(tmp_path)])) == []


def test_a_search_opens_with_its_trials(tmp_path: Path) -> None:
    for number, (errors, size) in enumerate(((3, 16), (1, 64))):
        made_up_run(
            tmp_path / "hunt" / f"run-{number}", errors_at(30, *range(errors)), epochs=1,
            batch_size=size, score_test=False,
        )  # fmt: skip
    (tmp_path / "hunt" / "slices.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "hunt" / "run-2").mkdir()
    (tmp_path / "hunt" / "run-2" / "config.yaml").write_text("damaged: [")
    runs = find_runs([str(tmp_path)])
    (section,) = search_sections(runs)
    rows = section.html.split("<tr>")[1:]
    assert "batch_size" in rows[0]
    assert "seed" not in rows[0]  # it is the same for all
    assert len(rows) == 3
    assert all("finished" in row for row in rows[1:])
    accuracies = [float(row.split('<td class="n">')[2].split("<")[0]) for row in rows[1:]]
    assert accuracies == sorted(accuracies, reverse=True)
    html = render_report(compare_runs(runs, allow_empty=True), [section])
    assert html.index('id="search-0"') < html.index("could not be compared")
