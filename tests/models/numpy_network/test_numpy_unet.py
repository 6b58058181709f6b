from __future__ import annotations

import numpy as np
import pytest
import torch

from digitrec.models.network import InkNetwork
from digitrec.models.numpy_network.network import NumpyNetwork
from digitrec.models.numpy_network.unet import UNet
from digitrec.models.unet import UNet as TorchUNet


@pytest.mark.parametrize("inputs", [1, 2])
def test_it_computes_what_that_of_pytorch_does(inputs: int) -> None:
    torch.manual_seed(0)
    theirs = InkNetwork(TorchUNet([4, 6, 8], inputs)).eval()
    for key, value in theirs.state_dict().items():
        if key.endswith(("running_mean", "running_var")):
            value.uniform_(0.5, 2)
    ours = NumpyNetwork(UNet([4, 6, 8], inputs))
    weights = {key: value.numpy() for key, value in theirs.state_dict().items()}
    stored = {key: array.shape for key, array in weights.items() if "tracked" not in key}
    assert ours.shapes() == stored
    ours.fill(weights)
    images = torch.rand(2, inputs, 24, 40)
    with torch.inference_mode():
        wanted = theirs(images).numpy()
    assert wanted.std() > 1e-3
    np.testing.assert_allclose(ours(images.numpy()), wanted, atol=1e-5)
