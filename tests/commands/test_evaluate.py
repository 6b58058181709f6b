from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from networks import build
from picture_folders import write_digits
from PIL import Image

from digitrec import evaluate
from digitrec.data.synthetic import digits
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import Network
from digitrec.run_command import run_command

SMALL = ("data=synthetic", "data.test=200", "data.train=10", "device=cpu")

Run = Callable[..., "Done"]


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    errors: list[str]


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return build("tiny").eval()


@pytest.fixture(scope="module")
def model(network: Network, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Weights of a network that has not learnt anything."""
    path = tmp_path_factory.mktemp("weights") / "model.h5"
    checkpoint.save(path, Checkpoint("tiny", {}, network, 2.0), torch.rand(8, 1, 28, 28))
    return str(path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command in ``tmp_path``."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["evaluate", *words])
        with pytest.raises(SystemExit) as exit_:
            run_command(evaluate.main)
        assert isinstance(exit_.value.code, int)
        out, errors = capsys.readouterr()
        return Done(exit_.value.code, out, errors.splitlines())

    return call


def test_json_says_how_the_network_does(run: Run, model: str, network: Network) -> None:
    done = run(model, *SMALL, "--json")
    assert (done.code, done.errors) == (0, [])
    judged = json.loads(done.out)
    assert set(judged) >= {"accuracy", "errors", "ece", "count", "loss", "confusion", "model"}
    assert judged["count"] == 200
    assert judged["model"] == "tiny"
    assert judged["data"] == "synthetic"
    assert list(Path().iterdir()) == []  # no picture unless it is asked for

    images, labels = digits.generate(200, seed=0, start=10)
    with torch.inference_mode():
        logits = network(torch.from_numpy(images)[:, None].float() / 255).double()
    read = logits.argmax(dim=1).numpy()
    assert judged["errors"] == int((read != labels).sum())
    assert judged["accuracy"] == pytest.approx(1 - judged["errors"] / 200)
    low, high = judged["accuracy_interval"]
    assert 0 <= low <= judged["accuracy"] <= high <= 1
    confusion = np.array(judged["confusion"])
    assert confusion[labels[0], read[0]] >= 1
    np.testing.assert_array_equal(confusion.sum(axis=1), np.full(10, 20))
    assert sum(judged["errors_by_class"]) == judged["errors"]
    # At the temperature that the checkpoint stores.
    loss = torch.nn.functional.cross_entropy(logits / 2.0, torch.from_numpy(labels))
    assert judged["loss"] == pytest.approx(float(loss), rel=1e-5)
    assert 0 <= judged["ece"] <= 1


def test_text_says_the_same_and_draws_a_picture(run: Run, model: str) -> None:
    judged = json.loads(run(model, *SMALL, "--json").out)
    done = run(model, *SMALL)
    assert (done.code, done.errors) == (0, [])
    assert f"{model} (tiny) on the 200 test images of synthetic" in done.out
    assert f"{judged['accuracy']:.2%}" in done.out
    assert f"errors        {judged['errors']}" in done.out
    assert f"{judged['ece']:.2%} expected calibration error" in done.out
    assert [path.name for path in Path().iterdir()] == ["digitrec-evaluation.png"]
    with Image.open("digitrec-evaluation.png") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert len(picture.convert("L").getcolors() or range(999)) > 20


def test_names_with_newlines_stay_on_their_line(run: Run, model: str) -> None:
    odd = Path("odd\n.h5")
    odd.write_bytes(Path(model).read_bytes())
    lines = run(str(odd), *SMALL, "--picture", "a\nb.png").out.splitlines()
    assert lines[0].startswith(r"odd\n.h5 (tiny) on the 200 test images")
    assert lines[-1].startswith(r"picture       a\nb.png: confusion matrix")


def test_without_a_checkpoint_no_settings_are_asked_for(run: Run) -> None:
    done = run()
    assert (done.code, done.out) == (2, "")
    [line] = done.errors
    assert line.startswith("error: the following arguments are required: CHECKPOINT; ")


def test_the_picture_does_not_replace_the_checkpoint(run: Run, model: str) -> None:
    before = Path(model).read_bytes()
    done = run(model, *SMALL, "--picture", model)
    assert done.code == 2
    assert done.errors == [f"error: {model} would replace what is read; write to another file"]
    assert Path(model).read_bytes() == before


def test_the_picture_replaces_only_one_of_evaluate(run: Run, model: str) -> None:
    mine = Path("digitrec-evaluation.png")
    Image.new("L", (9, 9)).save(mine)
    before = mine.read_bytes()
    done = run(model, *SMALL)
    assert (done.code, done.out) == (2, "")
    assert done.errors == [
        f"error: {mine} exists, and evaluate did not draw it; name another with --picture FILE"
    ]
    assert mine.read_bytes() == before
    mine.unlink()
    for _ in range(2):
        assert run(model, *SMALL).code == 0


def test_a_place_without_a_name_is_one_line(run: Run, model: str) -> None:
    for place, reason in ((".", "--picture . is not a file"), ("", "an empty argument")):
        done = run(model, *SMALL, "--picture", place)
        assert done.code == 2
        [line] = done.errors
        assert reason in line


def test_the_picture_goes_where_it_is_told(run: Run, model: str) -> None:
    done = run(model, *SMALL, "--json", "--picture", "größe 1.png")
    assert done.code == 0
    json.loads(done.out)
    assert [path.name for path in Path().iterdir()] == ["größe 1.png"]
    with Image.open("größe 1.png") as picture:
        picture.load()


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("file/p.png", "--picture file/p.png: there is no folder file"),
        ("folder", "--picture folder is not a file; name a new file"),
    ],
)
def test_a_picture_that_cannot_be_written_is_one_line(
    place: str, problem: str, run: Run, model: str
) -> None:
    Path("file").write_text("content")
    Path("folder").mkdir()
    done = run(model, *SMALL, "--picture", place)
    assert done.code == 2
    [line] = done.errors
    assert line.startswith(f"error: {problem}")
    assert sorted(path.name for path in Path().rglob("*")) == ["file", "folder"]


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("data=synthetik", "synthetic"),
        ("data.tset=5", "data.test"),
        ("data.test=many", "data.test=many"),
        ("data.test=0", "at least 1"),
        ("devise=cpu", "device"),
        ("device=quantum", "device=quantum"),
        ("data", "key=value"),
    ],
)
def test_a_misspelt_setting_is_one_line(setting: str, reason: str, run: Run, model: str) -> None:
    done = run(model, "data=synthetic", setting)
    assert (done.code, done.out) == (2, "")
    [line] = done.errors
    assert line.startswith("error: ")
    assert reason in line


def test_a_checkpoint_that_is_none_is_one_line(run: Run, tmp_path: Path) -> None:
    Path("text.h5").write_text("weights")
    for name in ("none.h5", "text.h5", str(tmp_path)):
        done = run(name, *SMALL)
        assert (done.code, done.out) == (2, "")
        [line] = done.errors
        assert line.startswith(f"error: {name}")


def test_without_a_checkpoint_it_says_how_to_call_it(run: Run) -> None:
    done = run()
    assert done.code == 2
    assert "CHECKPOINT" in done.errors[-1]


def test_pictures_of_ones_own_are_scored(run: Run, model: str, tmp_path: Path) -> None:
    write_digits(tmp_path / "pictures", 2, classes=[3, 8])
    done = run(model, "data=folder", "data.root=pictures", "data.held_out=1", "--json")
    assert done.code == 0
    assert json.loads(done.out)["count"] == 4
    assert json.loads(done.out)["data"] == "folder"
    missing = run(model, "data=folder", "data.root=pictures")
    assert missing.code == 2
    assert missing.errors == [
        "error: pictures lacks the folders 0, 1, 2, 4, 5, 6, 7, 9; a network is trained on all "
        "digits"
    ]


def test_images_by_the_same_writer_are_said_to_be(run: Run, model: str) -> None:
    for seed, writer in enumerate(("anna", "bo", "cy")):
        write_digits(Path("pictures"), 2, seed=seed, writer=writer)
    words = (model, "data=folder", "data.root=pictures", "data.held_out=1", "device=cpu")
    by_writer = (*words, "data.writer='^([a-z]+)_'")
    plain, judged = (json.loads(run(*some, "--json").out) for some in (words, by_writer))
    assert (plain["clusters"], plain["clustered_by"]) == (None, None)
    assert (judged["clusters"], judged["clustered_by"]) == (3, "writer")
    assert judged["accuracy"] == plain["accuracy"]
    sentence = "images by 3 writers; it allows for other writers"
    assert sentence in run(*by_writer).out
    assert "writers" not in run(*words).out
