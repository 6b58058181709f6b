"""Sweeps: each job as if alone, nothing done twice, and nothing that one job can do to another."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import train_command

from digitrec.config.compose import compose
from digitrec.training.run import run

# Everything random takes part, and the state is saved after every step.
SMALL = (
    "data=synthetic", "data.train=320", "data.test=40", "validation=64", "model=deep",
    "model.width=4", "epochs=2", "batch_size=32", "ema=0.9", "threads=1", "save_seconds=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of seeds 0 and 1 that were made alone, in a folder each of that name."""
    place = tmp_path_factory.mktemp("alone")
    for seed in (0, 1):
        run(compose([*SMALL, f"seed={seed}", f"run_dir={place / str(seed)}"]))
    return place


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    return train_command.command(["--multirun", *SMALL, *words], monkeypatch)


def start(here: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "digitrec.train", "--multirun", *SMALL, *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=here,
    )  # fmt: skip


def runs(here: Path) -> dict[int, Path]:
    """The folders of the runs, by seed; fails where a seed has two."""
    found = [file.parent for file in here.glob("experiments/synthetic-deep/*/config.yaml")]
    seeds = {json.loads((folder / "result.json").read_text())["seed"]: folder for folder in found}
    assert len(seeds) == len(found)
    return seeds


def compared(said: str) -> int:
    """How many runs, that differ in their seeds alone, the comparison at the end is of."""
    (count,) = re.findall(r"^synthetic-deep +(\d+) ", said, re.MULTILINE)
    return int(count)


def result(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return values


def assert_identical(one: Path, other: Path) -> None:
    with h5py.File(one / "model.h5") as first, h5py.File(other / "model.h5") as second:
        assert first["weights"].keys() == second["weights"].keys()
        for name, array in first["weights"].items():
            np.testing.assert_array_equal(array, second["weights"][name], err_msg=name)


def wait_for(condition: Any) -> Any:
    deadline = time.monotonic() + 120
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return value


def holders(folder: Path) -> Iterator[int]:
    """Processes that train the run in this folder: those that have its lock open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.readlink() == folder / ".lock":
                yield int(link.parts[2])
        except OSError:
            continue


@pytest.mark.slow
def test_a_failed_job_is_told_at_once_and_the_same_command_does_what_is_left(
    here: Path, reference: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("label_smoothing=0,0.1", "optimizer=sgd", "optimizer.lr=1e30,0.1", "epochs=1")
    assert command(monkeypatch, *words) == 1
    said = capsys.readouterr()
    lines = [line for line in said.out.splitlines() if line.startswith(("[", "run"))]
    assert [line.split()[0] for line in lines] == [
        "run", "[1/4]", "run", "[2/4]", "run", "[3/4]", "run", "[4/4]"
    ]  # fmt: skip
    assert "label_smoothing=0 optimizer.lr=1e+30  failed: training diverged" in lines[1]
    assert re.search(r"label_smoothing .* accuracy %", said.out)
    assert said.err == "2 of 4 jobs failed; the same command again tries them again\n"
    before = {file: file.stat().st_mtime_ns for file in here.rglob("model.h5")}
    assert len(before) == 2

    assert command(monkeypatch, *words) == 1
    said = capsys.readouterr()
    assert "4 jobs, 2 of them finished before" in said.out
    assert said.out.count("failed: training diverged") == 2
    assert {file: file.stat().st_mtime_ns for file in here.rglob("model.h5")} == before
    assert len(list(here.glob("experiments/synthetic-deep/*"))) == 4

    assert command(monkeypatch, "optimizer=sgd", "optimizer.lr=1e30", "epochs=1") == 2
    assert "all 1 jobs failed; the first: training diverged" in capsys.readouterr().err


@pytest.mark.slow
def test_jobs_are_as_if_alone_whatever_ran_before_and_again_means_anew(
    here: Path, reference: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(row: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # seed 1, cut off after an epoch
        run(compose([*SMALL, "seed=1"]), stop)
    (begun,) = runs(here).values()
    assert command(monkeypatch, "seed=0,1") == 0
    assert compared(capsys.readouterr().out) == 2
    assert runs(here)[1] == begun
    for seed, folder in runs(here).items():
        assert_identical(reference / str(seed), folder)
        assert not (folder / ".lock").exists()
    assert command(monkeypatch, "seed=0", "--again") == 0
    assert len(list(here.glob("experiments/synthetic-deep/*"))) == 3


@pytest.mark.slow
def test_threads_of_one_job_are_not_those_of_the_next(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    own = torch.get_num_threads()
    words = ("model=tiny", "epochs=1", f"threads={own + 1},null")
    monkeypatch.setattr(sys.modules[__name__], "SMALL", [w for w in SMALL if "width" not in w])
    assert command(monkeypatch, *words) == 0
    folders = here.glob("experiments/synthetic-tiny/*/environment.json")
    threads = [json.loads(file.read_text())["threads"] for file in sorted(folders)]
    assert sorted(threads) == [own, own + 1]
    assert torch.get_num_threads() == own


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_killed_job_of_a_parallel_sweep_is_alone_in_that_and_goes_on_next_time(
    here: Path, reference: Path
) -> None:
    words = ("hydra/launcher=parallel", "hydra.launcher.jobs=2", "seed=0,1,2", "epochs=2")
    sweep = start(here, *words)
    pattern = "experiments/synthetic-deep/*/state.h5"
    state = wait_for(lambda: next(here.glob(pattern), None) or sweep.poll())
    assert isinstance(state, Path), sweep.communicate()
    victim = state.parent
    (process,) = holders(victim)
    os.kill(process, signal.SIGKILL)
    said, _ = sweep.communicate(timeout=120)
    assert sweep.returncode == 1, said
    assert "its process was killed by signal 9" in said
    assert compared(said) == 2
    assert result(victim)["status"] == "running"

    sweep = start(here, *words)
    said, _ = sweep.communicate(timeout=120)
    assert sweep.returncode == 0, said
    assert "3 jobs, 2 of them finished before" in said
    assert compared(said) == 3
    assert victim in runs(here).values()
    for seed in (0, 1):
        assert_identical(reference / str(seed), runs(here)[seed])


@pytest.mark.slow
@pytest.mark.parametrize("launcher", [(), ("hydra/launcher=parallel", "hydra.launcher.jobs=2")])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_stopped_sweep_is_finished_by_the_same_command(
    here: Path, reference: Path, launcher: tuple[str, ...], number: signal.Signals
) -> None:
    words = (*launcher, "seed=0,1")
    sweep = start(here, *words)
    pattern = "experiments/synthetic-deep/*/metrics.csv"
    wait_for(lambda: next(here.glob(pattern), None) or sweep.poll())
    sweep.send_signal(number)
    said, _ = sweep.communicate(timeout=120)
    assert sweep.returncode == (-9 if number == signal.SIGKILL else 128 + number), said
    assert "Traceback" not in said
    epochs = {file.parent: file.read_text() for file in here.glob(pattern)}

    sweep = start(here, *words)
    said, _ = sweep.communicate(timeout=120)
    assert sweep.returncode == 0, said
    for seed, folder in runs(here).items():
        assert_identical(reference / str(seed), folder)
    for folder, rows in epochs.items():
        assert (folder / "metrics.csv").read_text().startswith(rows)


@pytest.mark.slow
def test_two_sweeps_at_once_share_the_work(here: Path, reference: Path) -> None:
    sweeps = [start(here, "seed=0,1,2,3") for _ in range(2)]
    for sweep in sweeps:
        said, _ = sweep.communicate(timeout=200)
        assert sweep.returncode == 0, said
        assert compared(said) == 4
    assert runs(here).keys() == {0, 1, 2, 3}
    for seed in (0, 1):
        assert_identical(reference / str(seed), runs(here)[seed])


@pytest.mark.slow
def test_submitit_runs_the_jobs(here: Path, reference: Path) -> None:
    words = ("hydra/launcher=slurm", "hydra.launcher.cluster=local")
    sweep = start(here, *words, "seed=0,1", "optimizer.lr=1.0,1e30")
    said, _ = sweep.communicate(timeout=200)
    assert sweep.returncode == 1, said
    assert said.count("failed: training diverged") == 2
    assert compared(said) == 2
    finished = [file.parent for file in here.glob("experiments/synthetic-deep/*/model.h5")]
    for folder in finished:
        assert_identical(reference / str(result(folder)["seed"]), folder)
    assert len(finished) == 2


def test_a_sweep_of_a_missing_package_or_wrong_setting_says_so(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, "hydra/launcher=parallel", "hydra.launcher.jobs=0") == 2
    assert capsys.readouterr().err == "error: hydra.launcher.jobs=0: must be at least 1\n"
    monkeypatch.setitem(sys.modules, "submitit", None)
    assert command(monkeypatch, "hydra/launcher=slurm") == 2
    assert "pip install 'digitrec[slurm]'" in capsys.readouterr().err
    assert not (here / "experiments").exists()
