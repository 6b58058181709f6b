from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from digitrec.benchmarks.handwriting import hands, hands_pictures
from digitrec.benchmarks.handwriting.hands import (
    HandsFigures,
    mean_figures,
    measure,
    slashed_zeros,
    unseen,
)
from digitrec.data.dataset import NO_DIGIT
from digitrec.data.hands import sources
from digitrec.data.hands.sources import SourceCharacters
from digitrec.data.synthetic.digits import draw
from digitrec.errors import DigitrecError
from digitrec.models import checkpoint
from digitrec.models.architectures.digits import Tiny
from digitrec.models.checkpoint import Checkpoint
from digitrec.recognition.recognizer import Recognizer
from digitrec.training.continuation.initial_weights import identify

STICK = [np.array([[0.0, 0.0], [0.0, 9.0]])]
CROSS = [np.array([[0.0, 0.0], [9.0, 9.0]]), np.array([[9.0, 0.0], [0.0, 9.0]])]


def handwriting(characters: str, writers: list[str]) -> SourceCharacters:
    rng = np.random.default_rng(0)
    strokes = [
        [stroke.points for stroke in draw(int(c), rng).strokes] if c.isdecimal() else CROSS
        for c in characters
    ]
    labels = np.array([int(c) if c.isdecimal() else NO_DIGIT for c in characters], np.int64)
    places = [f"file:{number}" for number in range(len(characters))]
    return SourceCharacters(strokes, labels, list(characters), writers, places, frozenset())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source "abc" of 11 writers with ten digits each, and crosses under several names."""
    digits = handwriting("0123456789" * 11, [f"abc/{k // 10}" for k in range(110)])
    digits.labels[-10:] = 9 - digits.labels[-10:]  # the last writer is misread
    letters = handwriting("X" * 20 + "l" * 5 + "*" * 19, ["abc/0"] * 44)
    monkeypatch.setattr(sources, "digits", lambda root: {"uci": digits, "abc": digits})
    monkeypatch.setattr(sources, "nondigits", lambda root: {"abc": letters})


def test_figures_of_a_source(made: None) -> None:
    reading = measure(Recognizer.load(), "abc")
    figures = reading.figures
    assert figures.right == pytest.approx(np.mean(reading.answers == reading.digits.labels))
    assert 0.85 < figures.right <= 100 / 110
    assert figures.rejected < 0.05
    assert figures.worst == pytest.approx(0.45, abs=0.06)  # 2 of 11: one read, one misread
    assert figures.zeros <= 10 / 11
    assert figures.letters >= 0.95  # the X, one of which may be read at a second look
    assert figures.signs is None  # fewer than 20
    assert reading.images.shape == (110, 28, 28)
    with pytest.raises(DigitrecError, match="'xyz'"):
        measure(Recognizer.load(), "xyz")


def test_the_mean_is_over_the_sources_that_have_a_figure() -> None:
    one = HandsFigures(1.0, 0.0, 0.9, 1.0, 0.01, None, None)
    two = HandsFigures(0.5, 0.1, 0.7, 0.0, 0.03, 0.8, None)
    mean = mean_figures([one, two])
    assert (mean.right, mean.worst, mean.letters, mean.signs) == (
        0.75,
        pytest.approx(0.8),
        0.8,
        None,
    )
    assert str(mean).split() == ["75.00%", "5.00%", "80.00%", "50.00%", "2.00%", "80.00%", "-"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"name": "hands", "leave_out": "abc, uci"}, ["abc", "uci"]),
        ({"name": "unipen", "leave_out": "abc"}, ["abc"]),
        ({"name": "mnist"}, ["uci", "abc"]),
        ({"name": "mnist_pen"}, ["abc"]),
    ],
)
def test_only_unseen_sources_are_measured(
    made: None, data: dict[str, str], expected: list[str]
) -> None:
    trained = SimpleNamespace(provenance={"config": {"data": data}})
    assert unseen(trained) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("config", [{"data": {"name": "hands", "leave_out": ""}}, {}])
def test_a_network_that_may_know_all_is_not_measured(made: None, config: dict) -> None:
    trained = SimpleNamespace(provenance={"config": config})
    with pytest.raises(DigitrecError, match=r"data\.leave_out="):
        unseen(trained)  # type: ignore[arg-type]


def stored(file: Path, **config: object) -> Path:
    """Write the checkpoint file of a network that was trained so."""
    trained = Checkpoint("tiny", {}, Tiny().build().eval(), provenance={"config": config})
    checkpoint.save(file, trained, torch.rand(8, 1, 28, 28))
    return file


def hands_without(*sources: str) -> dict[str, str]:
    return {"name": "hands", "leave_out": ",".join(sources)}


@pytest.mark.parametrize("setting", ["init", "teacher"])
def test_what_a_network_learnt_from_counts_too(made: None, tmp_path: Path, setting: str) -> None:
    first = stored(tmp_path / "first.h5", data=hands_without("abc"))
    middle = stored(tmp_path / "model.h5", data={"name": "mnist"}, **{setting: str(first)})
    last = stored(tmp_path / "last.h5", data=hands_without("uci", "abc"), init=str(tmp_path))
    assert unseen(checkpoint.load(middle)) == ["abc"]
    assert unseen(checkpoint.load(last)) == ["abc"]
    all_known = stored(tmp_path / "all.h5", data=hands_without())
    student = stored(tmp_path / "student.h5", data=hands_without("abc"), teacher=str(all_known))
    with pytest.raises(DigitrecError, match=r"may know all writers.*data\.leave_out="):
        unseen(checkpoint.load(student))


def test_what_a_network_learnt_from_must_be_there(made: None, tmp_path: Path) -> None:
    first = stored(tmp_path / "first.h5", data={"name": "mnist"})
    trained = Checkpoint("tiny", {}, Tiny().build().eval())
    trained.provenance.update(config={"data": hands_without("abc"), "init": str(first)})
    trained.provenance["init"] = asdict(identify(str(first)))
    assert unseen(trained) == ["abc"]
    stored(first, data={"name": "mnist"}, init=str(first))
    with pytest.raises(DigitrecError, match=r"first\.h5.*holds another network now$"):
        unseen(trained)
    with pytest.raises(DigitrecError, match=r"first\.h5.*holds another network now$"):
        unseen(checkpoint.load(first))  # begun with itself
    first.unlink()
    with pytest.raises(DigitrecError, match=r"what that knows cannot be told: .*first\.h5"):
        unseen(trained)


def test_ellipses_with_a_slash() -> None:
    read, count = slashed_zeros(Recognizer.load())
    assert count == 54
    assert 0 <= read <= 54


def test_pictures_show_every_failure(made: None, tmp_path: Path) -> None:
    reading = measure(Recognizer.load(), "abc")
    counts = hands_pictures.confusion([reading, reading])
    assert counts.sum() == 220
    assert np.trace(counts[:, :10]) == 2 * (reading.answers == reading.digits.labels).sum()
    assert counts[:, 10].sum() == 2 * (reading.answers < 0).sum()
    for draw_picture, name in (
        (hands_pictures.draw_confusion, "confusion.png"),
        (hands_pictures.draw_failures, "failures.png"),
    ):
        draw_picture(tmp_path / name, [reading])
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 100
    right = reading.digits.labels.copy()
    perfect = hands.HandsReading(
        "abc", reading.figures, reading.digits, right, reading.confidences, reading.images
    )
    hands_pictures.draw_failures(tmp_path / "none.png", [perfect])
    assert (tmp_path / "none.png").is_file()
