"""Files that version 0.1 wrote, in tests/v0_1: runs, checkpoints and drawings stay readable.

Both runs have the same configuration: one is finished, the other was stopped in its second epoch.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from digitrec import Recognizer
from digitrec.arrays import NamedArrays
from digitrec.comparison.reproduction import read_record, reproduce
from digitrec.comparison.runs import read_runs
from digitrec.config.compose import compose
from digitrec.drawing import corrections, stroke_file
from digitrec.models import checkpoint
from digitrec.storage import hdf5
from digitrec.sweeps.finished_runs import find_existing_run, is_complete
from digitrec.training.run import run
from digitrec.training.run_directory import RunDir

FILES = Path(__file__).resolve().parent / "v0_1"
FINISHED, INTERRUPTED = FILES / "finished", FILES / "interrupted"
WORDS = (
    "data=synthetic", "data.train=300", "data.test=50", "validation=50", "model=deep",
    "model.width=2", "epochs=4", "batch_size=10", "ema=0.9", "threads=1",
)  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def weights(file: Path) -> NamedArrays:
    return hdf5.read(file).group("weights")


def test_every_file_of_a_run_is_read() -> None:
    run, config = RunDir.open(FINISHED)
    assert (config.model.name, config.epochs, config.ema, config.threads) == ("deep", 4, 0.9, 1)
    environment, result = run.environment(), run.result()
    assert environment.versions["digitrec"] == "0.1.0"
    assert environment.data.name == "synthetic"
    assert environment.git is not None
    assert result is not None
    assert (result.status, result.test_errors, result.test_count) == ("finished", 37, 50)
    assert [row.epoch for row in run.metrics()] == [1, 2, 3, 4]
    predictions = run.predictions()
    assert int((predictions.answers != predictions.labels).sum()) == 37
    assert predictions.data == environment.data
    assert run.state() is None


def test_a_run_is_compared_and_an_unfinished_one_is_not() -> None:
    (run,), (problem,) = read_runs([FINISHED, INTERRUPTED])
    assert (run.experiment, int(run.wrong.sum())) == ("synthetic-deep", 37)
    assert run.settings["model.width"] == 2
    assert problem.reason.startswith("the run was stopped before its end")


def test_a_sweep_finds_the_runs(here: Path) -> None:
    config = compose(WORDS)
    place = here / "experiments" / "synthetic-deep"
    for name, complete in (("20260101-000000-aaaaaa", False), ("20260101-000000-bbbbbb", True)):
        shutil.copytree(FINISHED if complete else INTERRUPTED, place / name)
        found = find_existing_run(config)
        assert found is not None
        assert (found.path.name, is_complete(found)) == (name, complete)


def test_a_run_is_reproduced_and_a_stopped_one_resumed_to_the_same_weights(here: Path) -> None:
    """Bit for bit, if this machine computes as the machine did that made the files."""
    recorded = json.loads((FINISHED / "environment.json").read_text())["data"]["checksum"]
    if compose(WORDS).data.load_test()[1] != recorded:
        pytest.skip("the versions of NumPy and Matplotlib here draw other synthetic digits")
    folder, mismatches = reproduce(read_record(FINISHED), here / "again")
    exact = not [mismatch for mismatch in mismatches if mismatch.part == "result"]
    shutil.copytree(INTERRUPTED, here / "run")
    assert run(compose(["resume=run"])).status == "finished"
    old = weights(FINISHED / "model.h5")
    for file in (folder / "model.h5", here / "run" / "model.h5"):
        new = weights(file)
        assert new.keys() == old.keys()
        for name, array in old.items():
            if exact:
                np.testing.assert_array_equal(new[name], array)
            else:
                np.testing.assert_allclose(new[name], array, rtol=0.01, atol=1e-3)


def test_a_checkpoint_is_loaded_and_says_what_run_it_is_from() -> None:
    recognizer = Recognizer.load(FINISHED / "model.h5")
    image = np.zeros((60, 60), np.uint8)
    image[10:50, 28:34] = 255
    prediction = recognizer.recognize(image)
    assert prediction.probabilities.shape == (10,)
    record = read_record(FINISHED / "model.h5")
    assert record.config == RunDir.open(FINISHED)[1]
    assert record.result["test_errors"] == 37


def test_the_logits_of_a_checkpoint_are_those_that_were_stored() -> None:
    loaded = checkpoint.load(FINISHED / "model.h5")  # which compares stored inputs and logits
    with h5py.File(FINISHED / "model.h5") as file:
        assert file.attrs["format_version"] == 1
        assert loaded.temperature == file.attrs["temperature"]


def test_corrected_drawings_are_read_with_their_last_labels() -> None:
    one, plus, seven = corrections.load_drawings(FILES / "drawings.h5")
    assert [one.label, plus.label, seven.label] == [1, 1, 7]  # the last was a 2 before
    assert [len(labelled.drawing.strokes) for labelled in (one, plus, seven)] == [1, 2, 2]
    assert seven.drawing.strokes[1].points.tolist() == [[100, 130], [180, 128]]
    assert plus.drawing.strokes[1].times is None


def test_a_file_of_strokes_is_read() -> None:
    drawing = stroke_file.load(FILES / "strokes.json")
    first, second = drawing.strokes
    assert (drawing.width, drawing.height, first.width) == (280, 280, 18)
    assert first.points.tolist() == [[120, 60], [150, 30], [150.25, 200]]
    assert first.times is not None
    assert first.times.tolist() == [0, 0.1, 0.45]
    assert second.times is None
