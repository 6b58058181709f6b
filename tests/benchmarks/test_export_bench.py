"""The table of the formats of export."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from digitrec import Recognizer
from digitrec.benchmarks import export


@pytest.fixture(autouse=True)
def keras_home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "torch")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_each_format_answers_as_pytorch_does() -> None:
    head, torch, *lines = export.measure(Recognizer.load().checkpoint, 30)
    assert "ms a drawing" in head
    assert torch.startswith("PyTorch")
    assert [line.split("  ")[0] for line in lines] == [way.name for way in export.WAYS]
    for line in lines:
        size, _, other, gap = line[22:].replace(" of 30", "").split()
        assert 0.1 < float(size) < 3
        if "int8" not in line:
            assert other == "0"
            assert float(gap) < 1e-3


def test_a_missing_package_leaves_out_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *others: None if name == "keras" else found(name, *others),
    )
    monkeypatch.setattr(export, "WAYS", [way for way in export.WAYS if way.name == "Keras"])
    *_, line = export.measure(Recognizer.load().checkpoint, 3)
    assert line.split("left out: ")[1] == (
        "--keras needs the package keras: pip install 'digitrec[keras]'"
    )
