from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import Browser
from PIL import Image
from sample_runs import errors_at, made_up_run, many_runs

from digitrec.comparison.html_report import Section, charts, misses, render, searches, write
from digitrec.comparison.runs import find, read
from digitrec.comparison.verdicts import Study, study
from digitrec.data.sets import SyntheticData
from digitrec.errors import DigitrecError

SECTIONS = ["rows", "verdicts", "curves", "costs", "misses", "confusions", "settings"]
NASTY = '<script>alert(1)</script> & "quoted" {{ 7 * 7 }}'.replace("/", "\N{DIVISION SLASH}")
SMALL = SyntheticData(train=10, test=60)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Three recipes, on synthetic digits that are at hand; one has a nasty name; a damaged run."""
    place = tmp_path_factory.mktemp("runs")
    examples, checksum = SMALL.load_test()
    for seed in range(3):
        for name, first, parameters, seconds in (
            ("good", 0, 5000, 90.0), (NASTY, 4, 90_000, 700.0), ("poor", 10, 40_000, 20.0),
        ):  # fmt: skip
            made_up_run(
                place / f"{first}-{seed}", errors_at(60, *range(first, 2 * first + 3 + seed)), seed,
                epochs=2 + first % 3, experiment=name, data=SMALL, checksum=checksum,
                parameters=parameters, seconds=seconds, validation=5,
                labels=examples.labels.numpy(),
            )  # fmt: skip
    made_up_run(place / "bad", errors_at(60), 7)
    (place / "bad/predictions.h5").write_text("junk")
    return study(find([str(place)]))


@pytest.fixture(scope="module")
def page(compared: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write(path, compared, [Section("search", "The search", "<p id='trials'>42 trials</p>")])
    return path


def test_the_page_is_one_file_that_asks_for_nothing(page: Path) -> None:
    html = page.read_text()
    assert "default-src 'none'" in html
    # No address but those within the page and its own pictures.
    addresses = re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?([^"')\s>]+)""", html)
    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "<script>alert" not in html
    assert "{{ 7 * 7 }}" in html
    assert "49" not in re.findall(r"quoted&#34; (\S+)", html)


def test_pictures_are_those_that_the_runs_saw(compared: Study, tmp_path: Path) -> None:
    images = misses.pictures(compared.rows[0])
    assert images is not None
    assert (images == SMALL.load_test()[0].images[:, 0].numpy()).all()
    checksum = compared.test_sets[0].checksum
    for labels, recorded in ((None, checksum), (compared.rows[0].runs[0].labels, "f" * 16)):
        folder = tmp_path / recorded
        made_up_run(
            folder, errors_at(60, 1), data=SMALL, labels=labels, checksum=recorded, validation=5
        )
        (row,) = study([folder]).rows
        assert misses.pictures(row) is None


def test_galleries_hold_what_one_row_misses_alone(tmp_path: Path) -> None:
    made_up_run(tmp_path / "a0", errors_at(40, 1, 2, 3), 0, experiment="a", epochs=1)
    made_up_run(tmp_path / "a1", errors_at(40, 1, 2, 4), 1, experiment="a", epochs=1)
    made_up_run(tmp_path / "b0", errors_at(40, 2, 9), 0, experiment="b", epochs=1)
    rows = study(find([str(tmp_path)])).rows
    by_name = {
        gallery.row.name if gallery.row else "all": gallery for gallery in misses.galleries(rows)
    }
    assert {miss.index for miss in by_name["a"].misses} == {1, 3, 4}
    assert by_name["a"].misses[0].index == 1  # both seeds miss it
    assert by_name["a"].misses[0].answers == [(2, 2)]
    assert [miss.index for miss in by_name["b"].misses] == [9]
    assert [miss.index for miss in by_name["all"].misses] == [2]
    (pair,) = study(find([str(tmp_path)])).told
    change = misses.confusion_change(pair)  # b, the better, from a
    assert (pair.a.name, pair.b.name) == ("a", "b")
    assert change[9, 0] == 1
    assert change[1, 2] == -1
    assert change[3, 4] == -0.5
    assert change.sum() == pytest.approx(-1)


def test_the_front_is_what_nothing_beats(compared: Study) -> None:
    front = charts.pareto_front(compared.rows, lambda row: float(row.seconds.mean()))
    assert [row.name for row in front] == ["poor", "good"]
    assert [row.name for row in charts.pareto_front(compared.rows, lambda row: row.parameters)] == [
        "good"
    ]


def test_a_single_run_gets_a_page_too(tmp_path: Path) -> None:
    made_up_run(tmp_path / "run", errors_at(30), epochs=1)
    html = render(study(find([str(tmp_path)])))
    assert "mnist-cnn reads 100.00% right" in html
    assert 'id="verdicts"' not in html


def test_the_plots_of_a_search_are_shown(tmp_path: Path) -> None:
    run = made_up_run(tmp_path / "hunt" / "run", errors_at(30), epochs=1)
    (tmp_path / "hunt" / "slices.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    made_up_run(tmp_path / "other" / "run", errors_at(30), epochs=1)
    (section,) = searches(find([str(tmp_path)]))
    assert (section.key, section.title) == ("search-0", "Search hunt")
    html = render(study([run]), [section])
    assert '<a href="#search-0">Search hunt</a>' in html
    assert 'alt="Slices" src="data:image/svg+xml;base64,' in html


def test_what_cannot_be_written_is_said(compared: Study, tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match="name another file with --html FILE"):
        write(tmp_path / "no" / "report.html", compared)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.mark.browser
class TestInChromium:
    @pytest.mark.parametrize("dark", [False, True])
    @pytest.mark.parametrize("width", [1280, 390])
    def test_it_comes_up_whole_and_without_complaint(
        self, browser: Browser, page: Path, tmp_path: Path, width: int, dark: bool
    ) -> None:
        browser.open(page, width, dark=dark)
        here = browser.evaluate("[...document.querySelectorAll('main section')].map((s) => s.id)")
        assert here == [*SECTIONS[:-1], "search", "settings"]
        assert browser.evaluate("document.querySelectorAll('#rows tbody tr').length") == 3
        assert browser.evaluate("document.querySelectorAll('.chart').length") == 6
        assert browser.evaluate("document.querySelectorAll('.chart .ring').length") == 3
        assert browser.evaluate("document.querySelectorAll('.chart .band').length") == 12
        assert browser.evaluate("document.querySelectorAll('.verdicts li').length") == 3
        assert "bad" in browser.evaluate("document.querySelector('.problems').textContent")
        assert browser.evaluate("document.querySelector('#trials').textContent") == "42 trials"
        # Nothing sticks out to the side.
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
        # Charts are drawn where they can be seen.
        assert browser.evaluate(
            "[...document.querySelectorAll('.chart')].every((c) => c.clientWidth > 200)"
        )
        browser.screenshot(tmp_path / "page.png")
        with Image.open(tmp_path / "page.png") as picture:
            pixels = np.asarray(picture.convert("L"))
        assert (np.median(pixels) < 60) if dark else (np.median(pixels) > 220)
        assert pixels.std() > 8  # there is something on it
        assert browser.complaints == []
        assert all(url.startswith(("file:", "data:")) for url in browser.requests)

    def test_a_name_out_of_a_configuration_is_text(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        names = browser.evaluate(
            "[...document.querySelectorAll('#rows tbody th')].map((th) => th.textContent.trim())"
        )
        assert NASTY in names

    def test_a_heading_sorts_by_keyboard(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        lines = "[...document.querySelectorAll('#rows tbody tr')]"
        order = f"{lines}.map((line) => line.cells[5].dataset.sort)"
        seconds = browser.evaluate(order)
        browser.evaluate("document.querySelectorAll('#rows thead button')[4].focus()")
        browser.press("Enter", 13, "\r")
        assert browser.evaluate(order) == sorted(seconds, key=float)
        head = "document.querySelectorAll('#rows thead th')[5].ariaSort"
        assert browser.evaluate(head) == "ascending"
        browser.press("Enter", 13, "\r")
        assert browser.evaluate(order) == sorted(seconds, key=float, reverse=True)
        assert browser.evaluate(head) == "descending"

    def test_a_point_says_what_it_is_when_the_keyboard_reaches_it(
        self, browser: Browser, page: Path
    ) -> None:
        browser.open(page)
        shown = "((tip) => tip.hidden ? '' : tip.textContent)(document.getElementById('tip'))"
        browser.evaluate("document.querySelector('#costs circle[tabindex]').focus()")
        assert re.fullmatch(
            r"good: [\d.]+% \([\d.]+ to [\d.]+\), 1.5 min; on the front", browser.evaluate(shown)
        )
        browser.press("Escape", 27)
        assert browser.evaluate(shown) == ""

    def test_tab_reaches_the_controls_in_order(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        reached = []
        for _ in range(12):
            browser.press("Tab", 9)
            reached.append(browser.evaluate("document.activeElement.textContent.trim()"))
        assert reached[0] == "Skip to the table"
        assert reached[1:4] == ["Results", "Verdicts", "Curves"]

    def test_a_legend_brings_its_lines_out(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        browser.evaluate("document.querySelector('.legend button').click()")
        assert browser.evaluate("document.querySelector('.legend button').ariaPressed") == "true"
        lit = "[...document.querySelectorAll('#curves .row.on')].map((g) => g.dataset.row)"
        assert set(browser.evaluate(lit)) == {"0"}
        assert browser.evaluate("document.body.classList.contains('picked')")
        browser.evaluate("document.querySelector('.legend button').click()")
        assert browser.evaluate(lit) == []

    def test_choices_show_what_was_chosen(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        tables = "[...document.querySelectorAll('#confusions table')]"
        shown = f"{tables}.findIndex((table) => !table.hidden)"
        assert browser.evaluate(shown) == 0
        browser.evaluate(
            "(() => { const s = document.querySelector('select'); s.selectedIndex = 2;"
            "s.dispatchEvent(new Event('change')); })()"
        )
        assert browser.evaluate(shown) == 2
        lines = "[...document.querySelectorAll('.settings tbody tr')]"
        visible = f"{lines}.filter((line) => line.offsetHeight).length"
        before = browser.evaluate(visible)
        browser.evaluate("document.getElementById('all-settings').click()")
        assert browser.evaluate(visible) > before + 10

    def test_light_and_dark_can_be_chosen(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        paper = "getComputedStyle(document.body).backgroundColor"
        light = browser.evaluate(paper)
        browser.evaluate("document.getElementById('theme').click()")
        assert browser.evaluate(paper) != light
        browser.evaluate("document.getElementById('theme').click()")
        assert browser.evaluate(paper) == light

    def test_twenty_runs_open_in_no_time(self, browser: Browser, tmp_path: Path) -> None:
        many_runs(tmp_path, recipes=20, seeds=1)
        page = tmp_path / "report.html"
        write(page, study(find([str(tmp_path)])))
        assert page.stat().st_size < 8e6
        browser.call("Performance.enable", timeDomain="threadTicks")
        browser.open(page)
        metrics = browser.call("Performance.getMetrics")["metrics"]
        spent = {metric["name"]: metric["value"] for metric in metrics}
        # Of the processor, because what else a machine does is none of ours.
        assert 0 < spent["TaskDuration"] < 2
        assert browser.complaints == []


@pytest.mark.mnist
@pytest.mark.browser
def test_missed_images_of_mnist_are_shown(browser: Browser, tmp_path: Path) -> None:
    reference = Path(__file__).resolve().parents[2] / "experiments/reference"
    found = study(find([str(reference)]))
    images = misses.pictures(found.rows[0])
    assert images is not None
    page = tmp_path / "report.html"
    started = time.perf_counter()
    write(page, found)
    assert time.perf_counter() - started < 60
    browser.open(page)
    assert browser.complaints == []
    # Every picture shows the image it says: its ink is where that image has it.
    index, box = browser.evaluate(
        "(() => { const li = document.querySelector('.gallery li');"
        "const i = li.querySelector('i'); i.scrollIntoView(); const r = i.getBoundingClientRect();"
        "return [Number(li.dataset.tip.match(/image (\\d+)/)[1]),"
        "[r.x + scrollX, r.y + scrollY, r.width]]; })()"
    )
    browser.screenshot(tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as picture:
        x, y, side = map(round, box)
        seen = 255 - np.asarray(
            picture.convert("L").crop((x, y, x + side, y + side)).resize((28, 28))
        )
    assert np.corrcoef(seen.ravel(), images[index].ravel())[0, 1] > 0.9


def test_pictures_that_are_not_at_hand_are_left_out_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made_up_run(tmp_path / "a", errors_at(40, 1), experiment="a", epochs=1)
    made_up_run(tmp_path / "b", errors_at(40, 2), experiment="b", epochs=1)
    html = render(study(find([str(tmp_path)])))
    assert "The pictures are left out" in html
    assert "data:image/png" not in html
    assert "image 1: a 1, read as 2 by 1 of 1 run" in html
    assert read(tmp_path / "a").test_set.count == 40
