"""What the tests of the configuration share: its settings, and how a mistake is refused."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

import pytest

from digitrec.config.conversion import from_dict
from digitrec.config.groups import GROUPS
from digitrec.config.registry import choices
from digitrec.errors import ConfigError, DigitrecError

CHOICES = {group: dict(choices(group)) for group in GROUPS}


def settings_of(kind: type[Any]) -> dict[str, Any]:
    """Return the settings of a choice, or of the whole configuration, with their types."""
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def refused(values: dict[str, Any]) -> str:
    """Check that these values are refused as a user's mistake, in one line; return it."""
    with pytest.raises(ConfigError) as caught:
        from_dict(values)
    message = str(caught.value)
    assert isinstance(caught.value, DigitrecError)
    assert message
    assert len(message.splitlines()) == 1, message
    return message
