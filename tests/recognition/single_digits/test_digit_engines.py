from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from checkpoint_samples import made
from networks import build
from torch import nn

from digitrec.arrays import Float32Array
from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint, load_with_numpy
from digitrec.recognition.single_digits import digit_engines, torch_digit_engines
from digitrec.recognition.single_digits.digit_engines import (
    digit_engine_by_numpy,
    digit_engine_by_onnx_runtime,
)
from digitrec.recognition.single_digits.torch_digit_engines import (
    digit_engine_by_pytorch,
    fastest_digit_engine,
)
from digitrec.storage.resources import shipped_checkpoint

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def shipped() -> Checkpoint:
    return checkpoint.load(shipped_checkpoint())


@pytest.fixture
def images(shipped: Checkpoint) -> Float32Array:
    assert shipped.examples is not None
    return shipped.examples


def test_where_onnxruntime_is_installed_it_computes(
    shipped: Checkpoint, images: Float32Array
) -> None:
    found, plain = fastest_digit_engine(shipped, CPU), digit_engine_by_pytorch(shipped, CPU)
    assert found.coarse is not None
    assert plain.coarse is None
    exact = plain.exact(images)
    assert 0 < np.abs(found.exact(images) - exact).max() < 1e-4
    assert 1e-3 < np.abs(found.coarse(images) - exact).max() < 0.5


def test_a_file_read_without_pytorch_gives_the_same_to_the_last_bit(
    shipped: Checkpoint, images: Float32Array
) -> None:
    described = load_with_numpy(shipped_checkpoint())
    assert described is not None
    with_pytorch = fastest_digit_engine(shipped, CPU)
    without = digit_engine_by_onnx_runtime(described)
    assert without is not None
    assert with_pytorch.coarse is not None
    assert without.coarse is not None
    np.testing.assert_array_equal(without.exact(images), with_pytorch.exact(images))
    np.testing.assert_array_equal(without.coarse(images), with_pytorch.coarse(images))
    numpy = digit_engine_by_numpy(described)
    np.testing.assert_allclose(numpy.exact(images), without.exact(images), atol=1e-4)
    assert (numpy.coarse, numpy.tile) == (None, 1)


@pytest.mark.parametrize(("precision", "coarse"), [("bfloat16", True), ("float32", False)])
def test_without_it_the_processor_decides(
    precision: str, coarse: bool, shipped: Checkpoint, images: Float32Array,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("in_float32", "in_int8"):
        monkeypatch.setattr(digit_engines, name, lambda _: None)
    monkeypatch.setattr(torch_digit_engines, "pick_precision", lambda *_: precision)
    found = fastest_digit_engine(shipped, CPU)
    exact = digit_engine_by_pytorch(shipped, CPU).exact(images)
    np.testing.assert_array_equal(found.exact(images), exact)
    assert (found.coarse is not None) == coarse
    if found.coarse is not None:
        assert 1e-3 < np.abs(found.coarse(images) - exact).max() < 0.2


def test_another_device_than_the_cpu_computes_in_float32_alone(shipped: Checkpoint) -> None:
    found = fastest_digit_engine(shipped, torch.device("meta"))
    assert found.coarse is None
    assert found.tile > 1


def test_a_network_that_int8_changes_is_not_computed_in_it(
    shipped: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_digit_engines, "pick_precision", lambda *_: "float32")
    assert fastest_digit_engine(shipped, CPU).coarse is not None
    # A temperature at which the same logits say far more.
    assert fastest_digit_engine(replace(shipped, temperature=0.01), CPU).coarse is None
    changed = build(shipped.model, **shipped.model_arguments).eval()
    changed.load_state_dict(shipped.network.state_dict())
    with torch.no_grad():  # statistics that tell nothing of what the layers give
        for layer in changed.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_var *= 1e-3
                layer.running_mean.zero_()
    assert fastest_digit_engine(replace(shipped, network=changed), CPU).coarse is None


def test_a_network_without_stored_images_is_not_computed_in_int8(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch_digit_engines, "pick_precision", lambda *_: "float32")
    assert fastest_digit_engine(made("tiny"), CPU).coarse is None


def test_a_network_of_its_own_is_computed_by_pytorch(shipped: Checkpoint) -> None:
    images = torch.rand(2, 1, 28, 28)
    for own in (
        replace(shipped, network=build("tiny").eval()),  # other layers than it says
        replace(shipped, model="of_a_user"),
    ):
        engine = fastest_digit_engine(own, CPU)
        with torch.inference_mode():
            wanted = own.network(images).numpy()
        np.testing.assert_allclose(engine.exact(images.numpy()), wanted, atol=1e-4)
