from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from drawn_shapes import draw
from made_writers import made_writers
from PIL import Image

from digitrec.benchmarks import paper
from digitrec.benchmarks.paper import SEVERAL, SINGLE, measure_composites, measure_pictures
from digitrec.errors import DigitrecError
from digitrec.recognition.recognizer import Recognizer


def test_each_kind_of_composites_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "read_writers", lambda root, part: made_writers())
    lines = list(measure_composites(Recognizer.load(), None, count=2))
    kinds = [line[:22].strip() for line in lines]
    assert kinds == ["kind", *SINGLE, *SEVERAL, "nothing"]
    assert all(line.split()[-1].endswith("%") for line in lines[1:])
    counts = {kind: line.count("%") for kind, line in zip(kinds, lines, strict=True)}
    assert (counts["box"], counts["page"], counts["nothing"]) == (3, 1, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A 2, blank paper labelled as such, and one labelled as a 3."""
    Image.fromarray(255 - draw("two")).save(tmp_path / "a.png")
    for name in ("b.png", "c.png"):
        Image.fromarray(np.full((60, 60), 255, np.uint8)).save(tmp_path / name)
    shown = {"a.png": "2", "b.png": "", "c.png": "3"}
    labels = {file: {"text": text, "kind": f"of {text or 'none'}"} for file, text in shown.items()}
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    return tmp_path


def test_pictures_are_read_by_kind(folder: Path) -> None:
    lines = list(measure_pictures(Recognizer.load(), folder))
    assert [line.split()[-3:] for line in lines[1:]] == [
        ["1", "100.0%", "100.0%"], ["1", "100.0%", "100.0%"], ["1", "0.0%", "0.0%"]
    ]  # fmt: skip


def test_labels_that_are_missing_or_damaged_are_one_line(folder: Path) -> None:
    file = folder / "labels.json"
    for damaged in ("{", "[1]", '{"a.png": 3}', '{"a.png": {"text": "2"}}'):
        file.write_text(damaged)
        with pytest.raises(DigitrecError, match=r"labels\.json is damaged"):
            list(measure_pictures(Recognizer.load(), folder))
    file.unlink()
    with pytest.raises(DigitrecError, match=r"labels\.json cannot be read"):
        list(measure_pictures(Recognizer.load(), folder))
