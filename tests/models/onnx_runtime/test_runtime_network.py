from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from checkpoint_samples import ARGUMENTS, trained
from networks import NAMES
from torch import nn

from digitrec.arrays import Float32Array
from digitrec.data.synthetic import digits
from digitrec.models.checkpoint import load_with_numpy
from digitrec.models.checkpoint_format import numpy_copy
from digitrec.models.layers import TorchLayers
from digitrec.models.network import Network
from digitrec.models.numpy_network.layers import NumpyLayers
from digitrec.models.numpy_network.network import NumpyNetwork
from digitrec.models.onnx_runtime.network import in_float32, in_int8
from digitrec.storage.resources import shipped_checkpoint

Describe = Callable[[type], object]


def drawn(count: int, seed: int = 0) -> Float32Array:
    return digits.generate(count, seed=seed)[0][:, None].astype(np.float32) / np.float32(255)


def made(layers: Callable[[object], object]) -> NumpyNetwork:
    """A network whose batch normalisations have the statistics of its input."""
    torch.manual_seed(0)
    network = Network(layers(TorchLayers)).train()  # type: ignore[arg-type]
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
    with torch.no_grad():
        for _ in range(50):
            network(torch.from_numpy(drawn(16)))
    copy = NumpyNetwork(layers(NumpyLayers))  # type: ignore[arg-type]
    copy.fill({key: value.numpy() for key, value in network.state_dict().items()})
    return copy


def shipped() -> NumpyNetwork:
    stored = load_with_numpy(shipped_checkpoint())
    assert stored is not None
    return stored.network


@pytest.mark.parametrize("name", [name for name in NAMES if name != "lenet5"])
def test_in_float32_it_gives_the_same_logits(name: str) -> None:
    network = numpy_copy(name, ARGUMENTS.get(name, {}), trained(name))
    assert network is not None
    logits = in_float32(network)
    assert logits is not None
    found = logits(drawn(5))
    assert (found.shape, found.dtype) == ((5, 10), np.float32)
    np.testing.assert_allclose(found, network(drawn(5)), atol=1e-4, rtol=1e-5)


NORMAL = [
    lambda of: of.Sequential(
        of.conv_norm(1, 8), of.conv_norm(8, 12, kernel=5, stride=2), of.MaxPool2d(2),
        of.conv_norm(12, 16, keep_size=False), of.GlobalAverage(), of.Dropout(0.1),
        of.Linear(16, 10),
    ),
    lambda of: of.Sequential(
        of.conv_pool_norm(1, 8), of.conv_pool_norm(8, 16), of.Flatten(),
        of.Linear(16 * 25, 20), of.ReLU(), of.Linear(20, 10),
    ),
    lambda of: of.Sequential(
        of.cosine_filters(6, kernel=5, stride=2), of.ReLU(), of.Conv2d(12, 8, 3), of.ReLU(),
        of.conv_norm(8, 16, keep_size=False), of.Flatten(), of.Linear(16 * 64, 10),
    ),  # whose first convolutions have no batch normalisation
]  # fmt: skip


@pytest.mark.parametrize("layers", NORMAL)
def test_in_int8_it_gives_nearly_the_same(layers: Callable[[object], object]) -> None:
    network, images = made(layers), drawn(40, seed=1)
    exact, logits = in_float32(network), in_int8(network)
    assert exact is not None
    assert logits is not None
    wanted = network(images)
    np.testing.assert_allclose(exact(images), wanted, atol=1e-4)
    assert 0 < np.abs(logits(images) - wanted).max() < 0.15 * (wanted.max() - wanted.min())


def test_in_int8_the_network_that_ships_is_off_by_little() -> None:
    network, images = shipped(), drawn(200)
    logits = in_int8(network)
    assert logits is not None
    off = logits(images) - network(images)
    assert np.abs(off).max() < 0.5
    assert off.std() < 0.1


def test_in_int8_an_image_has_the_same_answer_beside_others() -> None:
    logits = in_int8(shipped())
    assert logits is not None
    images = drawn(16)
    together = logits(images)
    for number in (0, 7, 15):
        np.testing.assert_array_equal(logits(np.roll(images, number, axis=0))[number], together[0])


@pytest.mark.parametrize(
    ("layers", "in_float"),
    [
        (lambda of: [of.Conv2d(1, 4, 3)], True),  # what is below 0 would be lost
        (lambda of: of.conv_norm(1, 4, keep_size=False).layers[:2], True),
        (lambda of: [of.conv_norm(1, 4, keep_size=False), of.Tanh()], False),
        (lambda of: [of.conv_norm(1, 4, keep_size=False), of.AvgPool2d(1)], False),
        (lambda of: [of.BatchNorm2d(1), of.conv_norm(1, 4, keep_size=False)], False),
    ],
)
def test_other_layers_are_left_to_others(
    layers: Callable[[object], list[object]], in_float: bool
) -> None:
    of = type("Of", (NumpyLayers,), {"BatchNorm2d": _batch_norm()})
    network = NumpyNetwork(
        NumpyLayers.Sequential(*layers(of), NumpyLayers.Flatten(), NumpyLayers.Linear(4 * 676, 10))  # type: ignore[arg-type]
    )
    weights = {key: np.full(shape, 0.1, np.float32) for key, shape in network.shapes().items()}
    network.fill(weights)
    assert in_int8(network) is None
    exact = in_float32(network)
    assert (exact is not None) == in_float
    if exact is not None:
        np.testing.assert_allclose(exact(drawn(2)), network(drawn(2)), rtol=1e-4)


def _batch_norm() -> type:
    from digitrec.models.numpy_network.layers import BatchNorm2d

    return BatchNorm2d


def test_a_negative_scale_behind_pooling_is_not_fused() -> None:
    network = made(NORMAL[1])
    norm = network.rows()[2]
    norm.weight[0] = -1  # type: ignore[attr-defined]
    assert in_float32(network) is None
    assert in_int8(network) is None


def test_without_onnxruntime_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert in_float32(shipped()) is None
    assert in_int8(shipped()) is None


def test_weights_that_are_all_0_are_no_trouble() -> None:
    network = made(
        lambda of: of.Sequential(  # type: ignore[attr-defined]
            of.conv_norm(1, 8),
            of.conv_norm(8, 8),
            of.GlobalAverage(),
            of.Linear(8, 10),  # type: ignore[attr-defined]
        )
    )
    for layer in network.rows()[3:5]:
        for name in layer.shapes:
            if name != "running_var":
                setattr(layer, name, np.zeros(layer.shapes[name], np.float32))
    logits = in_int8(network)
    assert logits is not None
    np.testing.assert_allclose(logits(drawn(3)), network(drawn(3)), atol=1e-4)
