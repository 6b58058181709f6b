from __future__ import annotations

import pytest
import torch
from networks import build
from torch.optim.swa_utils import AveragedModel

from digitrec.training.weight_average import WeightAverage, mean_state


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


def test_the_mean_is_the_equal_average_that_pytorch_makes() -> None:
    networks = []
    for seed in range(3):
        torch.manual_seed(seed)
        networks.append(build("fixed_filters"))
        networks[-1](torch.rand(4, 1, 28, 28))  # other running statistics
    before = {key: value.clone() for key, value in networks[0].state_dict().items()}
    expected = AveragedModel(networks[0], use_buffers=True)
    for network in networks:
        expected.update_parameters(network)
    theirs, mean = expected.module.state_dict(), mean_state(networks)
    assert mean.keys() == theirs.keys()
    for key, value in mean.items():
        assert value.dtype == theirs[key].dtype
        torch.testing.assert_close(value, theirs[key], rtol=1e-5, atol=1e-6)
        assert torch.equal(networks[0].state_dict()[key], before[key])
    assert torch.equal(mean["layers.0.weight"], before["layers.0.weight"])  # is not learnt


def test_the_mean_of_one_network_twice_is_that_network() -> None:
    network = build("tiny")
    for key, value in mean_state([network, network]).items():
        assert torch.equal(value, network.state_dict()[key])
