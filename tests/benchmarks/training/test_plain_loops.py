from __future__ import annotations

import pytest
import torch

from digitrec.benchmarks.training import plain_loops
from digitrec.data.synthetic.digits import generate


@pytest.mark.slow
@pytest.mark.parametrize(
    ("train", "parameters"),
    [
        # By hand: of the recipe's layers, and of the example's (as of the network cnn).
        (plain_loops.train_one_epoch_recipe, 624 + 6_944 + 205_056 + 2_570),
        (plain_loops.train_example, 1_199_882),
    ],
)
def test_a_plain_loop_learns_to_read(train, parameters: int) -> None:  # type: ignore[no-untyped-def]
    images, labels = (torch.from_numpy(part) for part in generate(2_000, seed=0))
    network = train(images[:, None], labels, seed=0)
    assert sum(weights.numel() for weights in network.parameters()) == parameters
    assert not network.training
    with torch.inference_mode():
        read = network(images[:200, None].float() / 255).argmax(1)
    assert float((read == labels[:200]).float().mean()) > 0.5
