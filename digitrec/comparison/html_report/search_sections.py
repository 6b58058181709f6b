"""Sections of the report about searches: a table of the trials, and Optuna's plots."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import escape

from digitrec.comparison.html_report.report import Section
from digitrec.comparison.number_format import format_percent
from digitrec.comparison.run_settings import affects_result, format_setting
from digitrec.config.conversion import flatten, to_dict
from digitrec.errors import DigitrecError
from digitrec.storage.regular_files import read_bytes
from digitrec.sweeps.search_plots import plot_files
from digitrec.training.run_directory import RunDir

__all__ = ["search_sections"]

MAX_PLOT_BYTES = 8 * 2**20
STATES = {"finished": "finished", "pruned": "given up early", "failed": "failed"}


@dataclass(frozen=True)
class _Trial:
    """A run of a search.

    Attributes:
        name: Of its folder.
        settings: All settings, by their flat names.
        accuracy: On the validation images. None if it is unknown.
        state: What became of it, in words.
    """

    name: str
    settings: Mapping[str, Any]
    accuracy: float | None
    state: str


def search_sections(folders: Iterable[Path]) -> list[Section]:
    """Return a section for each search that has plots and that some of these runs belong to."""
    sections = []
    runs: dict[Path, list[Path]] = {}
    for run in folders:
        runs.setdefault(run.parent, []).append(run)
    for number, folder in enumerate(sorted(runs)):
        figures = "".join(_figure(title, file) for title, file in plot_files(folder).items())
        if figures:
            trials = [trial for run in sorted(runs[folder]) if (trial := _trial(run))]
            html = f'{_table(trials)}<div class="charts">{figures}</div>'
            sections.append(Section(f"search-{number}", f"Search {folder.name}", html))
    return sections


def _trial(folder: Path) -> _Trial | None:
    """Read a run; None if its files are damaged, which the report says elsewhere."""
    try:
        run, config = RunDir.open(folder)
        result, rows = run.result(), run.metrics() if run.has("metrics.csv") else []
    except DigitrecError:
        return None
    accuracy = result.validation_accuracy if result is not None else None
    if accuracy is None and rows:
        accuracy = rows[-1].validation_accuracy
    status = "not finished" if result is None else STATES.get(result.status, result.status)
    return _Trial(folder.name, flatten(to_dict(config)), accuracy, status)


def _table(trials: list[_Trial]) -> str:
    """Return the trials as a table, the best first, with the settings that differ."""
    keys = dict.fromkeys(key for trial in trials for key in trial.settings)
    searched = [
        key
        for key in keys
        if affects_result(key) and len({repr(trial.settings.get(key)) for trial in trials}) > 1
    ]
    best_first = sorted(
        trials, key=lambda trial: -1 if trial.accuracy is None else trial.accuracy, reverse=True
    )
    heads = ["trial", *searched, "validation accuracy, %", "state"]
    lines = []
    for trial in best_first:
        known = trial.settings
        values = [format_setting(known[key]) if key in known else "" for key in searched]
        accuracy = "" if trial.accuracy is None else format_percent(trial.accuracy)
        cells = "".join(f'<td class="n">{escape(value)}</td>' for value in (*values, accuracy))
        name, state = escape(trial.name), escape(trial.state)
        lines.append(f'<tr><th scope="row">{name}</th>{cells}<td>{state}</td></tr>')
    numbers = {*searched, heads[-2]}
    row = "".join(
        f"<th scope='col' class='{'n' if head in numbers else ''}'>{escape(head)}</th>"
        for head in heads
    )
    note = (
        f"{len(trials)} {'trial' if len(trials) == 1 else 'trials'}, the best first. A search "
        "looks at the validation images alone, so no trial has a test accuracy."
    )
    return (
        f'<p class="note">{note}</p>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Trials">'
        f"<table><thead><tr>{row}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _figure(title: str, file: Path) -> str:
    """Return a plot as HTML; nothing if it cannot be read."""
    try:
        svg = read_bytes(file, MAX_PLOT_BYTES)
    except OSError:
        return ""
    label, address = escape(title), f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    image = f'<img class="plot" alt="{label}" src="{address}">'
    return f"<figure><figcaption>{label}</figcaption>{image}</figure>"
