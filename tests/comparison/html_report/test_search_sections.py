from __future__ import annotations

from pathlib import Path

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
