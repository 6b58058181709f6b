from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from sample_runs import made_up_environment, made_up_row

from digitrec.config.train_config import TrainConfig
from digitrec.errors import RunFileError
from digitrec.training.run_directory import DataIdentity, Position, Predictions, RunDir

ROW = made_up_row(1, validation_loss=None, validation_accuracy=None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    monkeypatch.chdir(tmp_path)
    return RunDir.create(TrainConfig(run_dir="run"), made_up_environment())


def test_the_state_comes_back(folder: RunDir) -> None:
    rows = [replace(ROW, epoch=1), replace(ROW, epoch=2, train_loss=math.pi)]
    position = Position(epoch=2, step=2, loss_sum=0.1 + 0.2, seconds=1.5, rows=rows)
    arrays = {
        "network/mean": np.array(0.5, np.float32),
        "network/w": np.arange(6, dtype=np.float32).reshape(2, 3),
        "steps": np.array(12),
    }
    folder.write_state(Position(), {"old": np.zeros(3)})
    folder.write_state(position, arrays)
    loaded = folder.state()
    assert loaded is not None
    assert loaded[0] == position
    assert set(loaded[1]) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[1][name], array)
        assert loaded[1][name].dtype == array.dtype


def test_a_position_may_have_thousands_of_rows(folder: RunDir) -> None:
    position = Position(5000, rows=[replace(ROW, epoch=epoch) for epoch in range(1, 5001)])
    folder.write_state(position, {})
    assert folder.state() == (position, {})


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "other", "folder", "bare"])
def test_a_damaged_state_is_named(folder: RunDir, damage: str) -> None:
    file = folder.path / "state.h5"
    folder.write_state(Position(epoch=1), {"w": np.zeros(1000)})
    content = file.read_bytes()
    match damage:
        case "text":
            file.write_text("state")
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "other":
            predictions = Predictions(np.zeros((1, 10)), np.zeros(1, int), DataIdentity("a", "b"))
            folder.write_predictions(predictions)
            (folder.path / "predictions.h5").replace(file)
        case "folder":
            file.unlink()
            file.mkdir()
        case "bare":
            with h5py.File(file, "r+") as opened:
                del opened["position"]
    with pytest.raises(RunFileError, match=r"state\.h5 .*; remove it, and the run"):
        folder.state()


@pytest.mark.parametrize(
    "position",
    [
        b"", b"[1]", b"{", b"\xff", b"7", b"[" * 60_000, b"{}",
        b'{"epoch": 1.5, "step": 0, "loss_sum": 0, "seconds": 0, "rows": []}',
        b'{"epoch": 1, "step": 0, "loss_sum": 0, "seconds": 0, "rows": [{"epoch": 1}]}',
    ],
)  # fmt: skip
def test_a_damaged_position_is_named(folder: RunDir, position: bytes) -> None:
    folder.write_state(Position(epoch=1), {})
    with h5py.File(folder.path / "state.h5", "r+") as file:
        del file["position"]
        file["position"] = np.frombuffer(position, np.uint8)
    with pytest.raises(RunFileError, match=r"state\.h5 is damaged: .*; remove it, and the run"):
        folder.state()


def test_a_finished_run_keeps_no_state_and_nothing_half_written(folder: RunDir) -> None:
    folder.write_state(Position(epoch=1), {})
    (folder.path / ".model.h5.01234567.part").write_bytes(b"half")
    folder.end()
    folder.end()
    assert {file.name for file in folder.path.iterdir()} == {"config.yaml", "environment.json"}


def test_a_loss_that_is_a_tensor_is_saved_as_a_number(folder: RunDir) -> None:
    folder.write_state(Position(loss_sum=torch.tensor(0.5)), {})
    assert folder.state() == (Position(loss_sum=0.5), {})


def test_a_later_format_version_is_not_read(folder: RunDir) -> None:
    folder.write_state(Position(), {})
    with h5py.File(folder.path / "state.h5", "r+") as file:
        file.attrs["format_version"] = 3
    with pytest.raises(RunFileError, match="has format version 3, and this version of digitrec"):
        folder.state()
