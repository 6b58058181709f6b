"""JSON objects in files, read into dataclasses whose types are checked."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from digitrec.errors import RunFileError
from digitrec.message_text import quoted
from digitrec.storage import atomic
from digitrec.storage.regular_files import read_text

__all__ = ["TRAIN_AGAIN", "build", "read_object", "write_object"]

TRAIN_AGAIN = "train the run again"

T = TypeVar("T")


def write_object(file: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON object in one step."""
    atomic.write_text(file, json.dumps(values, indent=2) + "\n")


def read_object(file: Path, advice: str = TRAIN_AGAIN) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        file: The file.
        advice: What the user can do if it cannot be read.

    Raises:
        RunFileError: If the file is missing, is not JSON, or holds something else than an object.
    """
    try:
        values = json.loads(read_text(file))
    except FileNotFoundError:
        raise RunFileError(file, "is missing", advice) from None
    except OSError as error:
        raise RunFileError(file, f"cannot be read: {error.strerror}", advice) from None
    except (ValueError, RecursionError):
        raise RunFileError(file, "is damaged: it is not valid JSON", advice) from None
    if not isinstance(values, dict):
        raise RunFileError(file, "is damaged: it is not a JSON object", advice)
    return values


def build(
    kind: type[T], values: Mapping[str, Any], file: Path, advice: str = TRAIN_AGAIN, at: str = ""
) -> T:
    """Make a dataclass from the values of a file.

    A value that is missing takes its default; a value that the dataclass does not have is ignored,
    since a later version may have written it.

    Args:
        kind: The dataclass.
        values: By the names of its fields.
        file: Where the values are from.
        advice: What the user can do if they do not fit.
        at: What stands before the names in messages.

    Raises:
        RunFileError: If a value is missing that has no default, or has another type.
    """
    hints = typing.get_type_hints(kind)
    arguments = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        name = f"{at}{field.name}"
        if field.name in values:
            try:
                arguments[field.name] = _convert(values[field.name], hints[field.name])
            except (TypeError, ValueError):
                problem = f"is damaged: {name} is {quoted(values[field.name])}"
                raise RunFileError(file, problem, advice) from None
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise RunFileError(file, f"is damaged: {name} is missing", advice)
    return kind(**arguments)


def _convert(value: Any, hint: Any) -> Any:
    """Return the value as its hint says; raise `TypeError` where it does not fit."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and types.NoneType in inner:
            return None
        (hint,) = (kind for kind in inner if kind is not types.NoneType)
        return _convert(value, hint)
    if origin is typing.Literal:
        return _checked(value, value in inner)
    if origin is Mapping:
        items = _checked(value, isinstance(value, dict)).items()
        return {name: _convert(item, inner[1]) for name, item in items}
    if origin is Sequence:
        return tuple(_convert(item, inner[0]) for item in _checked(value, isinstance(value, list)))
    if dataclasses.is_dataclass(hint):
        known = typing.get_type_hints(hint)
        items = _checked(value, isinstance(value, dict) and known.keys() <= value.keys())
        return hint(**{name: _convert(items[name], kind) for name, kind in known.items()})  # type: ignore[operator]
    if hint is object:
        return _checked(value, not isinstance(value, dict | list))
    # Numbers that other programs could not hold can be of thousands of digits.
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise TypeError
    if hint is float:
        return _checked(value, isinstance(value, int | float) and not isinstance(value, bool))
    return _checked(value, type(value) is hint)


def _checked(value: Any, fits: bool) -> Any:
    if not fits:
        raise TypeError
    return value
