from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from held_out import check_held_out_alone
from small_unipen import digits, write

from digitrec.arrays import Uint8Array
from digitrec.data.rendering.canvas_placement import Strokes
from digitrec.data.sets.single import UnipenData
from digitrec.data.unipen import cache, digit_images
from digitrec.errors import DigitrecError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three sources of nine, three and one writers with ten digits each, and letters."""
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    numbers = iter(range(99))
    for source, count in (("abc", 9), ("klm", 3), ("xyz", 1)):
        writers = {f"w{k}": digits(next(numbers)) for k in range(count)}
        write(tmp_path, source, writers)
    write(tmp_path, "let", {"w": [("g", [[(1, 2), (30, 40), (5, 90)]])]}, part="1c")
    return str(tmp_path)


def sizes(root: str, leave_out: str, validation: int = 1) -> list[int]:
    loaded = UnipenData(root=root, renderings=1, leave_out=leave_out).load(validation)
    return [len(part) for part in (loaded.train, loaded.validation, loaded.test)]


def test_sources_test_and_every_eighth_writer_validates(root: str) -> None:
    assert sizes(root, "klm") == [90, 10, 30]
    assert sizes(root, "klm", validation=0) == [100, 0, 30]
    assert sizes(root, "xyz, klm") == [80, 10, 40]


def test_no_writer_is_in_two_parts(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[set[bytes]] = []
    render = digit_images.render

    def noted(drawn: Sequence[Strokes], *others: Any) -> Uint8Array:
        parts.append({b"".join(stroke.tobytes() for stroke in strokes) for strokes in drawn})
        return render(drawn, *others)

    monkeypatch.setattr(digit_images, "render", noted)
    assert sizes(root, "xyz, klm") == [80, 10, 40]
    assert [len(part) for part in parts] == [80, 10, 40]  # no digit of a writer is another's
    assert len(set.union(*parts)) == 130


@pytest.mark.parametrize("validation", [0, 1])
def test_what_is_held_out_alone_is_the_same(root: str, validation: int) -> None:
    check_held_out_alone(UnipenData(root=root, renderings=2, leave_out="klm"), validation)


def test_the_test_part_alone_is_the_same(root: str) -> None:
    data = UnipenData(root=root, renderings=2, leave_out="xyz")
    data.check()
    whole = data.load(validation=1)
    test, checksum = data.load_test()
    assert whole.test_identity == (data.tested_on, checksum)
    assert torch.equal(test.images, whole.test.images)
    assert test.images.shape == (20, 1, 28, 28)
    assert test.labels.tolist() == [*range(10)] * 2
    assert str(test.clusters) == "of 10 digits by one writer"
    several, _ = UnipenData(root=root, renderings=2, leave_out="klm").load_test()
    assert str(several.clusters) == "by 3 writers"
    assert UnipenData(root=root, renderings=2, leave_out="klm").load_test()[1] != checksum
    assert whole.name == "unipen"


def test_the_checksum_tells_of_strokes_that_are_trained_on(root: str) -> None:
    data = UnipenData(root=root, renderings=1, leave_out="xyz")
    before = data.load(validation=1)
    assert data.load(validation=1).checksum == before.checksum
    write(Path(root), "klm", {f"w{k}": digits(50 + k) for k in range(4)})
    after = data.load(validation=1)
    assert after.checksum != before.checksum
    assert after.test_identity == before.test_identity


def test_only_training_strokes_are_augmented(root: str) -> None:
    plain, augmented = (
        UnipenData(root=root, renderings=1, leave_out="xyz", stroke_augmentation=s).load(1)
        for s in (0.0, 1.0)
    )
    assert not torch.equal(plain.train.images, augmented.train.images)
    assert torch.equal(plain.validation.images, augmented.validation.images)
    assert torch.equal(plain.test.images, augmented.test.images)


@pytest.mark.parametrize(
    ("leave_out", "fault"),
    [
        ("nil", "no digits of 'nil'; sources with digits: abc, klm, xyz"),
        ("let", "no digits of 'let'"),
        ("abc,klm,xyz", "leaves no writers to train on"),
    ],
)
def test_a_source_that_is_not_there(root: str, leave_out: str, fault: str) -> None:
    with pytest.raises(DigitrecError, match=fault):
        UnipenData(root=root, leave_out=leave_out).load(1)


@pytest.mark.parametrize("leave_out", ["", "abc,", "abc,abc", "a/b"])
def test_what_is_left_out_are_names(leave_out: str) -> None:
    with pytest.raises(DigitrecError, match=r"^data\.leave_out"):
        UnipenData(leave_out=leave_out)
