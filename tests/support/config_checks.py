"""What the tests of the configuration share: its settings, and how a mistake is refused."""

from __future__ import annotations

import typing
from typing import Any

import pytest

from digitrec.config.conversion import from_dict
from digitrec.errors import ConfigError, DigitrecError


def settings_of(kind: type[Any]) -> dict[str, Any]:
    return {key: hint for key, hint in typing.get_type_hints(kind).items() if key != "name"}


def refused(values: dict[str, Any]) -> str:
    """Check that these values are refused as a user's mistake, in one line; return it."""
    with pytest.raises(ConfigError) as caught:
        from_dict(values)
    message = str(caught.value)
    assert isinstance(caught.value, DigitrecError)
    assert message
    assert len(message.splitlines()) == 1, message
    return message
