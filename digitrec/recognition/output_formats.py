"""The formats in which predictions and pages are printed: text, JSON and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO

if TYPE_CHECKING:
    from digitrec.recognition.results import Mark, Page, Prediction

__all__ = ["page_row", "prediction_row", "write_pages", "write_predictions"]

OutputFormat = Literal["text", "json", "csv"]


def write_predictions(
    results: Sequence[tuple[str, Prediction]], form: OutputFormat, file: TextIO
) -> None:
    """Write the name of each picture and the digit in it, in the order given."""
    if form == "json":
        rows = [prediction_row(name, prediction) for name, prediction in results]
        print(json.dumps(rows, indent=1), file=file)
    elif form == "csv":
        writer = csv.writer(file, lineterminator="\n")
        columns = [f"p{digit}" for digit in range(10)]
        writer.writerow(["file", "digit", "confidence", *columns, "text", "reason"])
        for name, p in results:
            probabilities = [f"{value:.6f}" for value in p.probabilities]
            row = [name, p.text, f"{p.confidence:.6f}", *probabilities, p.text, p.reason]
            writer.writerow(row)
    else:
        for name, p in results:
            reason = f"  ({p.reason})" if p.reason else ""
            print(f"{p.text or '-'}  {p.confidence:7.2%}  {name}{reason}", file=file)


def write_pages(results: Sequence[tuple[str, Page]], form: OutputFormat, file: TextIO) -> None:
    """Write the name of each picture and the lines of digits in it, in the order given."""
    if form == "json":
        rows = [page_row(name, page) for name, page in results]
        print(json.dumps(rows, indent=1), file=file)
    elif form == "csv":
        writer = csv.writer(file, lineterminator="\n")
        box = ["left", "top", "right", "bottom"]
        writer.writerow(["file", "line", *box, "digit", "confidence", "reason"])
        for name, page in results:
            for number, line in enumerate(page.in_order, 1):
                for p in line:
                    place = p.box or ()
                    row = [name, number, *place, p.text, f"{p.confidence:.6f}", p.reason]
                    writer.writerow(row)
    else:
        for name, page in results:
            for text in page.text.split("\n"):
                print(f"{text or '-'}  {name}{'' if text else '  (nothing is drawn)'}", file=file)


def prediction_row(name: str, prediction: Prediction) -> dict[str, Any]:
    """Return what is read in a picture as plain data for JSON."""
    return {"file": name, **_fields(prediction)}


def page_row(name: str, page: Page) -> dict[str, Any]:
    """Return the lines that are read in a picture as plain data for JSON."""
    return {
        "file": name,
        "text": page.text,
        "lines": [[{**_fields(p), "box": p.box} for p in line] for line in page.lines],
        "marks": [[_fields_of_mark(mark) for mark in line] for line in page.marks],
    }


def _fields_of_mark(mark: Mark) -> dict[str, Any]:
    return {
        "text": mark.text,
        "confidence": round(mark.confidence, 6),
        "box": mark.box,
        "place": mark.place,
        "reason": mark.reason,
    }


def _fields(prediction: Prediction) -> dict[str, Any]:
    return {
        "digit": prediction.digit,
        "confidence": round(prediction.confidence, 6),
        "probabilities": [round(float(p), 6) for p in prediction.probabilities],
        "text": prediction.text,
        "reason": prediction.reason,
    }
