"""Plots as PNG files: curves, confusion matrix, worst mistakes, images that were read.

No window is opened, and the state of pyplot is neither used nor changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.special import softmax

from digitrec.arrays import FloatArray, Int64Array, IntArray, Uint8Array
from digitrec.message_text import counted
from digitrec.storage import atomic
from digitrec.storage.regular_files import open_regular
from digitrec.training.run_directory import MetricsRow

__all__ = [
    "confusion", "curves", "evaluation", "is_evaluation", "mistakes", "new_figure", "readings",
    "save",
]  # fmt: skip

EVALUATION = "digitrec evaluate"
"""The title of the picture of an evaluation, which tells it from other people's pictures."""

EVALUATION_SIZE = 14, 6  # inches
DPI = 110
MAX_MARKED = 40  # epochs whose points are marked in curves; more would run into a band
SHOWN = 32  # worst mistakes in a plot, in 4 rows of 8
SIZE = 28
ROW, COLUMN = SIZE + 12, SIZE + 4  # with room for a line above a picture, and between pictures


def curves(path: Path, rows: Sequence[MetricsRow]) -> None:
    """Draw loss and validation errors over the epochs."""
    validated = rows[0].validation_accuracy is not None
    figure = new_figure(10 if validated else 5, 4)
    epochs = [row.epoch for row in rows]
    style = "o-" if len(rows) <= MAX_MARKED else "-"
    axes = figure.subplots(1, 2 if validated else 1, squeeze=False)[0]
    axes[0].plot(epochs, [row.train_loss for row in rows], style, label="training")
    if validated:
        axes[0].plot(epochs, [row.validation_loss for row in rows], style, label="validation")
        errors = [100 * (1 - (row.validation_accuracy or 0.0)) for row in rows]
        axes[1].plot(epochs, errors, style, color="tab:orange")
        axes[1].set(title="validation errors", xlabel="epoch", ylabel="% of images")
        axes[1].annotate(
            f"{errors[-1]:.2f} %", (epochs[-1], errors[-1]), xytext=(0, 8),
            textcoords="offset points", ha="center" if len(rows) == 1 else "right",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 1},
        )  # fmt: skip
        axes[0].legend(frameon=False)
    axes[0].set(title="loss", xlabel="epoch", ylabel="cross-entropy, nats")
    for axis in axes:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        # So that the highest point and its label are inside.
        axis.set_ylim(0, 1.15 * float(axis.dataLim.y1) or 1.0)
        if len(rows) == 1:
            axis.set_xlim(epochs[0] - 1, epochs[0] + 1)  # else a scale of hundredths of an epoch
            axis.set_xticks(epochs)
        axis.grid(alpha=0.3)
    save(figure, path)


def confusion(path: Path, counts: Int64Array) -> None:
    """Draw a confusion matrix.

    Args:
        path: The file to write.
        counts: Shape (10, 10), or (10, 11) with a last column of rejected images; the rows are
            the true digits.
    """
    figure = new_figure(6, 6, layout=None)  # the labels are known, and their room
    _draw_confusion(figure.add_axes((0.08, 0.08, 0.9, 0.87)), counts)
    save(figure, path)


def mistakes(path: Path, images: Uint8Array, labels: IntArray, logits: FloatArray) -> None:
    """Draw misread images, first those with the highest confidence.

    Args:
        path: The file to write.
        images: Shape (N, 28, 28).
        labels: The digits that the images show, shape (N,).
        logits: Shape (N, 10), divided by the temperature.
    """
    figure = new_figure(8, 5, layout=None)
    _draw_mistakes(figure, images, labels, logits)
    save(figure, path)


def evaluation(
    path: Path, counts: Int64Array, images: Uint8Array, labels: IntArray, logits: FloatArray
) -> None:
    """Draw the confusion matrix and the worst mistakes side by side.

    Args:
        path: The file to write.
        counts: The confusion matrix, shape (10, 10); the rows are the true digits.
        images: Shape (N, 28, 28).
        labels: The digits that the images show, shape (N,).
        logits: Shape (N, 10), divided by the temperature.
    """
    figure = new_figure(*EVALUATION_SIZE)
    left, right = figure.subfigures(1, 2, width_ratios=(6, 8), squeeze=False)[0]
    _draw_confusion(left.subplots(), counts)
    _draw_mistakes(right, images, labels, logits)
    save(figure, path, EVALUATION)


def is_evaluation(path: Path) -> bool:
    """Tell whether a file is a picture that `evaluation` has drawn.

    Raises:
        OSError: if it cannot be read.
    """
    with open_regular(path) as file:
        head = file.read(1000)  # the texts of a PNG file of Matplotlib stand before its pixels
    if f"Title\0{EVALUATION}".encode() in head:
        return True
    # Earlier versions wrote no title; their pictures had the same size.
    size = b"".join((side * DPI).to_bytes(4, "big") for side in EVALUATION_SIZE)
    return head[16:24] == size and b"Software\0Matplotlib" in head


def readings(
    path: Path, pictures: Sequence[Uint8Array], seen: Sequence[FloatArray], titles: Sequence[str]
) -> None:
    """Draw pictures in rows of ten, each above the image that the network saw of it.

    Args:
        path: The file to write.
        pictures: Each of shape (H, W), of any size.
        seen: For each picture an image of shape (28, 28), from 0 to 1.
        titles: The text above each picture.
    """
    rows = -(-len(pictures) // 10)
    figure = new_figure(14, 3.2 * rows)
    axes = figure.subplots(2 * rows, 10, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for place, (picture, image, title) in enumerate(zip(pictures, seen, titles, strict=True)):
        row, column = divmod(place, 10)
        above, below = axes[2 * row, column], axes[2 * row + 1, column]
        above.imshow(picture, cmap="gray", vmin=0, vmax=255)
        above.set_title(title, fontsize=12)
        above.axis("on")
        above.set(xticks=[], yticks=[])
        below.imshow(image, cmap="gray", vmin=0, vmax=1)
    save(figure, path)


def _draw_confusion(axis: Axes, counts: Int64Array) -> None:
    # The diagonal holds nearly all: coloured with the rest, it would leave the rest white.
    rejects = counts.shape[1] > 10
    off = counts * (1 - np.eye(*counts.shape, dtype=np.int64))
    axis.imshow(off, cmap="Oranges", vmin=0, vmax=max(1, int(off.max())) * 1.3)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            on_diagonal = row == column
            axis.text(
                column, row, f"{count}", ha="center", va="center", fontsize=8,
                color="0.55" if on_diagonal else "black", in_layout=False,
            )  # fmt: skip
    errors = int(off.sum())
    axis.set(
        xticks=range(counts.shape[1]), yticks=range(10), xlabel="read as", ylabel="true digit",
        title=f"{errors:,} of {int(counts.sum()):,} misread{' or rejected' if rejects else ''}",
    )  # fmt: skip
    if rejects:
        axis.set_xticklabels([*map(str, range(10)), "rejected"])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _draw_mistakes(figure: Any, images: Uint8Array, labels: IntArray, logits: FloatArray) -> None:
    probabilities = softmax(np.asarray(logits, np.float64), axis=1)
    read = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(read != labels)
    worst = wrong[np.argsort(-probabilities[wrong, read[wrong]], kind="stable")][:SHOWN]
    many = counted(len(wrong), "mistake") if len(wrong) <= SHOWN else f"the {SHOWN} worst mistakes"
    title = f"{many}: true digit → read as, with its confidence"
    figure.suptitle(title if len(worst) else "no mistakes", fontsize=11)
    # All in one image: axes for each take Matplotlib a second.
    axis = figure.add_axes((0, 0, 1, 0.96))
    axis.axis("off")
    sheet = np.zeros((4 * ROW, 8 * COLUMN), np.uint8)
    for place, index in enumerate(worst):
        top, left = place // 8 * ROW + ROW - SIZE, place % 8 * COLUMN
        sheet[top : top + SIZE, left : left + SIZE] = images[index]
        sure = probabilities[index, read[index]]
        axis.text(
            left + SIZE / 2, top - 2, f"{labels[index]} → {read[index]}  {sure:.0%}",
            ha="center", va="bottom", fontsize=8, in_layout=False,
        )  # fmt: skip
    axis.imshow(sheet, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")


def new_figure(
    width: float, height: float, layout: Literal["constrained"] | None = "constrained"
) -> Figure:
    """Make a figure of this size in inches, with its own canvas: pyplot never frees one."""
    figure = Figure(figsize=(width, height), layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path, title: str | None = None) -> None:
    """Write a figure as a PNG file, which may have a title that is not seen in it."""
    with atomic.atomic_path(path) as part:
        figure.savefig(part, dpi=DPI, format="png", metadata={"Title": title} if title else None)
