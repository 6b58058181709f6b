from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_mnist import SMALL_FILES, fill
from small_pen import written
from small_unipen import digits, write

from digitrec.data import mnist_files, string_dataset
from digitrec.data.hands import sources
from digitrec.data.parts import Part
from digitrec.data.string_dataset import Strings, make_strings
from digitrec.data.string_images import Sources
from digitrec.data.uci import digits as uci_digits
from digitrec.data.uci import file as uci_file
from digitrec.data.unipen import cache
from digitrec.errors import DigitrecError


def classes_by_image(parts: list[Strings]) -> dict[bytes, list[int]]:
    return {
        image.numpy().tobytes(): target[:length].tolist()
        for part in parts
        for image, target, length in zip(part.images, part.targets, part.lengths, strict=True)
    }


def test_a_string_does_not_depend_on_the_other_strings(string_sources: Sources) -> None:
    def made(seed: int, *indices: int, part: Part = Part.TRAINING) -> dict[bytes, list[int]]:
        return classes_by_image(
            string_dataset._write_strings(string_sources, seed, range(*indices), part=part)
        )

    whole = made(3, 0, 40)
    assert whole == made(3, 0, 15) | made(3, 15, 40)
    assert len(whole) == 40
    assert whole.keys().isdisjoint(made(4, 0, 40))
    assert whole.keys().isdisjoint(made(3, 0, 40, part=Part.VALIDATION))


def test_strings_are_grouped_by_width(string_sources: Sources) -> None:
    parts = string_dataset._write_strings(string_sources, 0, range(80))
    widths = [part.images.shape[3] for part in parts]
    assert widths == sorted(set(widths))
    assert sum(map(len, parts)) == 80
    for part in parts:
        assert part.images.shape == (len(part), 1, 28, part.images.shape[3])
        assert part.targets.shape == (len(part), 5)
        for target, length in zip(part.targets, part.lengths, strict=True):
            assert (target[length:] == 0).all()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forget: Callable[[], None]) -> Path:
    """A folder with small files in the place of MNIST's, and nine more writers of UNIPEN's."""
    monkeypatch.setattr(mnist_files, "FILES", SMALL_FILES)
    monkeypatch.setattr(mnist_files, "HELD_OUT_IMAGES", 10)
    text = written(10).encode()
    monkeypatch.setattr(uci_file, "SHA256", hashlib.sha256(text).hexdigest())
    path = tmp_path / uci_file.FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    fill(tmp_path)
    write(tmp_path, "abc", {f"w{k}": digits(k) for k in range(9)})
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path


def test_held_out_strings_come_from_other_scans_and_writers(root: Path) -> None:
    training = string_dataset._read_sources(str(root), Part.TRAINING)
    held_out = string_dataset._read_sources(str(root), Part.VALIDATION)
    assert len(training.images) == 50
    assert len(held_out.images) == 10
    scans = {image.tobytes() for image in training.images}
    assert scans.isdisjoint(image.tobytes() for image in held_out.images)
    testing = string_dataset._read_sources(str(root), Part.TEST)
    drawn = [
        {strokes[0].tobytes() for writer in part.writers for strokes, _ in writer}
        for part in (training, held_out, testing)
    ]
    assert drawn[0].isdisjoint(drawn[1])
    assert drawn[2].isdisjoint(drawn[0] | drawn[1])
    abc = sources.digits(str(root))["abc"]
    uci = len(uci_digits.TRAINING_WRITERS), len(uci_digits.VALIDATION_WRITERS)
    own = len(set(abc.of(Part.TRAINING).writers)), len(set(abc.of(Part.VALIDATION).writers))
    assert min(own) > 0
    assert (len(training.writers), len(held_out.writers)) == (uci[0] + own[0], uci[1] + own[1])
    assert len(testing.writers) == len(uci_digits.TEST_WRITERS)


def test_the_same_seed_makes_the_same_strings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_strings(30, 0, str(root))
    monkeypatch.setattr(string_dataset, "_CHUNK", 7)
    again = make_strings(30, 0, str(root))
    held_out = make_strings(30, 0, str(root), part=Part.VALIDATION)
    assert sum(map(len, made)) == sum(map(len, held_out)) == 30
    assert classes_by_image(made) == classes_by_image(again)
    assert [part.images.shape for part in made] == [part.images.shape for part in again]
    assert classes_by_image(made).keys().isdisjoint(classes_by_image(held_out))


def test_missing_data_is_reported_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match="MNIST"):
        make_strings(10, 0, str(tmp_path))


@pytest.mark.slow
@pytest.mark.mnist
def test_several_processes_make_the_same_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(string_dataset, "_CHUNK", 40)
    root = os.environ["DIGITREC_DATA"]
    alone, together = (make_strings(100, 5, root, processes=processes) for processes in (1, 2))
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.targets, other.targets)
        assert torch.equal(one.lengths, other.lengths)
