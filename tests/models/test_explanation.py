from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import build
from torch import nn

from digitrec.data.synthetic import digits
from digitrec.drawing.rasterise import rasterise_drawing
from digitrec.imaging.normalise import normalise_ink
from digitrec.models import checkpoint
from digitrec.models.explanation import deciding_ink, feature_maps
from digitrec.models.network import Network
from digitrec.storage.resources import shipped_checkpoint


def image(digit: int, seed: int = 0) -> np.ndarray:
    return normalise_ink(rasterise_drawing(digits.draw(digit, np.random.default_rng(seed))))


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("cnn", [(32, 26, 26), (64, 24, 24)]),
        ("lenet5", [(6, 28, 28), (16, 10, 10)]),
        ("fast", [(16, 14, 14), (64, 14, 14), (64, 7, 7)]),
        ("fixed_filters", [(32, 8, 8), (64, 3, 3), (128, 1, 1)]),
        ("fine_filters", [(24, 12, 12), (64, 5, 5), (128, 3, 3), (128, 1, 1)]),
        (
            "accurate",
            [
                *((24, 24, 24), (64, 11, 11), (96, 11, 11), (96, 11, 11)),
                *((96, 9, 9), (96, 7, 7), (192, 5, 5), (192, 3, 3)),
            ],
        ),
        ("compact", [(16, 13, 13), (16, 11, 11), (16, 9, 9), (24, 2, 2)]),
        ("tiny", [(8, 28, 28), (12, 28, 28), (16, 14, 14), (16, 14, 14), (24, 7, 7)]),
    ],
)
def test_each_convolution_has_its_maps(name: str, shapes: list[tuple[int, ...]]) -> None:
    torch.manual_seed(0)
    network = build(name).eval()
    maps = feature_maps(network, image(7))
    assert [one.shape for one in maps] == shapes
    if name != "lenet5":
        assert all(one.min() >= 0 for one in maps)  # after its activation
    assert all(one.std() > 0 for one in maps)
    assert not any(module._forward_hooks for module in network.modules())


def test_the_first_maps_are_those_of_the_convolution() -> None:
    network = build("cnn").eval()
    ink = image(3)
    expected = network.layers[:2]((torch.from_numpy(ink)[None, None] - network.mean) / network.std)
    np.testing.assert_allclose(feature_maps(network, ink)[0], expected[0].detach(), atol=1e-6)


def test_a_network_of_another_kind_has_none() -> None:
    flat = Network(nn.Sequential(nn.Flatten(), nn.Linear(784, 10))).eval()
    assert feature_maps(flat, image(1)) == []
    assert deciding_ink(flat, image(1), 1, rejects=False).shape == (28, 28)


def test_the_ink_that_a_linear_network_weighs_is_found() -> None:
    """Only the upper half speaks for a 1; the lower half speaks for a 2, and so against it."""
    linear = nn.Linear(784, 10)
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.zero_()
        linear.weight.view(10, 28, 28)[1, :14] = 0.05
        linear.weight.view(10, 28, 28)[2, 14:] = 0.05
    network = Network(nn.Sequential(nn.Flatten(), linear)).eval()
    ink = np.zeros((28, 28), np.float32)
    ink[4:9, 12:16] = 1
    ink[19:24, 12:16] = 1
    for rejects in (False, True):
        found = deciding_ink(network, ink, 1, rejects=rejects)
        assert (found[4:9, 12:16] > 0).all()
        assert (found[19:24, 12:16] < 0).all()
        assert (found[ink == 0] == 0).all()
    other = deciding_ink(network, ink, 2, rejects=False)
    assert (other[4:9, 12:16] < 0).all()
    assert (deciding_ink(network, np.zeros_like(ink), 1, rejects=True) == 0).all()


def test_what_decides_a_digit_changes_the_answer_of_the_shipped_network() -> None:
    """Wiping away the ink that speaks most for a digit costs more than as much other ink."""
    network = checkpoint.load(shipped_checkpoint()).network

    def logit(ink: np.ndarray, digit: int) -> float:
        with torch.inference_mode():
            logits = network(torch.from_numpy(ink)[None, None])[0]
        return float(logits[digit] - logits.logsumexp(0))

    stronger = 0
    for digit in range(10):
        ink = image(digit, seed=3)
        order = np.argsort(deciding_ink(network, ink, digit, rejects=True), axis=None)
        inked = order[ink.flat[order] > 0]
        third = len(inked) // 3
        most, least = ink.copy(), ink.copy()
        most.flat[inked[-third:]] = 0
        least.flat[inked[:third]] = 0
        stronger += logit(most, digit) < logit(least, digit)
    assert stronger >= 8
