from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sample_runs import CHECKSUM, errors_at, made_up_run

from digitrec.comparison.runs import TestSet as Images
from digitrec.comparison.runs import read_run, read_runs
from digitrec.data.clusters import Clusters
from digitrec.data.sets.single import SyntheticData
from digitrec.errors import DigitrecError
from digitrec.storage import hdf5
from digitrec.training.run_directory import RunDir

Damage = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return made_up_run(tmp_path / "run", errors_at(50, 3, 8), seed=4, epochs=2)


def test_a_run_is_read_as_it_was_written(folder: Path) -> None:
    run = read_run(folder)
    assert (run.folder, run.experiment, run.seed) == (folder, "mnist-cnn", 4)
    assert run.test_set == Images("mnist", CHECKSUM, 50)
    assert run.wrong.nonzero()[0].tolist() == [3, 8]
    assert run.answers[[3, 4]].tolist() == [4, 4]
    assert (run.settings["model"], run.settings["optimizer.lr"]) == ("cnn", 1.0)
    assert [row.epoch for row in run.epochs] == [1, 2]
    assert (run.parameters, run.train_seconds) == (1000, 60)


def test_predictions_of_half_precision_and_few_bits_are_read_too(folder: Path) -> None:
    content = hdf5.read(folder / "predictions.h5")
    arrays = {
        "logits": content.arrays["logits"].astype("<f2"),
        "labels": content.arrays["labels"].astype("u1"),
    }
    hdf5.write(folder / "predictions.h5", content.attributes, arrays)
    assert read_run(folder).wrong.nonzero()[0].tolist() == [3, 8]


def changed(file: str, **values: object) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / file
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return damage


def predicting(**attributes: hdf5.Attribute) -> Damage:
    def damage(folder: Path) -> None:
        content = hdf5.read(folder / "predictions.h5")
        hdf5.write(folder / "predictions.h5", content.attributes | attributes, content.arrays)

    return damage


def with_logits(value: float) -> Damage:
    def damage(folder: Path) -> None:
        content = hdf5.read(folder / "predictions.h5")
        content.arrays["logits"][0, 0] = value
        hdf5.write(folder / "predictions.h5", content.attributes, content.arrays)

    return damage


def without(file: str) -> Damage:
    return lambda folder: (folder / file).unlink()


def holding(file: str, text: str) -> Damage:
    return lambda folder: (folder / file).write_text(text)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (without("config.yaml"), "config.yaml is missing"),
        (without("result.json"), "result.json is missing; python -m digitrec.train resume="),
        (without("environment.json"), "environment.json is missing"),
        (without("predictions.h5"), "predictions.h5 is missing"),
        (without("metrics.csv"), "metrics.csv is missing"),
        (
            changed("result.json", status="running"),
            "or was killed; python -m digitrec.train resume=",
        ),
        (
            changed("result.json", status="interrupted"),
            "stopped before its end; python -m digitrec.train",
        ),
        (changed("result.json", status="failed"), "failed before its end"),
        (changed("result.json", status="pruned"), "a search stopped the run before its end"),
        (changed("result.json", status=7), "result.json is damaged: status is 7"),
        (
            holding("config.yaml", "score_test: false"),
            "it was not scored on the test set",
        ),
        (changed("result.json", test_errors=1), "shows 2 errors of 50, and result.json 1 of 50"),
        (changed("result.json", test_errors=None), "and result.json None of 50"),
        (changed("result.json", train_seconds=None), "damaged: train_seconds is None"),
        (changed("result.json", train_seconds=-1.0), "damaged: train_seconds is -1.0"),
        (changed("environment.json", data={"name": "mnist", "checksum": "?"}), "other test images"),
        (holding("result.json", "{"), "result.json is damaged: it is not valid JSON; remove it"),
        (holding("config.yaml", "a: ["), "config.yaml is damaged: it is not valid YAML"),
        (holding("config.yaml", "wings: 2"), "does not know: wings; use the version that wrote it"),
        (holding("config.yaml", "model: {name: bigger}"), "does not know: model=bigger; use"),
        (
            holding("config.yaml", "data: {name: synthetic}"),
            "belongs to data=mnist, and config.yaml to",
        ),
        (holding("metrics.csv", ""), "metrics.csv is damaged"),
        (holding("predictions.h5", "junk"), "predictions.h5 is not an .h5 file"),
        (predicting(format_version=3), "has format version 3, and this version of digitrec reads"),
        (predicting(checksum="ffff"), "belongs to mnist .50 images, checksum ffff., and"),
        (with_logits(float("nan")), "predictions.h5 is damaged"),
    ],
)
def test_what_is_wrong_with_a_run_is_said_in_one_line(
    folder: Path, damage: Damage, says: str
) -> None:
    damage(folder)
    with pytest.raises(DigitrecError, match=says) as caught:
        read_run(folder)
    assert "\n" not in str(caught.value)
    runs, problems = read_runs([folder, made_up_run(folder.parent / "good", errors_at(50, 1))])
    assert [run.folder.name for run in runs] == ["good"]
    # The folder stands beside the reason, and not in it.
    (problem,) = problems
    assert (problem.folder, str(caught.value).replace(f"{folder}/", "")) == (folder, problem.reason)


def test_half_a_configuration_is_none(folder: Path) -> None:
    config = folder / "config.yaml"
    epochs = RunDir.open(folder)[1].epochs
    config.write_text(config.read_text().replace(f"epochs: {epochs}\n", "epochs: 77\n"))
    with pytest.raises(DigitrecError, match=f"has epochs=77, and result.json {epochs}"):
        read_run(folder)


def test_labels_that_differ_under_one_checksum_are_found(tmp_path: Path, folder: Path) -> None:
    other = made_up_run(tmp_path / "other", errors_at(50))
    content = hdf5.read(other / "predictions.h5")
    turned = {name: array[::-1].copy() for name, array in content.arrays.items()}
    hdf5.write(other / "predictions.h5", content.attributes, turned)
    runs, (problem,) = read_runs([folder, other])
    assert len(runs) == 1
    assert "different labels from other runs on mnist" in problem.reason


def test_what_a_run_tells_of_writers_holds_for_all_on_its_images(tmp_path: Path) -> None:
    writers = [Clusters(np.arange(50) % count, "writer") for count in (5, 5, 7)]
    told = [
        made_up_run(tmp_path / str(n), errors_at(50, n), n, clusters=one)
        for n, one in enumerate(writers)
    ]
    old = made_up_run(tmp_path / "old", errors_at(50, 4))
    runs, (problem,) = read_runs([old, *told])
    assert [str(run.clusters) for run in runs] == ["by 5 writers"] * 3
    assert "different writers from other runs on mnist" in problem.reason
    assert read_runs([old])[0][0].clusters is None


def test_runs_on_synthetic_digits_are_read(tmp_path: Path) -> None:
    run = read_run(made_up_run(tmp_path / "run", errors_at(30, 2), data=SyntheticData(seed=3)))
    assert (run.test_set.name, run.experiment) == ("synthetic", "synthetic-cnn")
    assert run.settings["data.seed"] == 3
    assert run.labels.dtype == np.uint8
