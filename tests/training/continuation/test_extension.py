"""More epochs for a run: as if it had been configured so, or an error that says what to do."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from digitrec import train
from digitrec.config.compose import compose
from digitrec.errors import ConfigError, DigitrecError
from digitrec.storage import hdf5
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, RunDir

SMALL = (
    "data=synthetic", "data.train=200", "data.test=40", "validation=40", "model=tiny",
    "batch_size=32", "threads=1", "ema=0.9",
)  # fmt: skip
LONGER = ("schedule=step", "epochs=2")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["train", *words])
    train.main()


def assert_same_weights(one: Path, other: Path) -> None:
    first, second = (hdf5.read(path / "model.h5").group("weights") for path in (one, other))
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])


def stop(row: MetricsRow) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two epochs."""
    folder = tmp_path_factory.mktemp("runs") / "finished"
    run(compose([*SMALL, *LONGER, f"run_dir={folder}"]))
    return folder


@pytest.mark.slow
def test_a_finished_run_is_extended_to_what_it_would_have_been(
    finished: Path,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(finished, "short")
    run(compose([*SMALL, *LONGER, "epochs=4", "run_dir=long"]))
    before = {file: file.read_bytes() for file in Path("short").iterdir()}
    command(monkeypatch, "resume=short", "epochs=4")
    assert "goes on from short, after 2 epochs" in capsys.readouterr().out
    (new,) = here.glob("experiments/synthetic-tiny/*")
    assert_same_weights(new, here / "long")
    assert len(RunDir(new).metrics()) == 4
    assert RunDir.open(new)[1].epochs == 4
    assert {file: file.read_bytes() for file in Path("short").iterdir()} == before
    assert not list(Path("short").glob(".*"))


@pytest.mark.slow
def test_a_stopped_run_is_extended_in_its_directory(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(compose([*SMALL, *LONGER, "epochs=3", "run_dir=long"]))
    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, *LONGER, "run_dir=stopped"]), stop)
    command(monkeypatch, "resume=stopped", "epochs=3")
    assert_same_weights(here / "stopped", here / "long")
    result = RunDir(Path("stopped")).result()
    assert result is not None
    assert (result.status, result.epochs) == ("finished", 3)


def test_a_run_that_cannot_be_extended_stays_as_it_was(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, *LONGER, "run_dir=stopped"]), stop)
    file = Path("stopped/environment.json")
    whole = file.read_text()
    environment = json.loads(whole)
    environment["data"]["checksum"] = "0" * 16
    file.write_text(json.dumps(environment))
    config = Path("stopped/config.yaml")
    before = config.read_bytes(), config.stat().st_mtime_ns
    with pytest.raises(DigitrecError, match="was trained on other data"):
        command(monkeypatch, "resume=stopped", "epochs=3")
    assert (config.read_bytes(), config.stat().st_mtime_ns) == before
    file.write_text(whole)
    command(monkeypatch, "resume=stopped", "epochs=3")
    assert RunDir.open(Path("stopped"))[1].epochs == 3
    assert config.stat().st_mtime_ns == before[1]  # when the run began


def test_a_schedule_that_came_to_its_end_says_why_not_and_what_works(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(compose([*SMALL, "epochs=1", "run_dir=a run"]))
    with pytest.raises(ConfigError) as caught:
        command(monkeypatch, "resume=a run", "epochs=4")
    lowered = "schedule=onecycle has already brought the learning rate down over 1 epoch in all"
    assert lowered in str(caught.value)
    (word,) = [word for word in shlex.split(str(caught.value)) if word.startswith("init=")]
    command(monkeypatch, *SMALL, word, "epochs=1", "run_dir=next")
    assert RunDir(Path("next")).is_finished()


@pytest.mark.parametrize("epochs", [1, 2])
def test_fewer_epochs_are_not_accepted(
    epochs: int, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished, "run")
    with pytest.raises(ConfigError, match="configured for 2 epochs; give a larger total"):
        command(monkeypatch, "resume=run", f"epochs={epochs}")


def test_a_run_whose_state_is_gone_names_init(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished, "run")
    Path("run/state.h5").unlink()
    with pytest.raises(ConfigError, match=r"not kept .* init=run starts a new run"):
        command(monkeypatch, "resume=run", "epochs=3")


def test_only_more_epochs_go_with_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"leave out seed=1"):
        command(monkeypatch, "resume=run", "epochs=3", "seed=1")
