from __future__ import annotations

import numpy as np
import pytest
import torch
from checkpoint_samples import images, trained
from networks import build

from digitrec.errors import CheckpointError
from digitrec.models.weights import arrays_of, check_arrays, fill, listed, verify


def stored(name: str = "tiny") -> dict[str, np.ndarray]:
    return arrays_of(trained(name), images(4))


def part(arrays: dict[str, np.ndarray], group: str) -> dict[str, np.ndarray]:
    prefix = f"{group}/"
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


def test_a_network_without_memory_is_filled() -> None:
    arrays = stored()
    with torch.device("meta"):
        network = build("tiny").eval()
    fill(network, part(arrays, "weights"))
    check_arrays(network, set(arrays))
    verify(network, part(arrays, "check"), (1, 28, 28), (10,))
    with torch.inference_mode():
        torch.testing.assert_close(network(images(3)), trained("tiny")(images(3)))


def test_what_a_network_is_not_made_of_is_named() -> None:
    network = build("tiny").eval()
    with pytest.raises(CheckpointError, match="weights are missing"):
        fill(network, {})
    with pytest.raises(CheckpointError, match="unexpected arrays: weights/more"):
        check_arrays(network, {"weights/more"})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"logits": np.zeros((4, 9), np.float32)}, "check/logits has the shape"),
        ({"input": np.zeros((4, 1, 28, 27), np.float32)}, "check/input has the shape"),
        ({"input": np.zeros((4, 1, 28, 28))}, "check/input has the type float64, and not float32"),
        ({"logits": np.zeros((4, 10))}, "check/logits has the type float64, and not float32"),
        ({"logits": np.zeros((4, 10), np.float32)}, "do not give the stored logits"),
    ],
)
def test_an_answer_that_is_not_the_stored_one_is_refused(
    change: dict[str, np.ndarray], reason: str
) -> None:
    check = part(stored(), "check") | change
    with pytest.raises(CheckpointError, match=reason):
        verify(trained("tiny"), check, (1, 28, 28), (10,))


def test_of_many_names_the_first_are_written() -> None:
    assert listed({"b", "a"}) == "a, b"
    assert listed(set("abcde")) == "a, b, c and 2 more"
