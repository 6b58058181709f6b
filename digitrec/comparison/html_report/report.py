"""The HTML report: a template filled with a comparison and written as one file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jinja2
from markupsafe import Markup

from digitrec import __version__
from digitrec.comparison import number_format
from digitrec.comparison.compare_runs import Comparison
from digitrec.comparison.html_report import misread_images
from digitrec.comparison.html_report.chart_frame import colour_class
from digitrec.comparison.html_report.interval_strips import accuracy_strips
from digitrec.comparison.html_report.test_set_panel import make_panel
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.run_settings import format_setting
from digitrec.comparison.text_report import describe_problems
from digitrec.errors import DigitrecError
from digitrec.storage import atomic
from digitrec.storage.regular_files import open_regular
from digitrec.training.run_directory import Environment

__all__ = ["Section", "is_report", "write_report"]

TITLE_END = " · digitrec</title>".encode()
"""How the title of each report ends, in its first lines."""


@dataclass(frozen=True)
class Section:
    """A part of the page that another module makes.

    Attributes:
        key: Its address in the page: letters, digits and hyphens.
        title: Its heading.
        html: Its content, which is trusted and inserted unchanged.
    """

    key: str
    title: str
    html: str


def is_report(path: Path) -> bool:
    """Tell whether a file is a report that `write_report` has written.

    Raises:
        OSError: if it cannot be read.
    """
    with open_regular(path) as file:
        return TITLE_END in file.read(2**16)


def write_report(path: Path, comparison: Comparison, sections: Sequence[Section] = ()) -> None:
    """Write the report. If that fails, a file that was there before is unchanged.

    Raises:
        DigitrecError: if the file cannot be written.
    """
    html = render_report(comparison, sections)
    try:
        atomic.write_text(path, html)
    except OSError as error:
        raise DigitrecError(
            f"cannot write {path}: {error.strerror}; name another file with --html FILE"
        ) from None


def render_report(comparison: Comparison, sections: Sequence[Section] = ()) -> str:
    """Return the report as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__, "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["typeset"] = _typeset
    colours = {recipe: number for number, recipe in enumerate(comparison.recipes)}
    panels = [
        make_panel(comparison, number, test_set, colours)
        for number, test_set in enumerate(comparison.test_sets)
    ]
    return environment.get_template("page.html").render(
        comparison=comparison,
        panels=panels,
        colours=colours,
        strips={panel.test_set: accuracy_strips(panel.recipes) for panel in panels},
        best={comparison.best(test_set) for test_set in comparison.test_sets},
        runs=sum(len(recipe.runs) for recipe in comparison.recipes),
        all_settings=_all_settings(comparison),
        made=datetime.now().astimezone().strftime("%d %B %Y, %H:%M"),
        version=__version__,
        sections=[(section.key, section.title, Markup(section.html)) for section in sections],
        colour_class=colour_class,
        columns=misread_images.COLUMNS,
        problems=describe_problems(comparison),
        provenance=_provenance,
        format_setting=format_setting,
        **{name: getattr(number_format, name) for name in number_format.__all__},
    )


def _typeset(text: str) -> str:
    """Write minus signs, which a command line cannot have, and keep p and its value on one line."""
    text = re.sub(r"(?<![\w.])-(?=\d)", "\N{MINUS SIGN}", text)
    return re.sub(r"\bp ([<=]) ", "p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)


def _all_settings(comparison: Comparison) -> list[str]:
    """Return the settings of all recipes, except for the seed, the name and the place of a run.

    Settings without effect on the result, such as ``notes``, may differ between a recipe's runs;
    shown are those of the first.
    """
    keys = dict.fromkeys(key for recipe in comparison.recipes for key in recipe.settings)
    return [key for key in keys if key not in ("seed", "run_dir", "resume", "experiment")]


def _provenance(recipe: Recipe) -> dict[str, str]:
    """Return where and with what a recipe's runs were trained, in lines with a name each."""

    def each(describe: Callable[[Environment], object]) -> str:
        """Describe the runs' environments, each different one once."""
        return ", ".join(dict.fromkeys(str(describe(run.environment)) for run in recipe.runs))

    def git(environment: Environment) -> str:
        state = environment.git
        if state is None:
            return "not from git"
        return state.commit[:10] + (", changed" if state.changed else "")

    def versions(environment: Environment) -> str:
        known = environment.versions
        return f"Python {known.get('python')}, torch {known.get('torch')}"

    return {
        "seeds": ", ".join(str(run.seed) for run in recipe.runs),
        "device": each(lambda e: f"{e.device_name} ({e.device})"),
        "threads": each(lambda e: e.threads),
        "versions": each(versions),
        "code": each(git),
        "folders": ", ".join(str(run.folder) for run in recipe.runs),
    }
