from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import NAMES, build
from torch import Tensor, nn

from digitrec.config.compose import compose
from digitrec.models import complexity
from digitrec.models.architectures.strings import Strings
from digitrec.models.ctc import CLASSES
from digitrec.models.layers import conv_pool_norm
from digitrec.models.network import (
    Network,
    fuse_batch_norm,
    split_after_pooling,
)


def images(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of each network for digits."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def network(name: str) -> Network:
    torch.manual_seed(0)
    network = build(name)
    # A step of training statistics, so that batch normalisation is not the identity.
    network.train()(images(8, seed=1))
    return network.eval()


@pytest.mark.parametrize("count", [1, 3])
def test_images_become_logits(network: Network, count: int) -> None:
    logits = network(images(count))
    assert logits.shape == (count, 10)
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        # By hand: weights and biases of each layer, and two a channel for batch normalisation.
        ("cnn", {}, 1_199_882),
        ("lenet5", {}, 61_706),
        ("fast", {}, 25 * 16 + 2 * 16 + 9 * (16 + 64) * 64 + 4 * 64 + 576 * 10 + 10),
        ("fast", {"width": 2}, 25 + 2 + 9 * (1 + 4) * 4 + 4 * 4 + 36 * 10 + 10),
        # The 32 fixed filters and the 6 scales behind the pooling are not learnt.
        ("fixed_filters", {"width": 6}, 9 * 32 * 6 + 6 + 9 * 6 * 12 + 24 + 12 * 10 + 10),
        (
            "fine_filters",
            {"width": 6},
            9 * 24 * 6 + 6 + 9 * (6 + 12) * 12 + 2 * 24 + 12 * 10 + 10,
        ),
        (
            "accurate",
            {"width": 2},
            9 * (24 * 4 + 4 * 6 + 3 * 6 * 6 + 6 * 12 + 12 * 12) + 4
            + 2 * (4 * 6 + 2 * 12) + 120 + 10,
        ),
        (
            "deep",
            {"width": 4},
            9 * 4 + 9 * 4 * 4 + 9 * 4 * 8 + 9 * 8 * 8 + 9 * 8 * 16 + 9 * 16 * 16
            + 2 * (4 + 4 + 8 + 8 + 16 + 16) + 160 + 10,
        ),
    ],
)  # fmt: skip
def test_parameters(name: str, arguments: dict[str, int], expected: int) -> None:
    assert complexity.parameters(build(name, **arguments)) == expected


def test_the_network_of_the_recipe_distilled_has_under_300_000_parameters() -> None:
    model = compose(["experiment=distilled", "teacher=model.h5"]).model
    assert 250_000 < complexity.parameters(model.build()) < 300_000


@pytest.mark.parametrize("name", ["compact", "tiny"])
def test_small_networks_have_under_10_000_parameters(name: str) -> None:
    assert 1_000 < sum(weights.numel() for weights in build(name).parameters()) < 10_000


def test_normalisation_travels_with_the_weights_and_is_not_learnt(network: Network) -> None:
    assert {"mean", "std"} <= set(network.state_dict())
    assert {"mean", "std"}.isdisjoint(dict(network.named_parameters()))
    assert float(network.mean) == pytest.approx(0.1307)
    assert float(network.std) == pytest.approx(0.3081)


def test_normalisation_is_used(network: Network) -> None:
    before = network(images(2))
    dimmed = images(2) / 2 + 0.25
    assert not torch.allclose(network(dimmed), before, atol=1e-4)
    # The same shift and scale in the buffers undoes the change of the images.
    network.mean.div_(2).add_(0.25)
    network.std.div_(2)
    torch.testing.assert_close(network(dimmed), before, rtol=1e-4, atol=1e-4)


def test_image_is_read_the_same_alone_and_among_others(network: Network) -> None:
    batch = images(5)
    together = network(batch)
    for index in range(5):
        alone = network(batch[index : index + 1])
        torch.testing.assert_close(alone[0], together[index], rtol=1e-4, atol=1e-5)


def test_reading_changes_neither_images_nor_network(network: Network) -> None:
    batch = images(3)
    state = {key: value.clone() for key, value in network.state_dict().items()}
    first = network(batch)
    assert torch.equal(batch, images(3))
    assert torch.equal(network(batch), first)
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())


def test_state_goes_into_another_network_of_the_same_name(network: Network, name: str) -> None:
    other = build(name).eval()
    assert not torch.equal(other(images(2)), network(images(2)))
    other.load_state_dict(network.state_dict())
    assert torch.equal(other(images(2)), network(images(2)))


def test_all_weights_get_a_gradient(network: Network) -> None:
    network.train()(images(8)).logsumexp(dim=1).sum().backward()
    learnt = {key: value for key, value in network.named_parameters() if value.requires_grad}
    assert len(learnt) > 3
    for name, weights in learnt.items():
        assert weights.grad is not None, name
        assert weights.grad.isfinite().all(), name
    assert any(weights.grad.any() for weights in network.parameters() if weights.grad is not None)


@given(
    st.sampled_from(["fast", "fixed_filters", "fine_filters", "deep", "accurate"]),
    st.integers(1, 20).map(lambda half: 2 * half),
)
@settings(max_examples=8, deadline=None)
def test_every_even_width_works(name: str, width: int) -> None:
    assert build(name, width=width).eval()(images(1)).shape == (1, 10)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cnn", {"pool_dropout": 0.125, "dense_dropout": 0.625}),
        ("deep", {"dropout": 0.75}),
        ("accurate", {"dropout": 0.75}),
    ],
)
def test_dropout_is_what_is_asked_for(name: str, arguments: dict[str, float]) -> None:
    found = [
        layer.p for layer in build(name, **arguments).modules() if isinstance(layer, nn.Dropout)
    ]
    assert found == list(arguments.values())


def test_dropout_acts_in_training_only() -> None:
    network = build("cnn")
    network.train()
    assert not torch.equal(network(images(1)), network(images(1)))
    network.eval()
    assert torch.equal(network(images(1)), network(images(1)))


@pytest.mark.parametrize("shape", [(2, 3, 28, 28), (2, 1, 14, 14)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(RuntimeError):
        build("cnn").eval()(torch.zeros(shape))


def test_a_fused_network_gives_the_same_logits_without_its_normalisations(
    network: Network,
) -> None:
    before = network(images(5))
    copy = fuse_batch_norm(network)
    torch.testing.assert_close(copy(images(5)), before, rtol=1e-4, atol=1e-5)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in copy.modules())
    torch.testing.assert_close(network(images(5)), before, rtol=0, atol=0)


def test_what_is_pooled_before_its_normalisation_is_fused_where_its_scales_are_positive() -> None:
    torch.manual_seed(0)
    block = conv_pool_norm(1, 4)
    network = Network(nn.Sequential(block, nn.Flatten(), nn.Linear(4 * 13 * 13, 10)))
    network.train()(images(8, seed=1))
    network.eval()
    for scales, kept in (([0.5, 1, 2, 3], 0), ([0.5, 1, 2, -3], 1)):
        block[2].weight.data = torch.tensor(scales)
        copy = fuse_batch_norm(network)
        assert sum(isinstance(one, nn.BatchNorm2d) for one in copy.modules()) == kept
        torch.testing.assert_close(copy(images(5)), network(images(5)), rtol=1e-4, atol=1e-5)
        features, classify = split_after_pooling(copy)
        assert features(images(2)).shape == (2, 4, 13, 13)
        torch.testing.assert_close(classify(features(images(5))), copy(images(5)))


def test_the_parts_of_a_network_answer_as_the_whole_and_share_its_weights(network: Network) -> None:
    network.mean.add_(0.1)
    features_of, classify = split_after_pooling(network)
    features = features_of(images(3))
    assert not any(isinstance(layer, nn.MaxPool2d | nn.AvgPool2d) for layer in classify)
    torch.testing.assert_close(classify(features), network(images(3)))
    with torch.no_grad():
        for parameter in classify.parameters():
            parameter.zero_()
    assert not network(images(3)).any()


@pytest.mark.parametrize("width", [48, 50, 160])
def test_each_second_column_of_a_string_gets_logits(width: int) -> None:
    network = Strings().build().eval()
    strings = torch.rand(3, 1, 28, width)
    logits = network(strings)
    assert logits.shape == (3, width // 2, CLASSES)
    torch.testing.assert_close(fuse_batch_norm(network)(strings), logits, rtol=1e-4, atol=1e-5)
    # What is far away does not matter: a longer string is read as a shorter one.
    longer = network(torch.cat([strings, torch.zeros(3, 1, 28, 64)], dim=3))
    torch.testing.assert_close(longer[:, : width // 2 - 12], logits[:, :-12])
