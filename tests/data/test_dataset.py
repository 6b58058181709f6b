from __future__ import annotations

import torch

from digitrec.data.dataset import DataSet, Examples, Share


def dataset(count: int, *shares: Share) -> DataSet:
    part = Examples(torch.zeros(count, 1, 28, 28, dtype=torch.uint8), torch.zeros(count).long())
    return DataSet("any", "0", part, part, part, shares=shares)


def order(of: DataSet, seed: int = 0) -> torch.Tensor:
    return of.order(torch.Generator().manual_seed(seed))


def test_one_source_gives_each_example_once() -> None:
    whole = dataset(50)
    assert whole.epoch_size == 50
    assert order(whole).sort().values.tolist() == list(range(50))


def test_a_mix_gives_each_source_its_share() -> None:
    mixed = dataset(20, Share(count=10, taken=4), Share(count=4, taken=10), Share(6, 0))
    taken = order(mixed)
    assert mixed.epoch_size == len(taken) == 14
    counts = torch.bincount(taken, minlength=20)
    assert counts[:10].sum() == 4
    assert counts[:10].max() == 1  # none twice where there are enough
    assert counts[10:14].sum() == 10
    assert set(counts[10:14].tolist()) == {2, 3}  # each equally often, give or take one
    assert counts[14:].sum() == 0


def test_the_sources_are_shuffled_together_anew_for_each_seed() -> None:
    mixed = dataset(2000, Share(1000, 500), Share(1000, 500))
    taken = order(mixed)
    assert 200 < (taken[:500] < 1000).sum() < 300
    assert torch.equal(taken, order(mixed))
    assert not torch.equal(taken, order(mixed, seed=1))
