from __future__ import annotations

import pytest
import torch

from digitrec.data.string_sets import Strings
from digitrec.models.networks import BLANK, StringNetwork
from digitrec.training.string_learner import Settings, accuracy, learn


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
