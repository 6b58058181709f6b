"""Sections of the report with Optuna's plots of searches."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

from markupsafe import escape

from digitrec.comparison.html_report.report import Section
from digitrec.sweeps.search_plots import plot_files

__all__ = ["search_sections"]


def search_sections(folders: Iterable[Path]) -> list[Section]:
    """Return a section for each search that has plots and that some of these runs belong to."""
    sections = []
    for number, folder in enumerate(sorted({folder.parent for folder in folders})):
        figures = "".join(
            _figure(title, file.read_bytes()) for title, file in plot_files(folder).items()
        )
        if figures:
            html = f'<div class="charts">{figures}</div>'
            sections.append(Section(f"search-{number}", f"Search {folder.name}", html))
    return sections


def _figure(title: str, svg: bytes) -> str:
    label, address = escape(title), f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
    image = f'<img class="plot" alt="{label}" src="{address}">'
    return f"<figure><figcaption>{label}</figcaption>{image}</figure>"
