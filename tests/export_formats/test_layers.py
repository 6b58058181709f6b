"""A network as a list of plain layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from checkpoint_samples import trained
from networks import NAMES
from torch import nn

from digitrec.errors import DigitrecError
from digitrec.export_formats.layers import (
    Convolution,
    Dense,
    Dropout,
    SideBySide,
    in_one_row,
    plain_network,
)
from digitrec.models.layers import MeanLogits
from digitrec.models.network import Network


@pytest.mark.parametrize("name", NAMES)
def test_each_network_is_a_list_of_layers(name: str) -> None:
    network = trained(name)
    plain = plain_network(network)
    assert (plain.mean, plain.std) == (float(network.mean), float(network.std))
    weighted = [one for one in plain.layers if isinstance(one, Convolution | Dense)]
    assert len(weighted[-1].weights) == 10
    assert all(one.weights.dtype == np.float32 for one in weighted)
    kept = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weighted) == len(kept)
    dropped = [m.p for m in network.modules() if isinstance(m, nn.Dropout)]
    assert [one.rate for one in plain.layers if isinstance(one, Dropout)] == dropped


def test_the_network_is_not_changed() -> None:
    network = trained("deep")
    before = {key: value.clone() for key, value in network.state_dict().items()}
    plain_network(network)
    assert list(before) == list(network.state_dict())
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(1, 4, 3, dilation=2),
        nn.Conv2d(4, 4, 3, groups=2),
        nn.Conv2d(1, 4, 3, padding="same"),
        nn.Conv2d(1, 4, 3, padding=1, padding_mode="reflect"),
        nn.MaxPool2d(2, padding=1),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.AvgPool2d(2, ceil_mode=True),
        nn.Flatten(2),
        nn.GELU(),
        nn.BatchNorm2d(1),
        nn.LSTM(1, 1),
    ],
)
def test_another_layer_is_named(layer: nn.Module) -> None:
    network = Network(nn.Sequential(layer)).eval()
    with pytest.raises(DigitrecError, match=rf"--torch-export can write: {type(layer).__name__}\("):
        plain_network(network)


def test_an_ensemble_is_several_lists_side_by_side() -> None:
    members = [trained("tiny"), trained("fast")]
    whole = plain_network(Network(MeanLogits(members)).eval())
    [both] = whole.layers
    assert isinstance(both, SideBySide)
    assert [len(one.layers) for one in both.members] == [
        len(plain_network(member).layers) for member in members
    ]
    with pytest.raises(DigitrecError, match="--html cannot write an ensemble; --onnx"):
        in_one_row(whole, "--html")
    assert in_one_row(both.members[0], "--html") is both.members[0]
