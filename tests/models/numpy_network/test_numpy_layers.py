from __future__ import annotations

import numpy as np
import pytest
import torch
from config_checks import CHOICES
from networks import NAMES, build

from digitrec.models.layers import TorchLayers
from digitrec.models.numpy_network.layers import NumpyLayers
from digitrec.models.numpy_network.network import NumpyNetwork


def test_both_kinds_of_layers_have_the_same_names() -> None:
    numpy, pytorch = (
        {name for name in vars(kind) if not name.startswith("__")}
        for kind in (NumpyLayers, TorchLayers)
    )
    assert numpy == pytorch


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("Conv2d", (3, 5, 3), {"stride": 2, "padding": 1}),
        ("Conv2d", (3, 4, (5, 2)), {"stride": (1, 3), "padding": (2, 0), "bias": False}),
        ("MaxPool2d", (2,), {}),
        ("AvgPool2d", (3,), {}),
        ("Tanh", (), {}),
        ("ReLU", (), {}),
        ("GlobalAverage", (), {}),
        ("Flatten", (), {}),
        ("conv_norm", (3, 4), {"kernel": 5, "stride": 2}),
        ("conv_norm", (3, 4), {"keep_size": False}),
    ],
)
def test_a_layer_computes_what_that_of_pytorch_does(
    name: str, arguments: tuple[object, ...], named: dict[str, object]
) -> None:
    torch.manual_seed(0)
    theirs = getattr(TorchLayers, name)(*arguments, **named).eval()
    for key, value in theirs.state_dict().items():
        if key.endswith(("running_mean", "running_var")):
            value.uniform_(0.5, 2)
    ours = getattr(NumpyLayers, name)(*arguments, **named)
    weights = {key: value.numpy() for key, value in theirs.state_dict().items()}
    for key, layer, its_name in ours.named(""):
        assert weights[key].shape == layer.shapes[its_name]
        setattr(layer, its_name, weights[key])
    images = torch.randn(2, 3, 11, 8)
    with torch.inference_mode():
        wanted = theirs(images.clone()).numpy()
    found = ours(images.permute(0, 2, 3, 1).numpy())
    if found.ndim == 4:
        found = found.transpose(0, 3, 1, 2)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_computes_what_that_of_pytorch_does(name: str) -> None:
    torch.manual_seed(0)
    theirs = build(name).eval()
    ours = NumpyNetwork(CHOICES["model"][name]().layers(NumpyLayers))
    weights = {key: value.numpy() for key, value in theirs.state_dict().items()}
    stored = {key: array.shape for key, array in weights.items() if "tracked" not in key}
    assert ours.shapes() == stored
    ours.fill(weights)
    images = torch.rand(3, 1, 28, 28)
    with torch.inference_mode():
        wanted = theirs(images).numpy()
    found = ours(images.numpy())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=1e-5 * float(np.abs(wanted).max() + 1))


def test_an_image_does_not_depend_on_those_beside_it() -> None:
    network = NumpyNetwork(CHOICES["model"]["tiny"]().layers(NumpyLayers))
    rng = np.random.default_rng(0)
    network.fill(
        {
            key: np.asarray(rng.uniform(0.1, 1, shape), np.float32)
            for key, shape in network.shapes().items()
        }
    )
    images = rng.random((9, 1, 28, 28), np.float32)
    together = network(images)
    for number in range(9):
        np.testing.assert_array_equal(network(images[number : number + 1])[0], together[number])
