from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from checkpoint_samples import trained
from networks import NAMES
from torch import nn

from digitrec.arrays import Float32Array
from digitrec.data.synthetic import digits
from digitrec.models import checkpoint
from digitrec.models.layers import GlobalAverage, conv_norm, conv_pool_norm
from digitrec.models.network import Network
from digitrec.models.onnx_runtime.network import in_float32, in_int8
from digitrec.storage.resources import shipped_checkpoint


def drawn(count: int, seed: int = 0) -> Float32Array:
    return digits.generate(count, seed=seed)[0][:, None].astype(np.float32) / np.float32(255)


def logits_of(network: Network, images: Float32Array) -> Float32Array:
    with torch.inference_mode():
        answer: Float32Array = network(torch.from_numpy(images)).numpy()
    return answer


def with_statistics(layers: nn.Module) -> Network:
    """A network whose batch normalisations know its input."""
    torch.manual_seed(0)
    network = Network(layers).train()
    with torch.no_grad():
        for _ in range(50):
            network(torch.from_numpy(drawn(16)))
    return network.eval()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "lenet5"])
def test_in_float32_it_gives_the_logits_of_pytorch(name: str) -> None:
    network, images = trained(name), drawn(5)
    logits = in_float32(network)
    assert logits is not None
    found = logits(images)
    assert (found.shape, found.dtype) == ((5, 10), np.float32)
    np.testing.assert_allclose(found, logits_of(network, images), atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: nn.Sequential(
            conv_norm(1, 8), conv_norm(8, 12, kernel=5, stride=2), nn.MaxPool2d(2),
            conv_norm(12, 16, keep_size=False), GlobalAverage(), nn.Dropout(), nn.Linear(16, 10),
        ),
        lambda: nn.Sequential(
            conv_pool_norm(1, 8), nn.Identity(), conv_pool_norm(8, 16), nn.Flatten(),
            nn.Linear(16 * 25, 20), nn.ReLU(), nn.Linear(20, 10, bias=False),
        ),
    ],
)  # fmt: skip
def test_in_int8_it_gives_nearly_the_same(layers: Callable[[], nn.Module]) -> None:
    network, images = with_statistics(layers()), drawn(40, seed=1)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    logits = in_int8(network)
    assert logits is not None
    found, wanted = logits(images), logits_of(network, images)
    assert 0 < np.abs(found - wanted).max() < 0.15 * (wanted.max() - wanted.min())
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


def test_in_int8_the_network_that_ships_is_off_by_little() -> None:
    network, images = checkpoint.load(shipped_checkpoint()).network, drawn(200)
    logits = in_int8(network)
    assert logits is not None
    off = logits(images) - logits_of(network, images)
    assert np.abs(off).max() < 0.5
    assert off.std() < 0.1


def test_in_int8_an_image_has_the_same_answer_beside_others() -> None:
    logits = in_int8(checkpoint.load(shipped_checkpoint()).network)
    assert logits is not None
    images = drawn(16)
    together = logits(images)
    for number in (0, 7, 15):
        others = np.roll(images, number, axis=0)
        np.testing.assert_array_equal(logits(others)[number], together[0])


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 10)],
        [*conv_norm(1, 4)[:2], nn.Flatten(), nn.Linear(4 * 28 * 28, 10)],
        [conv_norm(1, 4), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4 * 14 * 14, 10)],
        [conv_norm(1, 4), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 28 * 28, 10)],
        [conv_norm(1, 4), nn.MaxPool2d(3, padding=1), nn.Flatten(), nn.Linear(4 * 100, 10)],
        [conv_norm(1, 4), nn.Conv2d(4, 4, 3, groups=4), nn.BatchNorm2d(4), nn.ReLU(),
         nn.Flatten(), nn.Linear(4 * 26 * 26, 10)],
    ],
)  # fmt: skip
def test_other_layers_are_left_to_pytorch(layers: list[nn.Module]) -> None:
    assert in_int8(Network(nn.Sequential(*layers)).eval()) is None


def test_a_network_that_does_more_than_its_layers_is_left_to_pytorch() -> None:
    class Doubled(Network):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(images)

    network = Doubled(trained("tiny").layers).eval()
    assert in_float32(network) is None
    assert in_int8(network) is None


def test_without_onnxruntime_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert in_float32(trained("tiny")) is None
    assert in_int8(trained("tiny")) is None


def test_weights_that_are_all_0_are_no_trouble() -> None:
    network = with_statistics(
        nn.Sequential(conv_norm(1, 8), conv_norm(8, 8), GlobalAverage(), nn.Linear(8, 10))
    )
    with torch.no_grad():
        network.layers[1][0].weight.zero_()
        network.layers[1][1].weight.zero_()
        network.layers[1][1].bias.zero_()
    logits = in_int8(network)
    assert logits is not None
    np.testing.assert_allclose(logits(drawn(3)), logits_of(network, drawn(3)), atol=1e-4)
