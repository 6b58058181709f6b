"""Each command that writes, on a disk that is full: file, need and remedy, and nothing is lost."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from checkpoint_samples import save_good
from learners import stored
from places import fill, small_disk
from predict_command import draw
from sample_runs import errors_at, made_up_run

from digitrec import compare, evaluate, export, predict
from digitrec.drawing.corrections import LabelledDrawing, add_drawing, load_drawings
from digitrec.errors import DigitrecError
from digitrec.gui.session import window_settings
from digitrec.gui.session.window_settings import WindowSettings
from digitrec.models import checkpoint
from digitrec.run_command import run_command
from digitrec.storage.resources import shipped_checkpoint
from digitrec.storage.writing_errors import DiskFullError

FULL = re.compile(
    r"No space left on device: it needs (more than )?\d+\.\d+ MB, so make room in (\S+?)[,;\n]"
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    save_good(folder / "model.h5")
    for number in range(3):
        draw(folder / "pictures" / f"{number}.png", number)
    for seed in (0, 1):
        made_up_run(folder / "runs" / str(seed), errors_at(100, 3), seed=seed)
    return folder


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for a few names, and no room for content."""
    with small_disk(tmp_path / "disk", 256) as disk:
        yield disk


class Case(NamedTuple):
    """A command, and the file that it was to write."""

    main: Callable[[], int]
    words: list[str]
    file: str


CASES = {
    "predict": Case(predict.main, ["IN/pictures", "--checkpoint", "IN/model.h5"], "out.csv"),
    "predict --parquet": Case(
        predict.main, ["IN/pictures", "--checkpoint", "IN/model.h5", "--parquet"], "out"
    ),
    "predict --boxes-out": Case(predict.main, ["IN/pictures/0.png", "--boxes-out", "out"], "out"),
    "export --h5": Case(export.main, ["IN/model.h5", "--h5", "out.h5"], "out.h5"),
    "export --html": Case(export.main, ["IN/model.h5", "--html", "out.html"], "out.html"),
    "export --onnx": Case(export.main, ["IN/model.h5", "--onnx", "out.onnx"], "out.onnx"),
    "export --keras": Case(export.main, ["IN/model.h5", "--keras", "out.keras"], "out.keras"),
    "export --torch-export": Case(
        export.main, ["IN/model.h5", "--torch-export", "out.pt2"], "out.pt2"
    ),
    "compare --html": Case(compare.main, ["IN/runs", "--html", "out.html"], "out.html"),
    "evaluate": Case(
        evaluate.main,
        ["IN/model.h5", "data=synthetic", "data.test=20", "data.train=10", "device=cpu",
         "--picture", "out.png"],
        "out.png",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_command_names_file_need_and_remedy(
    name: str,
    inputs: Path,
    disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = CASES[name]
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    if name.startswith("export --"):
        pytest.importorskip({"--onnx": "onnx", "--keras": "keras"}.get(case.words[1], "torch"))
    if "--parquet" in case.words:
        pytest.importorskip("pyarrow")
    monkeypatch.chdir(disk)
    words = [word.replace("IN", str(inputs)) for word in case.words]
    if case.main is predict.main and "--boxes-out" not in words:
        words += ["--output", case.file]
    fill(disk)
    before = {path.name for path in disk.iterdir()}
    monkeypatch.setattr(sys, "argv", [name, *words])
    with pytest.raises(SystemExit) as stop:
        run_command(case.main)
    said = capsys.readouterr().err
    assert stop.value.code == 2, said
    assert case.file in said
    found = FULL.search(said)
    assert found, said
    assert Path(found[2]).is_relative_to(disk)
    assert ("kept, and --resume reads what is left" in said) == ("--output" in words)
    # Nothing half-written stays except an empty file of answers, which --resume continues.
    left = {path for path in disk.iterdir() if path.name not in before}
    assert all(path.is_dir() or not path.stat().st_size for path in left), left


def test_a_file_that_is_replaced_is_kept(inputs: Path, disk: Path) -> None:
    shutil.copy(inputs / "model.h5", disk / "model.h5")
    fill(disk)
    trained = checkpoint.load(shipped_checkpoint())
    with pytest.raises(DiskFullError, match=r"needs \d\.\d+ MB"):
        checkpoint.save(disk / "model.h5", trained, torch.rand(8, 1, 28, 28))
    assert (disk / "model.h5").read_bytes() == (inputs / "model.h5").read_bytes()


def test_corrected_drawings_are_kept(disk: Path, tmp_path: Path) -> None:
    file = stored(disk / "drawings.h5", 2)
    one = load_drawings(file)[0]
    fill(disk)
    with pytest.raises(DigitrecError, match=r"cannot be saved: No space .* so make room in"):
        add_drawing(file, LabelledDrawing(one.drawing, 7, key=99))
    assert len(load_drawings(file)) == 2


def test_the_settings_of_the_window_are_kept(disk: Path) -> None:
    file = disk / "window.json"
    window_settings.save(file, WindowSettings(zoom=1.5))
    fill(disk)
    with pytest.raises(DiskFullError, match="make room in"):
        window_settings.save(file, WindowSettings(zoom=2.0))
    assert window_settings.load(file).zoom == 1.5
