"""Galleries of misread test images: those that one recipe alone misreads, and those that all do."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from digitrec.arrays import Float64Array, Uint8Array
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.runs import TestSet
from digitrec.errors import DigitrecError

__all__ = ["COLUMNS", "Gallery", "find_test_images", "make_galleries", "sprite"]

MAX_IMAGES = 24  # in a gallery
COLUMNS = 16  # of the sprite; browsers limit the length of its sides
SIDE = 28  # of an image, in pixels


@dataclass(frozen=True)
class MisreadImage:
    """A test image that was misread.

    Attributes:
        index: Its position in the test set.
        label: Its true digit.
        answers: The digits that were read, each with the number of runs; the commonest first.
        runs: The number of runs.
    """

    index: int
    label: int
    answers: Sequence[tuple[int, int]]
    runs: int


@dataclass(frozen=True)
class Gallery:
    """Images misread by at least half of one recipe's runs, and less than half of all others'.

    Attributes:
        recipe: The one that misreads them; None for images that all recipes misread so.
        count: How many such images there are.
        images: Those of them that are shown.
    """

    recipe: Recipe | None
    count: int
    images: Sequence[MisreadImage]


def make_galleries(recipes: Sequence[Recipe]) -> list[Gallery]:
    """Make a gallery for each of several recipes on one test set, and one for all of them.

    The images that set a recipe apart most come first.
    """
    rates = np.stack([recipe.errors.rate for recipe in recipes])  # (recipes, images)
    misread = rates >= 0.5
    galleries = []
    for number, recipe in enumerate(recipes):
        alone = misread[number] & ~np.delete(misread, number, axis=0).any(axis=0)
        others = np.delete(rates, number, axis=0).mean(axis=0)
        weight = np.where(alone, rates[number] - others, -np.inf)
        galleries.append(_gallery(recipe, [recipe], weight))
    by_all = misread.all(axis=0)
    weight = np.where(by_all, rates.mean(axis=0), -np.inf)
    return [*galleries, _gallery(None, recipes, weight)]


def find_test_images(recipe: Recipe) -> Uint8Array | None:
    """Return the test images that a recipe's runs were scored on, if they are on this machine.

    Nothing is downloaded. Images with another checksum or other labels are not used.

    Returns:
        The images, (N, 28, 28); None if they were not found.
    """
    for data in recipe.runs[0].data.without_download():
        try:
            examples, checksum = data.load_test()
        except DigitrecError:
            continue
        same = TestSet(recipe.test_set.name, checksum, len(examples)) == recipe.test_set
        if same and np.array_equal(examples.labels.numpy(), recipe.runs[0].labels):
            images: Uint8Array = examples.images[:, 0].numpy()
            return images
    return None


def sprite(images: Uint8Array) -> str:
    """Return one PNG with all images, (N, 28, 28), in lines of `COLUMNS`, as a ``data:`` address.

    The ink is in the alpha channel, so that a page can use the picture as a mask in any colour.
    """
    lines = -(-len(images) // COLUMNS)
    grid = np.zeros((lines * COLUMNS, SIDE, SIDE), np.uint8)
    grid[: len(images)] = images
    ink = grid.reshape(lines, COLUMNS, SIDE, SIDE).swapaxes(1, 2).reshape(lines * SIDE, -1)
    picture = Image.fromarray(np.stack([np.zeros_like(ink), ink], axis=-1), "LA")
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _gallery(recipe: Recipe | None, shown: Sequence[Recipe], weight: Float64Array) -> Gallery:
    """Make a gallery of the images of the largest weights, without those of weight -inf."""
    count = int(np.isfinite(weight).sum())
    order = np.argsort(-weight, kind="stable")[: min(count, MAX_IMAGES)]
    runs = [run for one in shown for run in one.runs]
    images = []
    for index in order.tolist():
        digits, counts = np.unique([run.answers[index] for run in runs], return_counts=True)
        answers = sorted(zip(digits.tolist(), counts.tolist(), strict=True), key=lambda a: -a[1])
        images.append(MisreadImage(index, int(runs[0].labels[index]), answers, len(runs)))
    return Gallery(recipe, count, images)
