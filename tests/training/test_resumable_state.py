from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError
from digitrec.training.run_directory import RunDir

ROW = {"epoch": 1, "train_loss": 0.123456, "validation_accuracy": None}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    monkeypatch.chdir(tmp_path)
    return RunDir.create(TrainConfig(run_dir="run"), {"threads": 2})


def test_the_state_comes_back(folder: RunDir) -> None:
    position = {"epoch": 3, "loss_sum": 0.1 + 0.2, "rows": [ROW, {**ROW, "train_loss": math.pi}]}
    arrays = {
        "network/mean": np.array(0.5, np.float32),
        "network/w": np.arange(6, dtype=np.float32).reshape(2, 3),
        "steps": np.array(12),
    }
    folder.save_state({"epoch": 1}, {"old": np.zeros(3)})
    folder.save_state(position, arrays)
    loaded = folder.load_state()
    assert loaded is not None
    assert loaded[0] == position
    assert set(loaded[1]) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[1][name], array)
        assert loaded[1][name].dtype == array.dtype


def test_a_position_may_have_thousands_of_rows(folder: RunDir) -> None:
    position: dict[str, Any] = {"rows": [{**ROW, "epoch": epoch} for epoch in range(5000)]}
    folder.save_state(position, {})
    assert folder.load_state() == (position, {})


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "other", "folder", "bare"])
def test_a_damaged_state_is_named(folder: RunDir, damage: str) -> None:
    file = folder.path / "state.h5"
    folder.save_state({"epoch": 1}, {"w": np.zeros(1000)})
    content = file.read_bytes()
    match damage:
        case "text":
            file.write_text("state")
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "other":
            folder.write_predictions(np.zeros((1, 10), np.float32), np.zeros(1, int), "a", "b")
            (folder.path / "predictions.h5").replace(file)
        case "folder":
            file.unlink()
            file.mkdir()
        case "bare":
            with h5py.File(file, "r+") as opened:
                del opened["position"]
    with pytest.raises(DigitrecError, match=r"state\.h5"):
        folder.load_state()


@pytest.mark.parametrize("position", [b"", b"[1]", b"{", b"\xff", b"7"])
def test_a_position_that_is_none_is_named(folder: RunDir, position: bytes) -> None:
    folder.save_state({"epoch": 1}, {})
    with h5py.File(folder.path / "state.h5", "r+") as file:
        del file["position"]
        file["position"] = np.frombuffer(position, np.uint8)
    with pytest.raises(DigitrecError, match=r"state\.h5 is no state of a run"):
        folder.load_state()


def test_a_finished_run_keeps_no_state_and_nothing_half_written(folder: RunDir) -> None:
    folder.save_state({"epoch": 1}, {})
    (folder.path / ".model.h5.01234567.part").write_bytes(b"half")
    folder.remove_state()
    folder.remove_state()
    assert {file.name for file in folder.path.iterdir()} == {"config.yaml", "environment.json"}
