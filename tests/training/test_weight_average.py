from __future__ import annotations

import pytest
import torch
from networks import build
from torch.optim.swa_utils import AveragedModel

from digitrec.training.weight_average import WeightAverage


def test_it_is_the_average_that_pytorch_makes() -> None:
    torch.manual_seed(0)
    network = build("tiny")
    subject = WeightAverage(network, 0.3)
    decay = 0.0
    expected = AveragedModel(
        network,
        multi_avg_fn=lambda old, new, _: [
            one.lerp_(other, 1 - decay) if one.is_floating_point() else one.copy_(other)
            for one, other in zip(old, new, strict=True)
        ],
        use_buffers=True,
    )
    expected.n_averaged.fill_(1)
    for step in range(1, 9):
        with torch.no_grad():
            for weights in network.parameters():
                weights.add_(torch.randn(weights.shape))
        network(torch.rand(4, 1, 28, 28))
        decay = min(0.3, (1 + step) / (10 + step))
        expected.update_parameters(network)
        subject.update(step)
        theirs = expected.module.state_dict()
        for key, value in subject.network.state_dict().items():
            assert torch.equal(value, theirs[key]), key
    assert not any(value.requires_grad for value in subject.state().values())


def test_another_average_is_refused() -> None:
    subject = WeightAverage(build("tiny"), 0.9)
    with pytest.raises(ValueError, match="another moving average"):
        subject.load_state({"mean": torch.zeros(())})
