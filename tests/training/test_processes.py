"""Training in several processes: real ones, which torchrun starts."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from train_command import command

from digitrec.config.compose import compose
from digitrec.errors import ConfigError, DigitrecError, Interrupted
from digitrec.storage.resources import shipped_checkpoint
from digitrec.training.processes import ALONE, Processes, joined
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow

SMALL = (
    "data=synthetic", "data.train=480", "data.test=60", "validation=80", "model=deep",
    "model.width=4", "epochs=2", "batch_size=33", "ema=0.9", "threads=1", "save_seconds=0",
    "optimizer=sgd", "optimizer.lr=0.01",
)  # fmt: skip


def torchrun(processes: int, *words: str) -> subprocess.Popen[str]:
    launcher = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--standalone"]
    return subprocess.Popen(
        [sys.executable, *launcher, "-m", "digitrec.train", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def metrics(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def workers(launcher: int) -> dict[int, int]:
    """Return the process of each rank that a launcher has started."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        ranks = [int(one[5:]) for one in variables if one.startswith(b"RANK=")]
        if parent == launcher and ranks:
            found[ranks[0]] = int(folder.name)
    return found


@pytest.mark.slow
def test_the_curve_is_that_of_one_process(tmp_path: Path) -> None:
    taught = (f"teacher={shipped_checkpoint()}", "teacher_share=0.5")
    run(compose([*SMALL, *taught, f"run_dir={tmp_path}/one"]))
    process = torchrun(2, *SMALL, *taught, f"run_dir={tmp_path}/two")
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    assert out.count("epoch 1/2") == out.count("weights ") == 1
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("one", "two")] == []
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        path.name for path in (tmp_path / "two").iterdir()
    }
    rows = list(zip(metrics(tmp_path / "one"), metrics(tmp_path / "two"), strict=True))
    assert len(rows) == 2
    for alone, together in rows:
        assert together["epoch"] == alone["epoch"]
        for key in ("train_loss", "validation_loss"):
            assert float(together[key]) == pytest.approx(float(alone[key]), abs=1e-3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc")
def test_a_killed_process_ends_the_run_which_goes_on_with_another_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    words = [*SMALL, "data.train=3000", f"run_dir={folder}"]
    process = torchrun(2, *words)
    for _ in range(3000):
        if (folder / "state.h5").exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    os.kill(workers(process.pid)[1], signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode != 0
    assert "another of the 2 processes of this run has ended" in errors
    assert f"torchrun … -m digitrec.train resume={folder}" in errors
    assert json.loads((folder / "result.json").read_text())["status"] == "interrupted"
    assert command([f"resume={folder}"], monkeypatch) == 0
    assert [row["epoch"] for row in metrics(folder)] == ["1", "2"]
    assert json.loads((folder / "result.json").read_text())["status"] == "finished"


@pytest.mark.slow
def test_a_run_of_one_process_goes_on_in_two(tmp_path: Path) -> None:
    def stop(row: MetricsRow) -> None:
        raise KeyboardInterrupt

    run(compose([*SMALL, f"run_dir={tmp_path}/one"]))
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(compose([*SMALL, f"run_dir={folder}"]), on_epoch=stop)
    process = torchrun(2, f"resume={folder}")
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert json.loads((folder / "result.json").read_text())["status"] == "finished"
    rows = list(zip(metrics(tmp_path / "one"), metrics(folder), strict=True))
    assert len(rows) == 2
    for alone, together in rows:
        assert float(together["train_loss"]) == pytest.approx(float(alone["train_loss"]), abs=1e-3)


@pytest.mark.parametrize("images", [3, 4, 32, 33])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_image_of_a_batch_is_read_once(images: int, count: int) -> None:
    read: list[int] = []
    for rank in range(count):
        with Processes(rank, count).part(images) as part:
            taken = list(range(images))[part]
        assert taken
        read += taken
    assert read == list(range(images))


def test_a_batch_that_is_too_small_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(DigitrecError, match="too small for 4 processes"),
        Processes(0, 4).part(3),
    ):
        pass
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert command(["--multirun", "seed=0,1"], monkeypatch) == 2
    assert "torchrun trains one run" in capsys.readouterr().err


def test_what_a_lost_process_looks_like_is_said_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    recorded: list[str] = []
    processes = Processes(0, 2)
    with (
        pytest.raises(Interrupted),
        processes.watched(lambda: "resume=run", lambda: recorded.append("interrupted")),
    ):
        raise RuntimeError("[gloo/pair.cc:534] Connection closed by peer [127.0.0.1]:12345")
    assert recorded == ["interrupted"]
    assert capsys.readouterr().err == (
        "error: another of the 2 processes of this run has ended; resume from the last saved state "
        "with: torchrun … -m digitrec.train resume=run\n"
    )
    with (
        pytest.raises(RuntimeError, match="size mismatch"),
        processes.watched(lambda: "", lambda: recorded.append("interrupted")),
    ):
        raise RuntimeError("size mismatch")
    assert len(recorded) == 1


def test_alone_nothing_changes() -> None:
    assert ALONE.writes
    assert ALONE.agree(None) is None
    assert ALONE.agree(15) == 15
    assert ALONE.tell(lambda: "value") == "value"
    assert ALONE.in_turn(lambda: "data") == "data"


@pytest.mark.parametrize(
    "variables", [{"WORLD_SIZE": "abc"}, {"WORLD_SIZE": "2", "RANK": "x"}, {"WORLD_SIZE": "2"}]
)
def test_variables_that_torchrun_has_not_set_are_one_line(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RANK", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    said = "but torchrun sets it to a number; unset WORLD_SIZE"
    with pytest.raises(ConfigError, match=said), joined():
        pass
