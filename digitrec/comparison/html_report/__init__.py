"""A comparison as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup, escape

from digitrec import __version__
from digitrec.comparison import text_report
from digitrec.comparison.html_report import charts, misses
from digitrec.comparison.recipes import Row, show
from digitrec.comparison.runs import TestSet
from digitrec.comparison.verdicts import Pair, Study, count, p_value
from digitrec.errors import DigitrecError
from digitrec.storage import atomic
from digitrec.sweeps import search

__all__ = ["Section", "render", "searches", "write"]

# Beyond these a page is no longer to be looked at; the table has all rows in any case.
ROWS = 24
PAIRS = 40
# The columns of metrics.csv that are drawn, and whether over seconds in place of epochs.
CURVES = (
    ("validation_accuracy", "Validation errors, %, by epoch", False),
    ("validation_accuracy", "Validation errors, %, by training time", True),
    ("train_loss", "Training loss, nats", False),
    ("validation_loss", "Validation loss, nats", False),
)


@dataclass(frozen=True)
class Section:
    """A part of the page that somebody else makes. ``html`` is trusted, and stands as it is."""

    key: str  # of its address in the page: letters, digits and hyphens
    title: str
    html: str


@dataclass(frozen=True, eq=False)
class Board:
    """All that is shown of the rows on one test set."""

    number: int
    test_set: TestSet
    rows: Sequence[Row]
    drawn: Sequence[Row]  # of these, the ones in charts
    pairs: Sequence[Pair]
    left_out: int  # pairs
    headline: str
    curves: Sequence[tuple[str, Markup]]
    tradeoffs: Sequence[tuple[str, Markup]]
    interval: Any
    galleries: Sequence[misses.Gallery]
    confusions: Sequence[tuple[Pair, Any]]
    sprite: str
    places: Mapping[int, tuple[int, int]]  # of a test image in the sprite: column, line


def write(path: Path, study: Study, sections: Sequence[Section] = ()) -> None:
    """Write the report, or leave what was there.

    Raises:
        DigitrecError: if the file cannot be written.
    """
    html = render(study, sections)
    try:
        atomic.write_text(path, html)
    except OSError as error:
        raise DigitrecError(
            f"cannot write {path}: {error.strerror}; name another file with --html FILE"
        ) from None


def render(study: Study, sections: Sequence[Section] = ()) -> str:
    """Return the report as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__name__, "page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["typeset"] = _typeset
    colours = {row: number for number, row in enumerate(study.rows)}
    boards = [
        _board(study, number, test_set, colours) for number, test_set in enumerate(study.test_sets)
    ]
    page = environment.get_template("page.html")
    return page.render(
        study=study,
        boards=boards,
        colours=colours,
        strips={board.test_set: charts.strip_of(board.rows) for board in boards},
        best={study.best(test_set) for test_set in study.test_sets},
        runs=sum(len(row.runs) for row in study.rows),
        keys=_all_keys(study),
        made=datetime.now().astimezone().strftime("%d %B %Y, %H:%M"),
        version=__version__,
        sections=[(section.key, section.title, Markup(section.html)) for section in sections],
        colour_class=charts.colour_class,
        columns=misses.COLUMNS,
        problems=text_report.problems(study),
        percent=text_report.percent, duration=text_report.duration, spread=text_report.spread,
        errors=text_report.errors, show=show, count=count, p_value=p_value,
        surroundings=_surroundings,
    )  # fmt: skip


def searches(folders: Iterable[Path]) -> list[Section]:
    """Return the parts that show Optuna's plots of the searches that the runs' folders are of."""
    parts = []
    for number, folder in enumerate(sorted({folder.parent for folder in folders})):
        figures = "".join(
            _figure(title, file.read_bytes()) for title, file in search.pictures(folder).items()
        )
        if figures:
            html = f'<div class="charts">{figures}</div>'
            parts.append(Section(f"search-{number}", f"Search {folder.name}", html))
    return parts


def _figure(title: str, svg: bytes) -> str:
    told, address = escape(title), f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    picture = f'<img class="plot" alt="{told}" src="{address}">'
    return f"<figure><figcaption>{told}</figcaption>{picture}</figure>"


def _board(study: Study, number: int, test_set: TestSet, colours: charts.Colours) -> Board:
    rows = [row for row in study.rows if row.test_set == test_set]
    ranked = sorted(rows, key=lambda row: row.errors.mean)[:ROWS]
    drawn = [row for row in rows if row in ranked]  # in the order of the table
    told = [pair for pair in study.told if pair.a.test_set == test_set]
    pairs = told[:PAIRS]
    drawings = [
        (title, drawing)
        for key, title, timed in CURVES
        if (drawing := charts.curves(drawn, colours, key, title, timed))
    ]
    galleries = misses.galleries(drawn) if len(drawn) > 1 else []
    images = misses.pictures(rows[0]) if galleries else None
    wanted = sorted({miss.index for gallery in galleries for miss in gallery.misses})
    return Board(
        number=number,
        test_set=test_set,
        rows=rows,
        drawn=drawn,
        pairs=pairs,
        left_out=len(study.pairs) - len(pairs) if len(study.test_sets) == 1 else 0,
        headline=_headline(study, test_set, rows),
        curves=drawings,
        tradeoffs=_tradeoffs(drawn, colours),
        interval=charts.interval_of(pairs) if pairs else None,
        galleries=galleries,
        confusions=[(pair, _confusion(pair)) for pair in pairs],
        sprite=misses.sprite(images[wanted]) if images is not None and wanted else "",
        places={index: divmod(n, misses.COLUMNS)[::-1] for n, index in enumerate(wanted)},
    )


def _tradeoffs(rows: Sequence[Row], colours: charts.Colours) -> list[tuple[str, Markup]]:
    if len(rows) < 2:
        return []

    def seconds(row: Row) -> float:
        return float(row.seconds.mean())

    def parameters(row: Row) -> float:
        return row.parameters

    return [
        ("Accuracy and training time", charts.tradeoff(rows, colours, seconds, by_time=True)),
        ("Accuracy and size", charts.tradeoff(rows, colours, parameters, by_time=False)),
    ]


def _headline(study: Study, test_set: TestSet, rows: Sequence[Row]) -> str:
    """Say in a few words what the verdicts come to."""
    best = study.best(test_set)
    if len(rows) == 1:
        return f"{best.name} reads {text_report.percent(float(best.accuracies.mean()))}% right"
    pairs = [pair for pair in study.pairs if pair.a.test_set == test_set]
    if study.baseline:
        better = sum(pair.verdict == "better" for pair in pairs)
        rest = "the other" if len(pairs) == 1 else f"{len(pairs)} others"
        return f"{better or 'None'} of {rest} is better than {study.baseline.name}"
    level = [pair.a.name for pair in pairs if pair.b is best and pair.verdict == "within noise"]
    if not level:
        return f"{best.name} is the most accurate"
    if len(level) == len(rows) - 1:
        return "No clear winner"
    if len(level) > 3:
        return f"{best.name} leads, and {len(level)} others may be as accurate"
    return f"{best.name} leads; {' and '.join(level)} may be as accurate"


def _confusion(pair: Pair) -> list[list[tuple[str, float]]]:
    """Return for each cell its text, and its strength from -1, fewer, to 1, more."""
    change = misses.confusion_change(pair)
    top = max(1.0, float(np.abs(change).max()))
    return [
        [(count(round(value, 1)) if abs(value) >= 0.05 else "", value / top) for value in line]
        for line in change.tolist()
    ]


def _typeset(text: str) -> str:
    """Give a page the minus sign that a command line cannot have, and keep p on one line."""
    text = re.sub(r"(?<![\w.])-(?=\d)", "\N{MINUS SIGN}", text)
    return re.sub(r"\bp ([<=]) ", "p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text)


def _all_keys(study: Study) -> list[str]:
    """Return the settings that some row has, those aside that a row's runs do not share."""
    keys = dict.fromkeys(key for row in study.rows for key in row.settings)
    return [key for key in keys if key not in ("seed", "run_dir", "resume", "experiment")]


def _surroundings(row: Row) -> dict[str, str]:
    """Return where a row's runs took place, each line once."""

    def told(of: Any) -> str:
        return ", ".join(dict.fromkeys(str(of(run.environment)) for run in row.runs))

    def git(environment: Mapping[str, Any]) -> str:
        state = environment.get("git")
        if not isinstance(state, dict):
            return "not from git"
        changed = ", changed" if state.get("changed") else ""
        return f"{str(state.get('commit'))[:10]}{changed}"

    def versions(environment: Mapping[str, Any]) -> str:
        known = environment.get("versions")
        known = known if isinstance(known, dict) else {}
        return f"Python {known.get('python')}, torch {known.get('torch')}"

    return {
        "seeds": ", ".join(str(run.seed) for run in row.runs),
        "device": told(lambda e: f"{e.get('device_name')} ({e.get('device')})"),
        "threads": told(lambda e: e.get("threads")),
        "versions": told(versions),
        "code": told(git),
        "folders": ", ".join(str(run.folder) for run in row.runs),
    }
