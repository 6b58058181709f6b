"""Folders of pictures, a folder for each class, as a user would make them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from digitrec.data.synthetic import digits, nondigits

DIGITS = tuple(range(10))


def write_digits(
    folder: Path, count: int, seed: int = 0, classes: Iterable[int] = DIGITS, writer: str = "w"
) -> None:
    """Write ``count`` synthetic pictures of each digit as ``folder/3/w_0.png``."""
    images, labels = digits.generate(12 * count + 40, seed)
    for label in classes:
        place = folder / str(label)
        place.mkdir(parents=True, exist_ok=True)
        for index, image in enumerate(images[labels == label][:count]):
            save(place / f"{writer}_{index}.png", image)


def write_nondigits(folder: Path, count: int) -> None:
    """Write synthetic drawings that are not digits into ``folder/none``."""
    (folder / "none").mkdir(parents=True)
    for index, image in enumerate(nondigits.generate(count, 0)):
        save(folder / "none" / f"{index}.png", image)


def save(file: Path, image: np.ndarray) -> None:
    """Write ink (28, 28) as a picture with some paper around it."""
    Image.fromarray(255 - np.pad(image, 6)).save(file)
