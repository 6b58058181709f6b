"""What the command predict did, and pictures to read with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Run = Callable[..., "Done"]


class Done:
    """How a command ended: exit code, and what it printed; the sum at the end on its own."""

    def __init__(self, code: int, out: str, errors: str) -> None:
        self.code, self.out, lines = code, out, errors.splitlines()
        self.errors = [line for line in lines if not re.match("read [0-9,]+ [(]", line)]
        self.summary = "".join(line for line in lines if line not in self.errors)

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def files(self) -> list[str]:
        return [row["file"] for row in self.json]


def draw(path: str | Path, number: int = 0) -> None:
    """Save lines on paper, others for each number, in the format that the name says."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(number)
    image = Image.new("L", (70, 70), 255)
    points = [tuple(point) for point in rng.uniform(15, 55, (4, 2)).tolist()]
    ImageDraw.Draw(image).line(points, fill=0, width=5)
    image.save(path)
