"""What the application tells programs of itself: its OpenAPI tables, which ``/openapi.json`` gives.

They describe the rows that `digitrec.recognition.answer_rows` makes.
"""

from __future__ import annotations

from typing import Any

__all__ = ["LINES", "PARAMETERS", "PREDICTION", "described", "responses"]

_PICTURE = {"type": "string", "format": "binary"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": _PICTURE}},
                    "required": ["files"],
                }
            },
            "image/*": {"schema": _PICTURE},
        },
    }
}
_PROBABILITIES = {"type": "array", "items": {"type": "number"}, "minItems": 10, "maxItems": 10}
_DIGIT = {
    "type": "object",
    "properties": {
        "digit": {"type": ["integer", "null"], "description": "null where it is not a digit"},
        "confidence": {"type": "number"},
        "probabilities": _PROBABILITIES,
        "text": {"type": "string"},
        "reason": {"type": ["string", "null"], "description": "why it is not a digit"},
    },
}
PREDICTION = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string"},
        **_DIGIT["properties"],  # type: ignore[dict-item]
        "error": {"type": "string", "description": "why the picture cannot be read"},
    },
}
_BOX = {"type": "array", "items": {"type": "integer"}, "description": "left, top, right, bottom"}
LINES = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string"},
        "text": {"type": "string"},
        "lines": {
            "type": "array",
            "items": {
                "type": "array",
                "items": {**_DIGIT, "properties": {**_DIGIT["properties"], "box": _BOX}},  # type: ignore[dict-item]
            },
        },
        "marks": {
            "type": "array",
            "description": "for each line, what stands between its digits",
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "description": "a mark, a space, or ?"},
                        "confidence": {"type": "number"},
                        "box": _BOX,
                        "place": {"type": "integer", "description": "digits that stand before it"},
                        "reason": {"type": ["string", "null"]},
                    },
                },
            },
        },
        "reason": {"type": ["string", "null"], "description": "why there are no lines"},
        "error": {"type": "string", "description": "why the picture cannot be read"},
    },
}
PARAMETERS = {
    "page": ({"type": "integer", "minimum": 1, "default": 1}, "of a picture of several pages"),
    "digits_only": ({"type": "boolean", "default": False}, "leave out the marks between digits"),
}
_ERRORS = {
    400: "the form is damaged, or there is no such parameter",
    408: "it took too long to send",
    413: "it is too large, or has too many pictures",
    415: "it is neither a picture nor a form with pictures",
    422: "none of the pictures can be read, or the form has no file",
    503: "too many pictures or requests wait; try again after Retry-After seconds",
    504: "it took too long to read",
}


def responses(row: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Describe the answers to a request, by their status.

    row: `PREDICTION` or `LINES`, what each picture of a good answer has.
    """
    rows = {"application/json": {"schema": {"type": "array", "items": row}}}
    good: dict[int | str, dict[str, Any]] = {200: {"description": "a row a picture, in order"}}
    good[200]["content"] = rows
    return good | {code: {"description": text} for code, text in _ERRORS.items()}


def described(*names: str) -> dict[str, Any]:
    """Describe a request: its body, and the parameters of these names."""
    parameters = [
        {"name": name, "in": "query", "schema": schema, "description": text}
        for name, (schema, text) in PARAMETERS.items()
        if name in names
    ]
    return {"parameters": parameters, **_BODY}
