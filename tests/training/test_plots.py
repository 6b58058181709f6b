from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from sample_runs import made_up_row

from digitrec.training import plots
from digitrec.training.run_directory import MetricsRow

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (60, 28, 28), dtype=np.uint8)
LABELS = np.arange(60) % 10


def row(epoch: int, validated: bool = True) -> MetricsRow:
    return made_up_row(
        epoch,
        train_loss=1 / epoch,
        validation_loss=0.5 / epoch if validated else None,
        validation_accuracy=1 - 0.1 / epoch if validated else None,
    )


def logits(wrong: int) -> np.ndarray:
    """Logits (60, 10) of which the first ``wrong`` misread their image."""
    read = LABELS.copy()
    read[:wrong] = (read[:wrong] + 1) % 10
    return np.eye(10, dtype=np.float32)[read] * np.linspace(1, 9, 60, dtype=np.float32)[:, None]


def counts(wrong: int) -> np.ndarray:
    table = np.zeros((10, 10), dtype=np.int64)
    np.add.at(table, (LABELS, logits(wrong).argmax(axis=1)), 1)
    return table


def pixels(path: Path) -> np.ndarray:
    """Check that a file is a whole PNG with something on it, alone in its folder; return it."""
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with Image.open(path) as image:
        assert image.format == "PNG"
        image.load()
        grey = np.asarray(image.convert("L"), dtype=float)
    assert min(grey.shape) >= 300
    assert grey.var() > 10
    assert grey[0, 0] == 255  # white paper, whatever style the user has set
    return grey


def draw_readings(path: Path, count: int) -> None:
    pictures = [RNG.integers(0, 256, (20 + i, 50), dtype=np.uint8) for i in range(count)]
    seen = [np.full((28, 28), i / 20, dtype=np.float32) for i in range(count)]
    plots.readings(path, pictures, seen, [f"{i}" for i in range(count)])


DRAWN: dict[str, Callable[[Path], None]] = {
    "curves": lambda path: plots.curves(path, [row(1), row(2), row(3)]),
    "curves of one epoch": lambda path: plots.curves(path, [row(1)]),
    "curves of many epochs": lambda path: plots.curves(path, [row(i) for i in range(1, 201)]),
    "curves without validation": lambda path: plots.curves(path, [row(1, False), row(2, False)]),
    "curves of one without": lambda path: plots.curves(path, [row(1, validated=False)]),
    "confusion": lambda path: plots.confusion(path, counts(9)),
    "confusion without errors": lambda path: plots.confusion(path, counts(0)),
    "confusion of thousands": lambda path: plots.confusion(path, counts(9) * 12_345),
    "confusion of nothing": lambda path: plots.confusion(path, counts(0) * 0),
    "mistakes": lambda path: plots.mistakes(path, IMAGES, LABELS, logits(5)),
    "no mistakes": lambda path: plots.mistakes(path, IMAGES, LABELS, logits(0)),
    "evaluation": lambda path: plots.evaluation(path, counts(5), IMAGES, LABELS, logits(5)),
    "evaluation without mistakes": lambda path: plots.evaluation(
        path, counts(0), IMAGES, LABELS, logits(0)
    ),
    "readings": lambda path: draw_readings(path, 3),
    "readings of two rows": lambda path: draw_readings(path, 11),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_picture_is_drawn(draw: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    draw(path)
    pixels(path)


def test_png_whatever_the_name(tmp_path: Path) -> None:
    path = tmp_path / "picture.pdf"
    plots.confusion(path, counts(3))
    pixels(path)


def test_surest_mistakes_are_shown(tmp_path: Path) -> None:
    # All are wrong, and the later ones surer: those that are left out are the first.
    path = tmp_path / "picture.png"
    pictures = []
    for blank in (slice(0, 0), slice(60 - plots.SHOWN), slice(59, 60)):
        images = IMAGES.copy()
        images[blank] = 0
        plots.mistakes(path, images, LABELS, logits(60))
        pictures.append(pixels(path))
    np.testing.assert_array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


@pytest.mark.parametrize(
    ("wrong", "title"),
    [(0, "no mistakes"), (1, "1 mistake: "), (5, "5 mistakes: "), (60, "the 32 worst mistakes: ")],
)
def test_title_says_whether_all_mistakes_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: int, title: str
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(plots, "save", lambda figure, path: saved.append(figure))
    plots.mistakes(tmp_path / "picture.png", IMAGES, LABELS, logits(wrong))
    assert saved[0].get_suptitle().startswith(title)


@pytest.mark.parametrize(("epochs", "marker"), [(1, "o"), (40, "o"), (41, "None")])
def test_points_of_many_epochs_do_not_run_into_a_band(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: int, marker: str
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(plots, "save", lambda figure, path: saved.append(figure))
    plots.curves(tmp_path / "picture.png", [row(epoch) for epoch in range(1, epochs + 1)])
    lines = [line for axes in saved[0].axes for line in axes.lines]
    assert [line.get_marker() for line in lines] == [marker] * 3


def test_earlier_picture_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")
    plots.curves(path, [row(1), row(2)])
    pixels(path)


def test_failure_leaves_the_earlier_picture_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")

    def fail(self: Figure, part: Path, **_: object) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(OSError, match="No space"):
        plots.curves(path, [row(1), row(2)])
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        plots.confusion(tmp_path / "none" / "picture.png", counts(1))


def test_no_window_and_no_global_figures() -> None:
    program = "import sys, digitrec.training.plots; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
