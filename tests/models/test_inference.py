from __future__ import annotations

import numpy as np
import pytest
import torch
from networks import build

from digitrec.models import inference
from digitrec.models.inference import logits_of


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
