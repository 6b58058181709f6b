"""Readers of files that others may have made: how each opens a file, and good examples."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from digitrec.comparison.reproduction import find_mismatches, read_record
from digitrec.comparison.runs import read_runs
from digitrec.config.conversion import choice_from_dict
from digitrec.config.train_config import TrainConfig
from digitrec.data.clusters import Clusters
from digitrec.drawing import corrections, stroke_file
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.errors import DigitrecError
from digitrec.imaging.files.picture_files import open_pages
from digitrec.models import checkpoint, string_checkpoint
from digitrec.models.architectures.ensemble import Ensemble
from digitrec.models.architectures.strings import Strings
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.checkpoint_format import DescribedNetwork
from digitrec.training import environment
from digitrec.training.learner import Learner
from digitrec.training.run_directory import (
    DataIdentity,
    MetricsRow,
    Position,
    Predictions,
    Result,
    RunDir,
    experiment_name,
)

__all__ = ["READERS", "Reader"]


@dataclass(frozen=True)
class Reader:
    """Something that reads files.

    Attributes:
        make: Writes good files to a folder; returns those to damage.
        open: Reads one of them, with what the user's program would do next. It may raise a
            `DigitrecError`, and nothing else.
        count: How many damaged files are tried by default.
        seconds: How long the reader may compute for one file.
        megabytes: By how much the process may grow.
    """

    make: Callable[[Path], list[Path]]
    open: Callable[[Path], object]
    count: int = 20_000
    seconds: float = 2.0
    megabytes: float = 300.0


MODEL = choice_from_dict("model", {"name": "tiny"})
ENSEMBLE = Ensemble()
CONFIG = TrainConfig(model=MODEL, epochs=2, device="cpu")
DATA = DataIdentity("mnist", "0123456789abcdef")
ROW = MetricsRow(
    epoch=1,
    train_loss=0.5,
    validation_loss=0.1,
    validation_accuracy=0.98,
    learning_rate=1.0,
    images_per_second=1000.0,
    seconds=7.0,
)


def _images(width: int = 28) -> torch.Tensor:
    return torch.rand(8, 1, 28, width, generator=torch.Generator().manual_seed(0))


def _make_checkpoint(folder: Path) -> list[Path]:
    torch.manual_seed(0)
    network = MODEL.build().eval()
    made = Checkpoint("tiny", {}, network, 1.5, 0.4, provenance={"config": {"seed": 0}})
    checkpoint.save(folder / "model.h5", made, _images())
    return [folder / "model.h5"]


def _make_ensemble(folder: Path) -> list[Path]:
    torch.manual_seed(0)
    made = Checkpoint("ensemble", {"members": ENSEMBLE.members}, ENSEMBLE.build().eval(), 1.5, 0.4)
    checkpoint.save(folder / "ensemble.h5", made, _images())
    return [folder / "ensemble.h5"]


def _make_version_1(folder: Path) -> list[Path]:
    import h5py

    (path,) = _make_checkpoint(folder)
    with h5py.File(path) as file:
        attributes = dict(file.attrs)
        groups = {group: {key: array[()] for key, array in file[group].items()} for group in file}
    with h5py.File(path, "w") as file:
        for name, value in attributes.items():  # texts of variable length
            file.attrs[name] = value.decode() if isinstance(value, bytes) else value
        file.attrs["format_version"] = 1
        for group, arrays in groups.items():
            for key, array in arrays.items():
                if key not in ("probabilities", "margins"):
                    file[f"{group}/{key}"] = array
    return [path]


def _open_checkpoint(path: Path) -> object:
    loaded = checkpoint.load(path)
    with torch.inference_mode():
        return loaded.network(_images()).sum().item()


def _make_strings(folder: Path) -> list[Path]:
    torch.manual_seed(0)
    network = Strings(width=4).build().eval()
    path = folder / "strings.h5"
    images = _images(string_checkpoint.CHECK_WIDTH)
    made = DescribedNetwork(network, "strings", {"width": 4}, {"seed": 0})
    string_checkpoint.save(path, made, images)
    return [path]


def _make_run(folder: Path) -> list[Path]:
    """Write the folder of a finished run, with the state that a longer run would go on from."""
    surroundings = environment.describe(torch.device("cpu"), CONFIG, DATA)
    run = RunDir.create(replace(CONFIG, run_dir=str(folder / "run")), surroundings)
    labels = np.arange(50) % 10
    logits, clusters = np.eye(10, dtype=np.float32)[labels], Clusters(np.arange(50) // 10, "writer")
    run.write_predictions(Predictions(logits, labels, DATA, clusters))
    rows = [replace(ROW, epoch=epoch) for epoch in (1, 2)]
    run.write_metrics(rows)
    run.write_result(
        Result(
            status="finished",
            experiment=experiment_name(CONFIG),
            model="tiny",
            data="mnist",
            seed=0,
            epochs=2,
            parameters=1000,
            multiply_accumulates=10_000,
            test_errors=0,
            test_count=50,
            train_seconds=14.0,
        )
    )
    learner = Learner(CONFIG, torch.device("cpu"))
    learner.step(_images(), torch.arange(8), 1.0)
    run.write_state(Position(1, 0, rows=rows[:1]), learner.state())
    names = ("config.yaml", "environment.json", "result.json", "metrics.csv", "predictions.h5")
    return [run.path / name for name in names]


def _open_run(path: Path) -> object:
    """Compare the run, reproduce it up to the training, and go on with it up to the training."""
    problems: list[str] = []
    for attempt in (_compare, _reproduce, _resume):
        try:
            attempt(path.parent)
        except DigitrecError as error:
            problems.append(str(error))
    if problems:
        raise DigitrecError(max(problems, key=len))
    return problems


def _compare(folder: Path) -> None:
    _, problems = read_runs([folder])
    if problems:
        raise DigitrecError(problems[0].reason)


def _reproduce(folder: Path) -> None:
    record = read_record(folder)
    find_mismatches(record, replace(record, metrics=[ROW], result={"test_errors": 1}))


def _resume(folder: Path) -> None:
    run, config = RunDir.open(folder)
    run.result()
    run.environment()
    run.state()  # damaged states are tried by a reader of their own
    _learner(config)


_LEARNERS: dict[str, Learner] = {}


def _learner(config: TrainConfig) -> Learner:
    """Return the learner of a configuration, which takes longer to build than everything else.

    All files with the same configuration share it, because each state that is loaded overwrites the
    one before.
    """
    key = repr(config)
    if key not in _LEARNERS:
        _LEARNERS.clear()
        _LEARNERS[key] = Learner(config, torch.device("cpu"))
    return _LEARNERS[key]


def _make_state(folder: Path) -> list[Path]:
    _make_run(folder)
    return [folder / "run" / "state.h5"]


def _open_state(path: Path) -> object:
    return _go_on(RunDir(path.parent), CONFIG)


def _go_on(run: RunDir, config: TrainConfig) -> Position:
    state = run.state()
    if state is None:
        raise DigitrecError("nothing was saved")
    position, arrays = state
    learner = _learner(config)
    try:
        learner.load_state(arrays)
    except (LookupError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        raise run.foreign_state(str(error)) from None
    with contextlib.suppress(DigitrecError):
        learner.step(_images(), torch.arange(8), 1.0)
    return position


def _make_predictions(folder: Path) -> list[Path]:
    return [path for path in _make_run(folder) if path.name == "predictions.h5"]


def _open_predictions(path: Path) -> object:
    return RunDir(path.parent).predictions()


def _strokes() -> Drawing:
    lines = [[(10, 10), (40, 60.5), (80, 100)], [(100, 20)]]
    return Drawing(120, 120, [Stroke(np.array(line, float), 8.0) for line in lines])


def _make_drawings(folder: Path) -> list[Path]:
    for label in (3, 7):
        labelled = corrections.LabelledDrawing(_strokes(), label, label, 0.0)
        corrections.add_drawing(folder / "drawings.h5", labelled)
    return [folder / "drawings.h5"]


def _open_drawings(path: Path) -> object:
    return [rasterise_drawing(one.drawing).sum() for one in corrections.load_drawings(path)]


def _make_strokes(folder: Path) -> list[Path]:
    stroke_file.save(folder / "strokes.json", _strokes())
    return [folder / "strokes.json"]


def _open_strokes(path: Path) -> object:
    return rasterise_drawing(stroke_file.load(path)).sum()


def _make_pictures(folder: Path) -> list[Path]:
    """Write a picture in each format, some with several pages, an orientation or a palette."""
    ink = Image.fromarray(255 - rasterise_drawing(_strokes()))
    names = (
        "a.png",
        "b.jpg",
        "c.gif",
        "d.bmp",
        "e.tif",
        "f.webp",
        "g.pgm",
        "h.jp2",
        "i.ico",
        "j.tga",
    )
    for name in names:
        ink.save(folder / name)
    turned = Image.Exif()
    turned[0x0112] = 6
    ink.convert("RGB").save(folder / "turned.jpg", exif=turned)
    ink.save(folder / "pages.tif", compression="tiff_lzw", save_all=True, append_images=[ink])
    ink.convert("P").save(folder / "moving.gif", save_all=True, append_images=[ink.rotate(5)])
    ink.convert("RGBA").save(folder / "transparent.png", optimize=True)
    Image.init()
    if "AVIF" in Image.SAVE:  # not in Pillow before 11.3
        ink.convert("RGB").save(folder / "plain.avif")
    return sorted(folder.iterdir())


def _open_pictures(path: Path) -> object:
    return [np.asarray(page).shape for _, page in open_pages(path, path.name)]


READERS = {
    "checkpoint": Reader(_make_checkpoint, _open_checkpoint),
    "checkpoint of version 1": Reader(_make_version_1, _open_checkpoint),
    "checkpoint of an ensemble": Reader(_make_ensemble, _open_checkpoint),
    "checkpoint of strings": Reader(_make_strings, string_checkpoint.load),
    "state of a run": Reader(_make_state, _open_state),
    "predictions": Reader(_make_predictions, _open_predictions),
    "corrected drawings": Reader(_make_drawings, _open_drawings),
    # Three commands, each of which has 2 seconds.
    "run directory": Reader(_make_run, _open_run, count=5000, seconds=6.0),
    "pictures": Reader(_make_pictures, _open_pictures, count=5000, megabytes=600.0),
    "strokes": Reader(_make_strokes, _open_strokes, count=5000),
}
"""What reads files, by what the files are."""
