from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from config_checks import CHOICES
from torch import Tensor

from digitrec.config.groups import Optimizer
from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import NO_DIGIT
from digitrec.data.sets.mixes import MixData
from digitrec.data.sets.single import MnistData
from digitrec.models.architectures.digits import Cnn, Fast, FixedFilters, LeNet5, Tiny
from digitrec.models.rejection import digit_probability
from digitrec.training.learner import Learner
from digitrec.training.optimizers import Adadelta, Adam, Sgd

CPU = torch.device("cpu")
DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
OPTIMIZERS = list(CHOICES["optimizer"])
SMALL = Cnn(pool_dropout=0.5)  # dropout, so that a step depends on random numbers


def problem(count: int = 16) -> tuple[Tensor, Tensor]:
    """Images (N, 1, 28, 28), each class a bar at a place of its own, and labels (N,)."""
    labels = torch.arange(count) % 10
    images = torch.rand(count, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 0.2
    for image, label in zip(images, labels, strict=True):
        image[0, 2 * int(label) + 4 : 2 * int(label) + 6] += 0.8
    return images, labels


def learner(device: str = "cpu", **settings: Any) -> Learner:
    return Learner(TrainConfig(**{"model": Tiny(), **settings}), torch.device(device))


def take_steps(subject: Learner, first: int, last: int, lr_factor: float = 1.0) -> list[float]:
    images, labels = (part.to(subject.device) for part in problem())
    losses = []
    for step in range(first, last):
        torch.manual_seed(step)  # of the dropout, as in a run
        losses.append(float(subject.step(images, labels, lr_factor)))
    return losses


def weights(subject: Learner) -> dict[str, Tensor]:
    return {key: value.clone() for key, value in subject.network.state_dict().items()}


def assert_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert torch.equal(value, other[key]), key


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "optimizer", [*(kind() for kind in CHOICES["optimizer"].values()), Sgd(nesterov=False)]
)
def test_loss_falls(optimizer: Optimizer, device: str) -> None:
    losses = take_steps(learner(device, optimizer=optimizer), 0, 25)
    assert losses[0] == pytest.approx(math.log(10), abs=0.7)
    assert losses[-1] < 0.7 * losses[0]


def test_step_returns_the_loss_before_it() -> None:
    subject = learner(model=LeNet5(), label_smoothing=0.2)
    images, labels = problem()
    logits = subject.network(images)
    # Smoothed targets: a fifth of the mass is spread over all ten classes.
    targets = F.one_hot(labels, 10) * 0.8 + 0.02
    expected = -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()
    loss = subject.step(images, labels, 1.0)
    assert float(loss) == pytest.approx(float(expected.detach()), rel=1e-5)
    assert loss.shape == ()
    assert not loss.requires_grad


def test_plain_sgd_step_is_the_formula() -> None:
    optimizer = Sgd(lr=0.5, momentum=0.0, nesterov=False, weight_decay=0.1)
    subject = learner(model=LeNet5(), optimizer=optimizer)
    images, labels = problem()
    before = {key: value.detach().clone() for key, value in subject.network.named_parameters()}
    F.cross_entropy(subject.network(images), labels).backward()
    slopes = {key: value.grad.clone() for key, value in subject.network.named_parameters()}
    subject.step(images, labels, 0.3)  # the slopes from above must not add up with its own
    for key, value in subject.network.named_parameters():
        expected = before[key] - 0.5 * 0.3 * (slopes[key] + 0.1 * before[key])
        torch.testing.assert_close(value.detach(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_lr_factor_of_nothing_learns_nothing(name: str) -> None:
    subject = learner(model=LeNet5(), optimizer=CHOICES["optimizer"][name]())
    before = weights(subject)
    take_steps(subject, 0, 2, lr_factor=0.0)
    assert_same(weights(subject), before)
    take_steps(subject, 2, 3, lr_factor=0.5)
    assert not torch.equal(weights(subject)["layers.0.weight"], before["layers.0.weight"])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_lr_factor_multiplies_the_learning_rate(name: str) -> None:
    kind = CHOICES["optimizer"][name]
    halved, half = learner(optimizer=kind(lr=0.02)), learner(optimizer=kind(lr=0.01))
    take_steps(halved, 0, 2, lr_factor=0.5)
    take_steps(half, 0, 2)
    assert_same(weights(halved), weights(half))


@pytest.mark.parametrize("field", ["weight_decay", "rho", "eps"])
def test_optimizer_gets_its_settings(field: str) -> None:
    plain, other = learner(), learner(optimizer=Adadelta(**{field: 0.05}))
    for subject in (plain, other):
        take_steps(subject, 0, 2)
    key = "layers.0.0.weight"
    assert not torch.equal(weights(plain)[key], weights(other)[key])


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (Adadelta(lr=0.9, rho=0.8, eps=1e-5), {"rho": 0.8, "eps": 1e-5}),
        (Sgd(momentum=0.7, nesterov=False), {"momentum": 0.7, "nesterov": False}),
        (CHOICES["optimizer"]["adam"](beta1=0.8, beta2=0.9), {"betas": (0.8, 0.9), "eps": 1e-8}),
        (CHOICES["optimizer"]["adamw"](beta1=0.7), {"betas": (0.7, 0.999)}),
    ],
)
def test_optimizer_is_the_one_of_the_configuration(
    optimizer: Optimizer, expected: dict[str, Any]
) -> None:
    made = learner(optimizer=optimizer).optimizer
    assert type(made).__name__.lower() == optimizer.name
    (group,) = made.param_groups
    expected |= {"lr": optimizer.lr, "weight_decay": optimizer.weight_decay}
    assert {key: group[key] for key in expected} == expected


def test_weights_come_from_the_seed_alone() -> None:
    torch.manual_seed(5)
    first = weights(learner(seed=3))
    torch.rand(7)
    assert_same(weights(learner(seed=3)), first)
    assert not torch.equal(
        weights(learner(seed=4))["layers.0.0.weight"], first["layers.0.0.weight"]
    )


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("model", [LeNet5(), Fast(width=4)], ids=lambda m: m.name)
def test_state_goes_on_bit_for_bit(model: Any, name: str, ema: float, device: str) -> None:
    settings = {"model": model, "optimizer": CHOICES["optimizer"][name](), "ema": ema}
    whole = learner(device, **settings)
    take_steps(whole, 0, 3)
    state = whole.state()
    expected = take_steps(whole, 3, 5, lr_factor=0.7)

    resumed = learner(device, seed=99, **settings)
    resumed.load_state(state)
    assert take_steps(resumed, 3, 5, lr_factor=0.7) == expected
    assert_same(weights(resumed), weights(whole))
    assert_same(resumed.trained().state_dict(), whole.trained().state_dict())
    assert resumed.state().keys() == whole.state().keys()
    for key, array in whole.state().items():
        np.testing.assert_array_equal(resumed.state()[key], array)


def test_state_goes_on_bit_for_bit_with_dropout() -> None:
    whole = learner(model=SMALL)
    take_steps(whole, 0, 1)
    resumed = learner(model=SMALL)
    resumed.load_state(whole.state())
    assert take_steps(resumed, 1, 2) == take_steps(whole, 1, 2)
    assert_same(weights(resumed), weights(whole))
    # The test can fail: another dropout gives other weights.
    other = learner(model=SMALL)
    take_steps(other, 0, 1)
    take_steps(other, 7, 8)
    assert not torch.equal(weights(other)["layers.0.weight"], weights(whole)["layers.0.weight"])


def test_state_of_a_learner_that_took_no_step() -> None:
    fresh, resumed = learner(seed=1, ema=0.9), learner(seed=2, ema=0.9)
    resumed.load_state(fresh.state())
    assert_same(weights(resumed), weights(fresh))
    assert take_steps(resumed, 0, 2) == take_steps(fresh, 0, 2)


def test_state_is_plain_arrays_that_later_steps_leave_alone() -> None:
    subject = learner(ema=0.9)
    take_steps(subject, 0, 1)
    state = subject.state()
    before = {key: np.array(array) for key, array in state.items()}
    take_steps(subject, 1, 2)
    for key, array in state.items():
        assert type(array) is np.ndarray
        np.testing.assert_array_equal(array, before[key])


def test_learner_keeps_no_hold_of_the_arrays_it_loads() -> None:
    source, subject = learner(ema=0.9), learner(ema=0.9)
    take_steps(source, 0, 1)
    state = source.state()
    before = {key: np.array(array) for key, array in state.items()}
    subject.load_state(state)
    take_steps(subject, 1, 2)
    for key, array in state.items():
        np.testing.assert_array_equal(array, before[key])


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ({"model": LeNet5()}, {}),
        ({"model": Fast(width=4)}, {"model": Fast(width=8)}),
        ({"ema": 0.9}, {}),
        ({}, {"ema": 0.9}),
    ],
    ids=["other network", "other width", "unwanted average", "no average"],
)
def test_state_of_another_learner_is_refused(
    source: dict[str, Any], target: dict[str, Any]
) -> None:
    state = learner(**source).state()
    with pytest.raises((KeyError, ValueError, RuntimeError)):
        learner(**target).load_state(state)


@pytest.mark.parametrize(
    "missing", ["steps", "network/layers.0.0.weight", "average/layers.0.0.weight"]
)
def test_state_with_something_missing_is_refused(missing: str) -> None:
    state = learner(ema=0.9).state()
    del state[missing]
    with pytest.raises((KeyError, ValueError, RuntimeError)):
        learner(ema=0.9).load_state(state)


@pytest.mark.parametrize("decay", [0.3, 0.999])
def test_average_against_a_slow_reference(decay: float) -> None:
    subject = learner(ema=decay)
    average = {key: value.double() for key, value in weights(subject).items()}
    for step in range(1, 13):
        take_steps(subject, step, step + 1)
        # The untrained weights are forgotten first: over the first steps the memory is shorter.
        keep = min(decay, (1 + step) / (10 + step))
        for key, value in weights(subject).items():
            average[key] = keep * average[key] + (1 - keep) * value.double()
    trained = subject.trained().state_dict()
    live = weights(subject)
    for key, value in trained.items():
        if value.is_floating_point():
            torch.testing.assert_close(value.double(), average[key], rtol=1e-4, atol=1e-6)
        else:
            assert torch.equal(value, live[key])  # a count of batches has no average
    assert not torch.equal(trained["layers.0.0.weight"], live["layers.0.0.weight"])


def test_without_an_average_the_trained_weights_are_the_last() -> None:
    subject = learner()
    take_steps(subject, 0, 2)
    assert_same(subject.trained().state_dict(), weights(subject))


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_trained_is_a_copy_in_evaluation_mode(ema: float) -> None:
    subject = learner(ema=ema)
    take_steps(subject, 0, 2)
    before, state = weights(subject), subject.state()
    trained = subject.trained()
    assert not trained.training
    for value in trained.state_dict().values():
        value.zero_()
    assert_same(weights(subject), before)
    for key, array in subject.state().items():
        np.testing.assert_array_equal(array, state[key])
    later = subject.trained().state_dict()
    take_steps(subject, 2, 3)
    assert not torch.equal(later["layers.0.0.weight"], weights(subject)["layers.0.0.weight"])


def test_label_smoothing_changes_what_is_learnt() -> None:
    plain, smooth = learner(), learner(label_smoothing=0.3)
    assert take_steps(plain, 0, 30)[-1] < 1
    # Smoothed targets have 0.73 and nine times 0.03: no loss is below their entropy.
    entropy = -0.73 * math.log(0.73) - 9 * 0.03 * math.log(0.03)
    assert entropy < take_steps(smooth, 0, 30)[-1] < 2


def test_fixed_filters_stay_and_a_resumed_learner_goes_on_the_same() -> None:
    settings: dict[str, Any] = {"model": FixedFilters(width=6), "ema": 0.9, "clip_norm": 1.0}
    subject = learner(**settings)
    before = weights(subject)
    losses = take_steps(subject, 0, 12)
    assert losses[-1] < losses[0]
    changed = {
        key for key, value in weights(subject).items() if not torch.equal(value, before[key])
    }
    # Nor are the scales behind the pooling learnt.
    assert set(before) - changed == {"layers.0.weight", "layers.2.2.weight", "mean", "std"}
    other = learner(**settings)
    other.load_state(subject.state())
    assert take_steps(other, 12, 15) == take_steps(subject, 12, 15)
    assert_same(weights(other), weights(subject))
    assert_same(other.trained().state_dict(), subject.trained().state_dict())


@pytest.mark.parametrize("device", DEVICES)
def test_bfloat16_is_of_the_forward_pass_only(device: str) -> None:
    seen: list[torch.dtype] = []
    subject = learner(device, precision="bfloat16", ema=0.9)
    subject.network.layers.register_forward_hook(lambda *given: seen.append(given[2].dtype))
    losses = take_steps(subject, 0, 20)
    assert set(seen) == {torch.bfloat16}
    assert losses[-1] < losses[0]
    exact = take_steps(learner(device), 0, 1)
    assert losses[0] != exact[0]
    assert losses[0] == pytest.approx(exact[0], abs=0.1)
    for state in (subject.network.state_dict(), subject.trained().state_dict()):
        assert {value.dtype for value in state.values()} == {torch.float32, torch.int64}
    assert {array.dtype.str for array in subject.state().values()} <= {"<f4", "<i8"}


def test_float32_stays_float32() -> None:
    seen: list[torch.dtype] = []
    subject = learner()
    subject.network.layers.register_forward_hook(lambda *given: seen.append(given[2].dtype))
    take_steps(subject, 0, 1)
    assert seen == [torch.float32]


# What is not a digit


REFUSING = MixData(nondigits=0.2)


def test_what_is_no_digit_is_a_class_whose_logit_is_0() -> None:
    subject = learner(data=REFUSING, optimizer=Sgd(lr=0.1))
    images, labels = problem()
    labels[::4] = NO_DIGIT
    subject.network.train()
    logits = subject.network(images)
    wanted = torch.logsumexp(torch.cat([logits, torch.zeros(len(labels), 1)], 1), 1)
    known = labels != NO_DIGIT
    wanted[known] -= logits[known].gather(1, labels[known, None])[:, 0]
    torch.testing.assert_close(subject.step(images, labels, 1.0), wanted.mean().detach())


def test_it_learns_to_refuse() -> None:
    subject = learner(data=REFUSING, optimizer=Adam(lr=0.01))
    images, labels = problem()
    labels[::2] = NO_DIGIT
    for _ in range(60):
        subject.step(images, labels, 1.0)
    found = digit_probability(subject.trained()(images).detach().numpy())
    assert found[::2].max() < 0.5 < found[1::2].min()


def test_without_anything_to_refuse_the_loss_is_the_plain_one() -> None:
    images, labels = problem()
    for data in (MnistData(), MixData()):
        subject = learner(data=data, optimizer=Sgd(lr=0.1))
        plain = F.cross_entropy(copy.deepcopy(subject.network).train()(images), labels)
        torch.testing.assert_close(subject.step(images, labels, 1.0), plain.detach())
