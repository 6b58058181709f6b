from __future__ import annotations

import math

import pytest
import torch

from digitrec.models.layers import cosine_filters


def test_filters_are_cosines_with_both_signs() -> None:
    layer = cosine_filters(4, kernel=3, stride=2)
    weights = layer.weight.detach()
    assert weights.shape == (8, 1, 3, 3)
    assert torch.equal(weights[4:], -weights[:4])
    # By hand: the mean of nine pixels; a wave across, which falls from left to right.
    torch.testing.assert_close(weights[0], torch.full((1, 3, 3), 1 / 3 / 3))
    wave = torch.tensor([1.0, 0.0, -1.0]) / math.sqrt(2)
    torch.testing.assert_close(weights[1, 0], wave.expand(3, 3) / math.sqrt(3) * 2 / 3)
    assert layer.bias is None
    assert layer(torch.rand(2, 1, 9, 9)).shape == (2, 8, 4, 4)


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_filters_are_at_right_angles_and_not_learnt(kernel: int) -> None:
    layer = cosine_filters(kernel**2, kernel, stride=1)
    flat = layer.weight[: kernel**2].flatten(1)
    products = flat @ flat.T
    torch.testing.assert_close(products, torch.diag(products.diagonal()), atol=1e-5, rtol=0)
    assert not layer.weight.requires_grad
    assert not layer(torch.rand(1, 1, 9, 9)).requires_grad
