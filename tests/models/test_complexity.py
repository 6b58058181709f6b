from __future__ import annotations

import pytest
import torch
from networks import NAMES, build

from digitrec.models.complexity import multiply_accumulates, parameters


@pytest.mark.parametrize(("name", "expected"), [("cnn", 1_199_882), ("lenet5", 61_706)])
def test_parameters(name: str, expected: int) -> None:
    assert parameters(build(name)) == expected


def test_buffers_are_no_parameters() -> None:
    network = build("tiny")
    buffers = sum(buffer.numel() for buffer in network.buffers())
    assert buffers > 0
    assert parameters(network) == sum(v.numel() for v in network.state_dict().values()) - buffers


def test_fixed_filters_are_no_parameters() -> None:
    network = build("fixed_filters")
    fixed = network.layers[0].weight.numel() + network.layers[2][2].weight.numel()
    learnt = sum(weights.numel() for weights in network.parameters()) - fixed
    assert parameters(network) == learnt


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Places of the result × channels of the result × inputs that each takes.
        ("cnn", 26 * 26 * 32 * 9 + 24 * 24 * 64 * (9 * 32) + 128 * (64 * 12 * 12) + 10 * 128),
        ("lenet5", 28**2 * 6 * 25 + 10**2 * 16 * (25 * 6) + 120 * 400 + 84 * 120 + 10 * 84),
        ("fast", 14**2 * (16 * 25 + 64 * 9 * 16) + 7**2 * 64 * 9 * 64 + 10 * 64 * 3 * 3),
        (
            "fixed_filters",
            8**2 * 32 * 49 + 6**2 * 64 * 9 * 32 + 128 * 9 * 64 + 10 * 128,
        ),
        (
            "accurate",
            24**2 * 24 * 25 + 22**2 * 64 * 9 * 24 + 11**2 * 96 * 9 * (64 + 96)
            + (9**2 + 7**2) * 96 * 9 * 96 + 5**2 * 192 * 9 * 96 + 3**2 * 192 * 9 * 192 + 10 * 192,
        ),
        (
            "compact",
            9 * 16 * (26**2 + (11**2 + 9**2) * 16 + 2**2 * 24) + 10 * 24,
        ),
    ],
)  # fmt: skip
def test_multiply_accumulates(name: str, expected: int) -> None:
    assert multiply_accumulates(build(name)) == expected


@pytest.mark.parametrize("name", NAMES)
def test_measuring_leaves_the_network_as_it_was(name: str) -> None:
    network = build(name).train()
    state = {key: value.clone() for key, value in network.state_dict().items()}
    rng = torch.get_rng_state()
    assert multiply_accumulates(network) > 1000
    assert network.training
    for key, value in network.state_dict().items():
        assert value.device == torch.device("cpu")
        assert torch.equal(value, state[key])
    assert torch.equal(torch.get_rng_state(), rng)
