"""Predictions and pages as plain data, for JSON and for tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitrec.errors import PictureError
    from digitrec.recognition.results import Mark, Page, Prediction

__all__ = ["page_row", "prediction_row", "unread_page_row", "unread_prediction_row"]


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
        "reason": page.reason,
    }


def unread_page_row(name: str, error: PictureError) -> dict[str, Any]:
    """Return the row of a picture that cannot be read, with the fields of `page_row`."""
    return {"file": name, "text": "", "lines": [], "marks": [], "reason": error.problem}


def unread_prediction_row(name: str, error: PictureError) -> dict[str, Any]:
    """Return the row of a picture that cannot be read, with the fields of `prediction_row`.

    As for a blank picture, no digit is more probable than another. A confidence of 0, which no
    picture that was read has, tells the two apart.
    """
    return {
        "file": name,
        "digit": None,
        "confidence": 0.0,
        "probabilities": [0.1] * 10,
        "text": "",
        "reason": error.problem,
    }


def _fields(prediction: Prediction) -> dict[str, Any]:
    return {
        "digit": prediction.digit,
        "confidence": round(prediction.confidence, 6),
        "probabilities": [round(float(p), 6) for p in prediction.probabilities],
        "text": prediction.text,
        "reason": prediction.reason,
    }


def _fields_of_mark(mark: Mark) -> dict[str, Any]:
    return {
        "text": mark.text,
        "confidence": round(mark.confidence, 6),
        "box": mark.box,
        "place": mark.place,
        "reason": mark.reason,
    }
