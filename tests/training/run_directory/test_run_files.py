"""environment.json, result.json, metrics.csv and predictions.h5: written, read, damaged."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from sample_runs import made_up_environment, made_up_result, made_up_row

from digitrec.config.train_config import TrainConfig
from digitrec.data.clusters import Clusters
from digitrec.errors import RunFileError
from digitrec.storage import hdf5
from digitrec.training.run_directory import DataIdentity, Predictions, RunDir

ENVIRONMENT = made_up_environment(versions={"python": "3.11", "pillow": None})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    monkeypatch.chdir(tmp_path)
    return RunDir.create(TrainConfig(run_dir="run"), ENVIRONMENT)


# --- environment.json ---------------------------------------------------------------------------


@pytest.mark.parametrize("git", [ENVIRONMENT.git, None])
def test_the_environment_comes_back(git: Any) -> None:
    environment = made_up_environment(git=git)
    assert RunDir.create(TrainConfig(), environment).environment() == environment


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"threads": "two"}, "threads is 'two'"),
        ({"threads": True}, "threads is True"),
        ({"git": {"commit": "a"}}, "git is {'commit': 'a'}"),
        ({"data": None}, "data is None"),
        ({"data": {"name": 1, "checksum": "a"}}, "data is "),
        ({"command": "train"}, "command is 'train'"),
        ({"versions": ["3.11"]}, "versions is "),
        ({"versions": {"python": 3}}, "versions is "),
    ],
)
def test_a_value_of_another_type_is_named(
    folder: RunDir, values: dict[str, Any], problem: str
) -> None:
    file = folder.path / "environment.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))
    with pytest.raises(RunFileError) as caught:
        folder.environment()
    assert caught.value.problem.startswith(f"is damaged: {problem}")


def test_values_that_a_later_version_added_are_ignored(folder: RunDir) -> None:
    file = folder.path / "environment.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"weather": "fine"}))
    assert folder.environment() == ENVIRONMENT


def test_a_missing_file_or_value_is_named(folder: RunDir) -> None:
    file = folder.path / "environment.json"
    values = json.loads(file.read_text())
    del values["device"]
    file.write_text(json.dumps(values))
    with pytest.raises(RunFileError, match=r"^run/environment\.json is damaged: device is missing"):
        folder.environment()
    file.unlink()
    with pytest.raises(RunFileError, match=r"^run/environment\.json is missing; train the run"):
        folder.environment()


# --- result.json --------------------------------------------------------------------------------


def test_the_result_comes_back_and_is_replaced(folder: RunDir) -> None:
    folder.write_result(made_up_result(status="running"))
    result = made_up_result(status="finished", test_accuracy=0.9968, run_dir="run")
    folder.write_result(result)
    assert folder.result() == result
    content = json.loads((folder.path / "result.json").read_text())
    assert content["test_accuracy"] == 0.9968
    assert "run_dir" not in content


def test_a_folder_that_was_moved_knows_where_it_is(folder: RunDir) -> None:
    folder.write_result(made_up_result())
    folder.path.rename("moved")
    result = RunDir(Path("moved")).result()
    assert result is not None
    assert result.run_dir == "moved"


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "\xff", "[" * 60_000])
@pytest.mark.parametrize("name", ["result.json", "environment.json"])
def test_a_damaged_json_file_is_named(folder: RunDir, name: str, content: str) -> None:
    (folder.path / name).write_bytes(content.encode("latin-1"))
    with pytest.raises(RunFileError, match=rf"{name} is damaged: it is not .*JSON"):
        folder.result() if name == "result.json" else folder.environment()


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"status": "paused"}, "status is 'paused'"),
        ({"status": 7}, "status is 7"),
        ({"parameters": float("nan")}, "parameters is nan"),
        ({"test_errors": 1.5}, "test_errors is 1.5"),
        ({"train_seconds": "long"}, "train_seconds is 'long'"),
    ],
)
def test_a_damaged_result_says_how_to_write_it_again(
    folder: RunDir, values: dict[str, Any], problem: str
) -> None:
    folder.write_result(made_up_result())
    file = folder.path / "result.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))
    with pytest.raises(RunFileError) as caught:
        folder.result()
    assert str(caught.value) == (
        f"run/result.json is damaged: {problem}; "
        "remove it, and python -m digitrec.train resume=run writes it again"
    )


# --- metrics.csv --------------------------------------------------------------------------------


def test_metrics_are_a_table_with_a_row_per_epoch(folder: RunDir) -> None:
    first = made_up_row(1, validation_loss=None, validation_accuracy=None)
    second = made_up_row(2, validation_accuracy=0.1 + 0.2, learning_rate=1e-07)
    folder.write_metrics([first])
    folder.write_metrics([first, second])
    with (folder.path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "epoch", "train_loss", "validation_loss", "validation_accuracy", "learning_rate",
        "images_per_second", "seconds",
    ]  # fmt: skip
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert rows[0]["validation_accuracy"] == ""
    assert folder.metrics() == [first, second]  # to the last digit


@pytest.mark.parametrize("count", [1, 3])
def test_metrics_whose_last_number_is_cut_off_are_damaged(folder: RunDir, count: int) -> None:
    folder.write_metrics([made_up_row(1, seconds=12.345)])
    file = folder.path / "metrics.csv"
    file.write_bytes(file.read_bytes()[:-count])
    with pytest.raises(RunFileError, match=r"metrics\.csv is damaged: its end is cut off"):
        folder.metrics()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "epoch,train_loss\n",
        "epoch,train_loss,seconds\n1,x,2\n",
        "epoch,train_loss,seconds\n1,0.5,2\n",
        "\xff\xfe",
        "\0",
    ],
)
def test_damaged_metrics_are_named(folder: RunDir, content: str) -> None:
    (folder.path / "metrics.csv").write_bytes(content.encode("latin-1"))
    with pytest.raises(RunFileError, match=r"^run/metrics\.csv is damaged: "):
        folder.metrics()


@pytest.mark.parametrize("change", ["more", "fewer", "text"])
def test_a_damaged_row_is_named(folder: RunDir, change: str) -> None:
    folder.write_metrics([made_up_row(1), made_up_row(2)])
    file = folder.path / "metrics.csv"
    text = file.read_text()
    match change:
        case "more":
            text = text.rstrip() + ",8\n"
        case "fewer":
            text = text.rpartition(",")[0] + "\n"
        case "text":
            text = text.replace("\n2,", "\ntwo,")
    file.write_text(text)
    with pytest.raises(RunFileError, match=r"metrics\.csv is damaged"):
        folder.metrics()


def test_missing_metrics_are_named(folder: RunDir) -> None:
    with pytest.raises(RunFileError, match=r"metrics\.csv is missing; train the run again"):
        folder.metrics()


# --- predictions.h5 -----------------------------------------------------------------------------

PREDICTIONS = Predictions(
    np.random.default_rng(0).normal(size=(7, 10)).astype(np.float32),
    np.arange(7),
    DataIdentity("synthetic", "abc"),
)


def test_predictions_are_arrays_that_h5py_reads(folder: RunDir) -> None:
    folder.write_predictions(PREDICTIONS)
    with h5py.File(folder.path / "predictions.h5", "r") as file:
        np.testing.assert_array_equal(file["logits"], PREDICTIONS.logits)
        np.testing.assert_array_equal(file["labels"], PREDICTIONS.labels)
        assert (file["logits"].dtype, file["labels"].dtype) == (np.dtype("<f4"), np.dtype("<i8"))
        texts = [file.attrs[name] for name in ("format", "data", "checksum")]
        assert texts == [b"digitrec-predictions", b"synthetic", b"abc"]
    read = folder.predictions()
    np.testing.assert_array_equal(read.logits, PREDICTIONS.logits)
    np.testing.assert_array_equal(read.labels, PREDICTIONS.labels)
    np.testing.assert_array_equal(read.answers, PREDICTIONS.logits.argmax(axis=1))
    assert (read.data, read.answers.dtype) == (PREDICTIONS.data, np.uint8)


def test_predictions_keep_which_images_depend_on_each_other(folder: RunDir) -> None:
    folder.write_predictions(PREDICTIONS)
    assert folder.predictions().clusters is None
    clusters = Clusters(np.array([0, 0, 1, 2, 2, 1, 0]), "writer")
    folder.write_predictions(replace(PREDICTIONS, clusters=clusters))
    read = folder.predictions().clusters
    assert (read.numbers.tolist(), read.by) == (clusters.numbers.tolist(), "writer")
    assert set(folder.predictions().arrays()) == {"logits", "labels"}  # what a run reproduces


@pytest.mark.parametrize(
    ("by", "numbers"),
    [
        ("writer", [0, 1, 2]),
        ("writer", [0.0] * 7),
        ("writer", [3] * 7),
        ("planet", [0, 1, 2, 3, 4, 5, 6]),
        (3, [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_clusters_that_do_not_fit_are_named(folder: RunDir, by: Any, numbers: list[Any]) -> None:
    folder.write_predictions(PREDICTIONS)
    file = folder.path / "predictions.h5"
    content = hdf5.read(file)
    arrays = content.arrays | {"clusters": np.array(numbers)}
    hdf5.write(file, content.attributes | {"clustered_by": by}, arrays)
    with pytest.raises(RunFileError, match="is damaged: its"):
        folder.predictions()


def test_a_record_may_keep_fewer_bits(folder: RunDir) -> None:
    folder.write_predictions(PREDICTIONS)
    file = folder.path / "predictions.h5"
    content = hdf5.read(file)
    arrays = {
        "logits": content.arrays["logits"].astype("<f2"),
        "labels": content.arrays["labels"].astype("u1"),
    }
    hdf5.write(file, content.attributes, arrays)
    read = folder.predictions()
    assert (read.logits.dtype, read.labels.dtype) == (np.float16, np.uint8)


@pytest.mark.parametrize(
    ("attributes", "arrays", "problem"),
    [
        ({"format": "other"}, {}, "is an .h5 file of another program"),
        ({"format_version": 3}, {}, "has format version 3"),
        ({"checksum": 3}, {}, "is damaged: it does not name its data set"),
        ({}, {"logits": np.zeros((7, 9))}, "is damaged: its arrays"),
        ({}, {"logits": np.zeros((6, 10))}, "is damaged: its arrays"),
        ({}, {"logits": np.zeros((0, 10)), "labels": np.zeros(0, int)}, "is damaged: its arrays"),
        ({}, {"logits": np.zeros((7, 10), int)}, "is damaged: its arrays"),
        ({}, {"logits": np.array(1.0)}, "is damaged: its arrays"),
        ({}, {"logits": np.full((7, 10), np.nan)}, "is damaged: its arrays"),
        ({}, {"labels": np.full(7, 10)}, "is damaged: its arrays"),
        ({}, {"labels": np.zeros((7, 1), int)}, "is damaged: its arrays"),
        ({}, {"labels": np.zeros(7)}, "is damaged: its arrays"),
    ],
)
def test_what_is_wrong_with_predictions_is_named(
    folder: RunDir, attributes: dict[str, Any], arrays: dict[str, Any], problem: str
) -> None:
    folder.write_predictions(PREDICTIONS)
    file = folder.path / "predictions.h5"
    content = hdf5.read(file)
    hdf5.write(file, content.attributes | attributes, content.arrays | arrays)
    with pytest.raises(RunFileError) as caught:
        folder.predictions()
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "is missing"), (b"", "is empty"), (b"text", "is not an .h5 file")],
)
def test_a_file_that_holds_no_predictions_is_named(
    folder: RunDir, content: bytes | None, problem: str
) -> None:
    file = folder.path / "predictions.h5"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RunFileError) as caught:
        folder.predictions()
    assert caught.value.file == file
    assert caught.value.problem.startswith(problem)
