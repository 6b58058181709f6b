from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from digitrec.config.compose import compose
from digitrec.reproduce import main
from digitrec.run_command import run_command
from digitrec.storage import hdf5
from digitrec.training.provenance import add_adaptation
from digitrec.training.run import run as train

SMALL = (
    "data=synthetic", "data.train=320", "data.test=40", "validation=64", "model=tiny",
    "epochs=2", "batch_size=32", "ema=0.9", "threads=1",
)  # fmt: skip
MEAN = {"mean_of": [{"file": f"{name}/model.h5", "checksum": "0" * 16} for name in "ab"]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded") / "run"
    train(compose([*SMALL, f"run_dir={folder}"]))
    return folder


@pytest.fixture
def copy(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the run, to change; the current folder is another."""
    shutil.copytree(run, tmp_path / "copy")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "copy"


def command(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["digitrec.reproduce", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        run_command(main)
    assert isinstance(stop.value.code, int)
    return stop.value.code


def changed(file: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Path:
    """Change the provenance in a checkpoint file."""
    content = hdf5.read(file)
    provenance = change(json.loads(str(content.attributes["provenance"])))
    attributes = content.attributes | {"provenance": json.dumps(provenance)}
    hdf5.write(file, attributes, content.arrays)
    return file


def test_a_record_without_weights_comes_out_identical(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "model.h5").unlink()
    kept = hdf5.read(copy / "predictions.h5")
    arrays = kept.arrays | {
        "logits": kept.arrays["logits"].astype("<f2"),
        "labels": kept.arrays["labels"].astype("u1"),
    }
    hdf5.write(copy / "predictions.h5", kept.attributes, arrays)
    assert command(monkeypatch, copy) == 0
    (folder,) = Path("experiments/.reproduced").iterdir()
    assert (
        f"identical: {folder} equals {copy}, bit for bit, in everything that was kept "
        "(not kept: weights, logits beyond 16 bits)"
    ) in capsys.readouterr().out
    assert (folder / "model.h5").exists()


def test_what_differs_is_said(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = json.loads((copy / "environment.json").read_text())
    environment["versions"]["torch"] = "1.0"
    (copy / "environment.json").write_text(json.dumps(environment))
    with h5py.File(copy / "model.h5", "r+") as file:
        name = next(iter(file["weights"]))
        file["weights"][name][...] = file["weights"][name][()] + np.float32(0.5)
    assert command(monkeypatch, copy, "--run-dir", "again") == 1
    said = capsys.readouterr().out
    assert "environment differs\n  versions.torch: 1.0 then, " in said
    assert "result differs\n  weights: 1 of " in said
    assert "by up to 0.5" in said
    assert "not identical: again differs from" in said
    assert "predictions" not in said.partition("environment differs")[2]


def test_a_lone_weights_file_says_what_run_it_is_from(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(monkeypatch, copy / "model.h5", "--run-dir", "again") == 0
    assert "identical" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        ("unfinished", "is not finished, so there is nothing to compare with"),
        ("config", "is neither the folder of a run nor a model.h5"),
        ("missing", "is neither the folder of a run nor a model.h5"),
        ("taken", "is not empty, and a run never overwrites anything"),
        ("picture", "is not an .h5 file"),
        (
            "adapted",
            "was fine-tuned on corrected drawings after its run; name the folder of that run",
        ),
        (
            "mean",
            "was not trained: its weights are the mean of the weights of several runs; reproduce",
        ),
        ("mean file", "ensemble --mean-weights RUN RUN averages them"),
    ],
)
def test_what_cannot_be_reproduced_is_one_line(
    damage: str, line: str, copy: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words: list[object] = [copy]
    match damage:
        case "unfinished":
            result = json.loads((copy / "result.json").read_text()) | {"status": "failed"}
            (copy / "result.json").write_text(json.dumps(result))
        case "config":
            (copy / "config.yaml").unlink()
        case "missing":
            words = ["nowhere"]
        case "taken":
            words += ["--run-dir", copy]
        case "picture":
            words = [copy / "curves.png"]
        case "adapted":
            words = [changed(copy / "model.h5", lambda origin: add_adaptation(origin, 40, 0.5))]
        case "mean":
            environment = json.loads((copy / "environment.json").read_text()) | MEAN
            (copy / "environment.json").write_text(json.dumps(environment))
        case "mean file":
            words = [changed(copy / "model.h5", lambda origin: origin | MEAN)]
    assert command(monkeypatch, *words) == 2
    said = capsys.readouterr()
    assert line in said.err
    assert said.err.count("\n") == 1
    assert not list(Path().iterdir())


def test_help_does_not_wait_for_pytorch() -> None:
    program = (
        "import sys; sys.argv = ['reproduce', '--help']\n"
        "from digitrec.reproduce import main\n"
        "try: main()\n"
        "except SystemExit: assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "RUN" in done.stdout
