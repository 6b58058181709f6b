from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import NAMES, build

from digitrec.models import inference
from digitrec.models.inference import for_inference, has_bfloat16_copy, logits_of
from digitrec.models.network import Network


def test_logits_are_those_of_one_pass_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = build("tiny").eval()
    monkeypatch.setattr(inference, "BATCH", 7)
    images = torch.randint(0, 256, (20, 1, 28, 28), dtype=torch.uint8)
    before = images.clone()
    logits = logits_of(network, images)
    with torch.inference_mode():
        np.testing.assert_allclose(logits, network(images.float() / 255).numpy(), atol=1e-5)
    assert (logits.shape, logits.dtype) == ((20, 10), np.float32)
    assert torch.equal(images, before)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("dtype", "apart"), [(torch.float32, 1e-5), (torch.bfloat16, 0.02)])
def test_a_function_for_inference_gives_the_logits_of_its_network(
    name: str, dtype: torch.dtype, apart: float
) -> None:
    torch.manual_seed(0)
    network, images = build(name).eval(), torch.rand(3, 1, 28, 28)
    assert has_bfloat16_copy(network)
    before = images.clone()
    with torch.inference_mode():
        wanted = network(images)
        logits = for_inference(network, torch.device("cpu"), dtype)(images)
    assert logits.dtype == torch.float32
    assert 0 < float((logits - wanted).abs().max() + 1e-12) <= apart * float(wanted.abs().max())
    assert torch.equal(images, before)


def test_a_network_with_a_layer_of_its_own_has_no_copy_in_bfloat16() -> None:
    class Twice(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * x

    network = Network(torch.nn.Sequential(Twice(), torch.nn.Flatten(), torch.nn.Linear(784, 10)))
    assert not has_bfloat16_copy(network)
    images = torch.rand(2, 1, 28, 28)
    with torch.inference_mode():
        logits = for_inference(network, torch.device("cpu"))(images)
        torch.testing.assert_close(logits, network(images))


def test_a_network_that_does_more_than_its_layers_is_called_whole() -> None:
    class Doubled(Network):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(images)

    network = Doubled(build("tiny").layers).eval()
    assert not has_bfloat16_copy(network)
    images = torch.rand(2, 1, 28, 28)
    with torch.inference_mode():
        logits = for_inference(network, torch.device("cpu"))(images)
        torch.testing.assert_close(logits, network(images))
