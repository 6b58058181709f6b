from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_runs import made_up_environment, made_up_result

from digitrec.config.compose import compose
from digitrec.config.train_config import TrainConfig
from digitrec.data.sets.folder import FolderData
from digitrec.data.sets.single import DrawingsData, MnistData
from digitrec.sweeps.finished_runs import config_key, find_existing_run, is_complete
from digitrec.training.augmentations import Affine
from digitrec.training.loggers.choices import MlFlow
from digitrec.training.run_directory import CheckpointIdentity, RunDir

CONFIG = TrainConfig()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(config: TrainConfig, status: str | None, weights: bool = True) -> RunDir:
    folder = RunDir.create(config, made_up_environment())
    if status:
        folder.write_result(made_up_result(config, status=status))
    if status == "finished" and weights:
        folder.model.write_bytes(b"weights")
    return folder


@pytest.mark.parametrize(
    "other",
    [
        replace(CONFIG, experiment="x"),
        replace(CONFIG, run_dir="x"),
        replace(CONFIG, resume="x"),
        replace(CONFIG, save_seconds=0.0),
        replace(CONFIG, logger=MlFlow()),
        replace(CONFIG, data=MnistData(root="/elsewhere")),
    ],
)
def test_what_has_no_effect_on_the_result_makes_no_other_key(other: TrainConfig) -> None:
    assert config_key(other) == config_key(CONFIG)


def test_every_other_setting_makes_another_key() -> None:
    changed: dict[str, Any] = {
        "seed": 1, "ema": 0.5, "device": "cpu", "precision": "bfloat16", "epochs": 7,
    }  # fmt: skip
    others = [
        replace(CONFIG, augment=Affine(shift=1.0)),
        replace(CONFIG, threads=1),
        replace(CONFIG, score_test=False),
        *(compose([word]) for word in ("model=deep", "optimizer.lr=2", "data=synthetic")),
        *(replace(CONFIG, **{key: value}) for key, value in changed.items()),
    ]
    assert len({config_key(config) for config in [CONFIG, *others]}) == len(others) + 1


def test_a_folder_of_pictures_is_data_and_no_place_of_it() -> None:
    one, other = (TrainConfig(data=FolderData(root=root)) for root in ("one", "other"))
    assert config_key(one) != config_key(other)


def test_a_limit_makes_another_key_and_none_that_of_earlier_versions() -> None:
    assert config_key(CONFIG) == "75bb9f37e1ef7a7f"
    limited = [compose([f"data.limit={limit}"]) for limit in (10, 20)]
    assert len({config_key(config) for config in [CONFIG, *limited]}) == 3


def test_what_is_done_is_found_first_then_what_was_begun_last() -> None:
    assert find_existing_run(CONFIG) is None
    run(replace(CONFIG, seed=1), "finished")
    run(CONFIG, "pruned")
    run(CONFIG, "finished", weights=False)  # a record, with nothing to use
    assert find_existing_run(CONFIG) is None
    for status in (None, "running", "failed", "interrupted"):
        begun = run(replace(CONFIG, run_dir=f"experiments/mnist-cnn/{status}"), status)
        (found,) = [find_existing_run(CONFIG)]
        assert found is not None
        assert not is_complete(found)
    assert find_existing_run(CONFIG) == RunDir(begun.path.parent / "running")  # the last by name
    done = run(CONFIG, "finished")
    assert find_existing_run(CONFIG) == done
    assert is_complete(done)


def test_the_mean_of_runs_is_no_run_of_their_configuration() -> None:
    networks = [CheckpointIdentity("model.h5", "0" * 16)] * 2
    folder = RunDir.create(CONFIG, made_up_environment(mean_of=networks))
    folder.write_result(made_up_result(CONFIG))
    folder.model.write_bytes(b"weights")
    assert find_existing_run(CONFIG) is None
    (folder.path / "environment.json").write_text("{")
    assert find_existing_run(CONFIG) == folder


def test_a_run_is_looked_for_where_it_would_be() -> None:
    here = run(replace(CONFIG, run_dir="here"), "finished")
    assert find_existing_run(CONFIG) is None
    assert find_existing_run(replace(CONFIG, run_dir="here")) == here
    assert find_existing_run(replace(CONFIG, run_dir="here", seed=1)) is None
    assert find_existing_run(replace(CONFIG, experiment="other")) is None


def test_damaged_folders_are_runs_of_nothing() -> None:
    folder = run(CONFIG, "finished")
    (folder.path / "config.yaml").write_text("{")
    (folder.path.parent / "a_file").write_text("")
    (folder.path.parent / "empty").mkdir()
    assert find_existing_run(CONFIG) is None
    half = run(CONFIG, "finished")
    (half.path / "result.json").write_text("{")
    assert find_existing_run(CONFIG) == half
    assert not is_complete(half)


def test_a_run_on_drawings_is_done_only_while_they_are_the_same(tmp_path: Path) -> None:
    drawings = tmp_path / "drawings.h5"
    drawings.write_bytes(b"one")
    config = TrainConfig(data=DrawingsData(path=str(drawings)))
    run = RunDir.create(config, made_up_environment())
    os.utime(drawings, ns=(0, 0))
    found = find_existing_run(config)
    assert found is not None
    assert found.path == run.path
    later = (run.path / "config.yaml").stat().st_mtime_ns + 1
    os.utime(drawings, ns=(later, later))
    assert find_existing_run(config) is None


def check_done_until_changed(config: TrainConfig, run: RunDir, path: Path) -> None:
    """Check that a run is done until what it learnt from is newer than its beginning."""
    os.utime(path, ns=(0, 1))
    assert find_existing_run(config) == run
    later = run.config_file.stat().st_mtime_ns + 1
    os.utime(path, ns=(later, later))
    assert find_existing_run(config) is None


@pytest.mark.parametrize("setting", ["init", "teacher"])
@pytest.mark.parametrize("name", ["other/model.h5", "other", "~/other"])
def test_a_run_is_done_only_while_what_it_learnt_from_is_the_same(
    setting: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    other = tmp_path / "other" / "model.h5"
    other.parent.mkdir()
    other.touch()
    config = compose([f"{setting}={name}"])
    run = RunDir.create(config, made_up_environment())
    check_done_until_changed(config, run, other)
    other.unlink()  # which the run complains of
    assert find_existing_run(config) == run


def test_a_run_on_pictures_is_done_only_while_they_are_the_same(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    config = TrainConfig(data=FolderData(root=str(pictures)))
    run = RunDir.create(config, made_up_environment())
    check_done_until_changed(config, run, pictures)
