"""The command predict, run in this process."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import torch
from networks import build
from predict_command import Done, Run

from digitrec import predict
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.run_command import run_command


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint file of a network that has not learnt anything: what it reads is nonsense."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "model.h5"
    checkpoint.save(path, Checkpoint("tiny", {}, build("tiny").eval()), torch.rand(8, 1, 28, 28))
    return path


@pytest.fixture
def run(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Run the command in ``tmp_path`` with some words, and standard input."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str, stdin: bytes = b"", weights: Path | None = model) -> Done:
        chosen = ["--checkpoint", str(weights)] if weights else []
        monkeypatch.setattr(sys, "argv", ["predict", *words, "--device", "cpu", *chosen])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as exit_:
            run_command(predict.main)
        assert isinstance(exit_.value.code, int)
        return Done(exit_.value.code, *capsys.readouterr())

    return call
