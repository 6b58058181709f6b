from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sample_comparison import NASTY
from sample_runs import errors_at, made_up_run, many_runs

from digitrec.benchmarks.browser import Browser
from digitrec.comparison.compare_runs import Comparison, compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.html_report.misread_images import find_test_images
from digitrec.comparison.html_report.report import Section, render_report, write_report
from digitrec.comparison.runs import read_run
from digitrec.errors import DigitrecError

SECTIONS = ["results", "verdicts", "curves", "costs", "misread", "confusions", "settings"]


@pytest.fixture(scope="module")
def page(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(
        path, comparison, [Section("search", "The search", "<p id='trials'>42 trials</p>")]
    )
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


def test_a_single_run_gets_a_page_too(tmp_path: Path) -> None:
    made_up_run(tmp_path / "run", errors_at(30), epochs=1)
    html = render_report(compare_runs(find_runs([str(tmp_path)])))
    assert "mnist-cnn reads 100.00% correctly" in html
    assert 'id="verdicts"' not in html


def test_what_cannot_be_written_is_said(comparison: Comparison, tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match="name another file with --html FILE"):
        write_report(tmp_path / "no" / "report.html", comparison)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.mark.browser
class TestInChromium:
    @pytest.mark.parametrize(
        ("width", "dark"),
        [
            (1280, False),
            (390, True),
            pytest.param(1280, True, marks=pytest.mark.slow),
            pytest.param(390, False, marks=pytest.mark.slow),
        ],
    )
    def test_it_comes_up_whole_and_without_complaint(
        self, browser: Browser, page: Path, tmp_path: Path, width: int, dark: bool
    ) -> None:
        browser.open(page, width, dark=dark)
        here = browser.evaluate("[...document.querySelectorAll('main section')].map((s) => s.id)")
        assert here == [*SECTIONS[:-1], "search", "settings"]
        assert browser.evaluate("document.querySelectorAll('#results tbody tr').length") == 3
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
            "[...document.querySelectorAll('#results tbody th')].map((th) => th.textContent.trim())"
        )
        assert NASTY in names

    def test_a_heading_sorts_by_keyboard(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        lines = "[...document.querySelectorAll('#results tbody tr')]"
        order = f"{lines}.map((line) => line.cells[5].dataset.sort)"
        seconds = browser.evaluate(order)
        browser.evaluate("document.querySelectorAll('#results thead button')[4].focus()")
        browser.press("Enter", 13, "\r")
        assert browser.evaluate(order) == sorted(seconds, key=float)
        head = "document.querySelectorAll('#results thead th')[5].ariaSort"
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
            r"good: [\d.]+% \([\d.]+ to [\d.]+\), 1.5 min; on the Pareto front",
            browser.evaluate(shown),
        )
        browser.press("Escape", 27)
        assert browser.evaluate(shown) == ""

    def test_tab_reaches_the_controls_in_order(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        reached = []
        for _ in range(12):
            browser.press("Tab", 9)
            reached.append(browser.evaluate("document.activeElement.textContent.trim()"))
        assert reached[0] == "Skip to the results"
        assert reached[1:4] == ["Results", "Verdicts", "Curves"]

    def test_a_legend_brings_its_lines_out(self, browser: Browser, page: Path) -> None:
        browser.open(page)
        browser.evaluate("document.querySelector('.legend button').click()")
        assert browser.evaluate("document.querySelector('.legend button').ariaPressed") == "true"
        lit = "[...document.querySelectorAll('#curves .recipe.on')].map((g) => g.dataset.recipe)"
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
        write_report(page, compare_runs(find_runs([str(tmp_path)])))
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
    reference = Path(__file__).resolve().parents[3] / "experiments/reference"
    found = compare_runs(find_runs([str(reference)]))
    images = find_test_images(found.recipes[0])
    assert images is not None
    page = tmp_path / "report.html"
    started = time.perf_counter()
    write_report(page, found)
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
    html = render_report(compare_runs(find_runs([str(tmp_path)])))
    assert "The images are not shown" in html
    assert "data:image/png" not in html
    assert "image 1: a 1, read as 2 by 1 of 1 run" in html
    assert read_run(tmp_path / "a").test_set.count == 40
