"""Whole runs: what they leave, that they repeat bit for bit, and that none can be lost."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from started_commands import start_command
from train_command import command

from digitrec.config.compose import compose
from digitrec.errors import DigitrecError
from digitrec.training.run import run

# Under a second of training in which everything random takes part: dropout, augmentation, an
# average of the weights. The state is saved after every step, so that kills meet it often.
SMALL = (
    "data=synthetic", "data.train=480", "data.test=60", "validation=80", "model=deep",
    "model.width=4", "epochs=2", "batch_size=32", "ema=0.9", "threads=1", "save_seconds=0",
)  # fmt: skip

KILLS = 20


def small(folder: Path, *words: str) -> list[str]:
    return [*SMALL, f"run_dir={folder}", *words]


def weights(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    with h5py.File(folder / "model.h5") as file:
        return {name: array[()] for name, array in file["weights"].items()}


def assert_identical(one: Path, other: Path) -> None:
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nothing disturbs."""
    folder = tmp_path_factory.mktemp("runs") / "reference"
    run(compose(small(folder)))
    return folder


def test_a_run_leaves_what_the_contract_says(reference: Path) -> None:
    names = {path.name for path in reference.iterdir()}
    assert names == {
        "config.yaml", "metrics.csv", "result.json", "predictions.h5", "model.h5",
        "environment.json", "curves.png", "confusion.png", "mistakes.png",
    }  # fmt: skip
    result = json.loads((reference / "result.json").read_text())
    assert result["status"] == "finished"
    assert result["epochs"] == 2
    assert result["seed"] == 0
    assert result["experiment"] == "synthetic-deep"
    assert result["model_file"] == "model.h5"
    assert result["parameters"] > 1000
    assert result["train_seconds"] > 0
    assert 0 <= result["validation_accuracy"] <= 1
    with h5py.File(reference / "predictions.h5") as file:
        logits, labels = file["logits"][()], file["labels"][()]
    assert logits.shape == (60, 10)
    wrong = int((logits.argmax(axis=1) != labels).sum())
    assert result["test_errors"] == wrong
    assert result["test_accuracy"] == pytest.approx(1 - wrong / 60)
    with (reference / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[1]["train_loss"]) < float(rows[0]["train_loss"])
    environment = json.loads((reference / "environment.json").read_text())
    assert environment["threads"] == 1
    assert environment["device"] in ("cpu", "cuda", "mps")
    assert environment["seeding"]["seed"] == 0
    assert environment["versions"]["torch"]


@pytest.mark.slow  # test_reproduce.py compares such runs, too
def test_the_same_seed_gives_the_same_weights(reference: Path, tmp_path: Path) -> None:
    run(compose(small(tmp_path / "again")))
    assert_identical(reference, tmp_path / "again")


@pytest.mark.slow  # test_seeding.py draws with other seeds, too
def test_another_seed_gives_other_weights(reference: Path, tmp_path: Path) -> None:
    run(compose(small(tmp_path / "other", "seed=1")))
    one, other = weights(reference), weights(tmp_path / "other")
    assert any((one[name] != other[name]).any() for name in one)


@pytest.mark.slow
def test_a_job_of_a_sweep_is_as_if_alone(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [word for word in SMALL if not word.startswith("seed")]
    assert command(["--multirun", *words, "seed=3,0"], monkeypatch) == 0
    folders = {
        json.loads(path.read_text())["seed"]: path.parent
        for path in tmp_path.glob("experiments/synthetic-deep/*/result.json")
    }
    assert folders.keys() == {0, 3}
    assert_identical(reference, folders[0])


def _job(words: list[str]) -> None:
    run(compose(words))


@pytest.mark.slow
def test_killed_at_any_moment_a_run_resumes_to_the_same_weights(
    reference: Path, tmp_path: Path
) -> None:
    """Real processes, forked from one that has PyTorch imported, killed at random moments."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["digitrec.training.run", "digitrec.config.compose"])
    for name in ("first", "second"):  # the first waits for PyTorch's import
        started = time.monotonic()
        whole = processes.Process(target=_job, args=(small(tmp_path / name),))
        whole.start()
        whole.join()
        assert whole.exitcode == 0
        duration = time.monotonic() - started
        assert_identical(reference, tmp_path / name)

    moments = random.Random(0)
    kills = runs = 0
    # At least one kill must come after a state was saved, however slow the machine is.
    enough = saved = False
    while not enough:
        assert kills < 20 * KILLS
        folder = tmp_path / f"run-{runs}"
        runs += 1
        finished = False
        while not finished:
            begun = (folder / "config.yaml").exists()
            saved |= (folder / "state.h5").exists()
            words = [f"resume={folder}"] if begun else small(folder)
            process = processes.Process(target=_job, args=(words,))
            process.start()
            enough = kills >= KILLS and saved
            # After enough kills, the run may end.
            process.join(None if enough else moments.uniform(0, 0.8 * duration))
            process.kill()
            process.join()
            assert process.exitcode in (0, -signal.SIGKILL)
            finished = process.exitcode == 0
            kills += not finished
        assert_identical(reference, folder)
        assert not list(folder.glob(".*"))
        assert json.loads((folder / "result.json").read_text())["status"] == "finished"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_cleanly_and_the_printed_command_resumes_it(
    reference: Path, tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "a run"
    process = start_command(
        ["digitrec.train", *small(folder)],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (folder / "state.h5").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert json.loads((folder / "result.json").read_text())["status"] == "interrupted"
    found = re.search(r"resume with: python -m digitrec\.train (.+)", errors)
    assert found
    run(compose([f'resume="{shlex.split(found[1])[0].partition("=")[2]}"']))
    assert_identical(reference, folder)


def test_resuming_a_finished_run_changes_nothing_and_says_so(
    reference: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in reference.iterdir()}
    result = run(compose([f"resume={reference}"]))
    assert result.status == "finished"
    assert {path: path.read_bytes() for path in reference.iterdir()} == before
    assert f"{reference} is finished" in capsys.readouterr().out


def test_a_damaged_state_is_named(tmp_path: Path, reference: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("config.yaml", "environment.json"):
        (folder / name).write_bytes((reference / name).read_bytes())
    (folder / "state.h5").write_bytes(b"nothing of use")
    with pytest.raises(DigitrecError, match=r"state\.h5"):
        run(compose([f"resume={folder}"]))


def test_a_resumed_run_refuses_other_data(tmp_path: Path, reference: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.yaml").write_bytes((reference / "config.yaml").read_bytes())
    environment = json.loads((reference / "environment.json").read_text())
    environment["data"]["checksum"] = "0" * 16
    (folder / "environment.json").write_text(json.dumps(environment))
    with pytest.raises(DigitrecError, match="other data"):
        run(compose([f"resume={folder}"]))


def test_a_diverging_run_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = small(tmp_path / "run", "optimizer=sgd", "optimizer.lr=1e30", "schedule=constant")
    assert command(words, monkeypatch) == 2
    assert "training diverged in epoch 1" in capsys.readouterr().err
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "failed"


@pytest.mark.parametrize("validation", [20, 0])
def test_a_run_that_diverges_in_its_only_step_says_so(
    validation: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [
        f"run_dir={tmp_path / 'run'}", "data=synthetic", "data.train=100", "data.test=20",
        f"validation={validation}", "batch_size=100", "model=tiny", "device=cpu", "epochs=1",
        "optimizer=sgd", "optimizer.lr=1e30", "schedule=constant",
    ]  # fmt: skip
    for given in (words, [f"resume={tmp_path / 'run'}"]):
        assert command(given, monkeypatch) == 2
        line = capsys.readouterr().err.splitlines()[-1]
        assert line == (
            "error: training diverged in epoch 1: the answers of the network are not finite; "
            "choose a smaller optimizer.lr than 1e+30"
        )
        assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "failed"
    assert not (tmp_path / "run" / "model.h5").exists()


@pytest.mark.parametrize(
    ("cost", "warns"), [(7.4, True), pytest.param(0.5, False, marks=pytest.mark.slow)]
)
def test_a_processor_that_is_slow_at_bfloat16_is_spoken_of(
    cost: float,
    warns: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("digitrec.training.run.bfloat16_cost", lambda device: cost)
    run(compose(small(tmp_path / "run", "precision=bfloat16", "epochs=1", "data.train=160")))
    warning = "warning: bfloat16 takes 7 times as long as float32 on this cpu"
    assert (warning in capsys.readouterr().err) == warns


def test_without_validation_all_images_are_trained_on(tmp_path: Path) -> None:
    result = run(compose(small(tmp_path / "run", "validation=0", "epochs=1", "data.train=160")))
    assert result.validation_accuracy is None
    assert result.temperature == 1.0
    with (tmp_path / "run" / "metrics.csv").open() as file:
        assert next(csv.DictReader(file))["validation_accuracy"] == ""


@pytest.mark.mnist
def test_fast_reads_mnist_after_one_epoch(mnist_run: Path) -> None:
    result = json.loads((mnist_run / "result.json").read_text())
    assert result["test_count"] == 10_000
    assert result["test_accuracy"] > 0.988  # the mean over seeds is 99.2%
    assert result["test_ece"] < 0.01


@pytest.mark.slow
def test_without_a_compiler_compiling_is_refused_in_one_line(tmp_path: Path) -> None:
    words = small(tmp_path / "run", "model=tiny", "compile=true")
    nothing = {"CXX": "/nowhere", "PATH": "/nowhere", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "digitrec.train", *(w for w in words if "width" not in w)],
        env={**os.environ, **nothing}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "error: compile=true: PyTorch cannot compile" in done.stderr
    assert "Traceback" not in done.stderr
