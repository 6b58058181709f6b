from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import torch
from data.small_mnist import SMALL_FILES, fill
from data.small_pen import written

from digitrec.data import mnist_files, pen_digits
from digitrec.data.string_images import Strings
from digitrec.errors import DigitrecError
from digitrec.models.networks import BLANK, StringNetwork
from digitrec.training.string_learner import Settings, accuracy, learn, make


def easy(count: int, width: int = 48, seed: int = 0) -> Strings:
    """Strings of two: upright bars (1) and blocks (0)."""
    shuffle = torch.Generator().manual_seed(seed)
    targets = torch.zeros(count, 5, dtype=torch.int64)
    targets[:, :2] = torch.randint(0, 2, (count, 2), generator=shuffle)
    images = torch.zeros(count, 1, 28, width, dtype=torch.uint8)
    for image, target in zip(images, targets, strict=True):
        for place, kind in enumerate(target[:2].tolist()):
            left = width // 2 - 16 + 18 * place
            image[0, 4:24, left : left + (3 if kind else 13)] = 255
    return Strings(images, targets, torch.full((count,), 2))


def test_it_learns_to_read() -> None:
    told: list[tuple[int, float]] = []
    network = learn(
        [easy(160), easy(16, 64)],
        Settings(epochs=10, batch_size=16, lr=5e-3),
        lambda epoch, loss, seconds, network: told.append((epoch, loss)),
    )
    assert [epoch for epoch, _ in told] == list(range(1, 11))
    assert told[-1][1] < 0.2 * told[0][1]
    assert not network.training
    assert accuracy(network, [easy(64, seed=1), easy(16, 64, seed=2)]) > 0.9


def test_the_same_seed_gives_the_same_weights() -> None:
    def trained(seed: int) -> list[torch.Tensor]:
        settings = Settings(epochs=1, batch_size=16, seed=seed)
        return list(learn([easy(64)], settings).state_dict().values())

    one, same, other = trained(0), trained(0), trained(1)
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_few_strings_make_one_small_batch() -> None:
    learn([easy(3)], Settings(epochs=1))


class Says(StringNetwork):
    """Says of every image that it shows 1, 1, 0."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        path = [BLANK, 1, 1, BLANK, 1, 0, 0, BLANK]
        return torch.eye(12)[path].expand(len(images), -1, -1)


def test_a_string_is_right_where_all_of_it_is() -> None:
    targets = torch.tensor([[1, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 0]])
    strings = Strings(torch.zeros(3, 1, 28, 48), targets, torch.tensor([3, 2, 4]))
    assert accuracy(Says(), [strings]) == pytest.approx(1 / 3)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with small files in the place of MNIST's and of the pen strokes'."""
    monkeypatch.setattr(mnist_files, "FILES", SMALL_FILES)
    monkeypatch.setattr("digitrec.training.string_learner.VALIDATION", 10)
    text = written(10).encode()
    monkeypatch.setattr(pen_digits, "SHA256", hashlib.sha256(text).hexdigest())
    path = tmp_path / pen_digits.FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    fill(tmp_path)
    return tmp_path


def test_strings_are_made_of_what_is_there(root: Path) -> None:
    made, again = (make(30, 0, str(root)) for _ in range(2))
    held_out = make(30, 0, str(root), held_out=True)
    assert sum(map(len, made)) == sum(map(len, held_out)) == 30
    assert all(torch.equal(a.images, b.images) for a, b in zip(made, again, strict=True))
    assert {part.images.numpy().tobytes() for part in made}.isdisjoint(
        part.images.numpy().tobytes() for part in held_out
    )


def test_what_is_missing_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match="MNIST"):
        make(10, 0, str(tmp_path))


@pytest.mark.mnist
def test_several_processes_make_the_same_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitrec.training.string_learner.CHUNK", 40)
    root = os.environ["DIGITREC_DATA"]
    alone, together = (make(100, 5, root, jobs=jobs) for jobs in (1, 2))
    for one, other in zip(alone, together, strict=True):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.targets, other.targets)
