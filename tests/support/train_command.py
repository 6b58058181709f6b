"""The command train, called in the process of the test."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from digitrec.run_command import run_command
from digitrec.train import main


def command(words: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the command; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["digitrec.train", *words])
    with pytest.raises(SystemExit) as stop:
        run_command(main)
    code = stop.value.code
    assert isinstance(code, int)
    return code
