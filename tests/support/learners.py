"""Programs that pretend to fine-tune a network, and the reports that they print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from digitrec.data.synthetic import digits
from digitrec.drawing import corrections
from digitrec.drawing.corrections import LabelledDrawing

PROGRAM = """
import json, sys, time
from pathlib import Path

folder = Path(sys.argv[1])
print(json.dumps({"progress": 0.1}), flush=True)
(folder / "words.json").write_text(json.dumps(sys.argv[2:]))
while (folder / "wait").exists():
    time.sleep(0.01)
print("downloading MNIST")
print(json.dumps({"progress": 0.25}), flush=True)
print((folder / "errors").read_text(), file=sys.stderr)
print((folder / "output").read_text())
"""


def pretending(folder: Path, output: str, errors: str = "", *, wait: bool = False) -> list[str]:
    """Return a command that prints ``output``.

    If ``wait``, it does so once the file ``wait`` is gone from the folder.
    """
    (folder / "output").write_text(output)
    (folder / "errors").write_text(errors)
    (folder / "words.json").unlink(missing_ok=True)
    if wait:
        (folder / "wait").touch()
    return [sys.executable, "-S", "-c", PROGRAM, str(folder)]


def arguments_given(folder: Path) -> list[str]:
    """Return the arguments that the program was called with."""
    words: list[str] = json.loads((folder / "words.json").read_text())
    return words


def outcome(written: Path | None, **other: Any) -> str:
    report: dict[str, Any] = {
        "drawings": 40, "held_back": 10, "right_before": 7, "right_after": 9,
        "mnist_before": 0.9948, "mnist_after": 0.9946, "kept": 1.0,
        "written": written and str(written), "others": "mnist", "doubtful": [],
    }  # fmt: skip
    return json.dumps({"report": report | other})


def stored(path: Path, count: int) -> Path:
    """Store drawings of all digits in turn."""
    rng = np.random.default_rng(0)
    for i in range(count):
        corrections.add_drawing(path, LabelledDrawing(digits.draw(i % 10, rng), i % 10, key=i))
    return path
