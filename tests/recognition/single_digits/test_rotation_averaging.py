from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from digitrec.arrays import Float32Array, Float64Array
from digitrec.data.synthetic import digits
from digitrec.models.calibration import calibrated
from digitrec.recognition.single_digits import rotation_averaging
from digitrec.recognition.single_digits.rotation_averaging import average_rotations

Network = Callable[[Float32Array], Float64Array]


def network(asked: list[int]) -> Network:
    """A network that is the surer of class 1 the more ink there is in the upper left quarter."""

    def logits_of(images: Float32Array) -> Float64Array:
        asked.append(len(images))
        logits = np.zeros((len(images), 10))
        logits[:, 1] = images[:, :14, :14].sum(axis=(1, 2), dtype=np.float64)
        return logits

    return logits_of


def answers(
    logits: Float64Array, temperature: float = 1.0, digit_probability: float = 1.0
) -> tuple[Float64Array, Float64Array]:
    return calibrated(logits, temperature), np.full(len(logits), digit_probability)


@pytest.fixture
def images() -> Float32Array:
    """Four images; the network is sure of the first and the last."""
    made = np.zeros((4, 28, 28), np.float32)
    made[[0, 3], 2:12, 2:12] = 1
    made[1, 6:10, 8:18] = 0.1
    made[2, 10:20, 10:16] = 0.1
    return made


def test_only_unsure_images_are_read_rotated_in_one_call(images: Float32Array) -> None:
    asked: list[int] = []
    logits = average_rotations(images, network(asked), answers)
    assert asked == [4, 2 * 2]
    plain = network([])(images)
    changed = (logits != plain).any(axis=1)
    assert changed.tolist() == [False, True, True, False]


def test_what_is_sure_is_read_once(images: Float32Array) -> None:
    asked: list[int] = []
    average_rotations(images[[0, 3]], network(asked), answers)
    assert asked == [2]


def test_a_high_temperature_makes_images_unsure(images: Float32Array) -> None:
    asked: list[int] = []
    average_rotations(images[[0, 3]], network(asked), partial(answers, temperature=50.0))
    assert asked == [2, 4]


def test_what_is_rather_no_digit_is_read_rotated_too(images: Float32Array) -> None:
    asked: list[int] = []
    average_rotations(images[[0, 3]], network(asked), partial(answers, digit_probability=0.4))
    assert asked == [2, 4]


def test_logits_are_the_mean_of_upright_and_rotated(images: Float32Array) -> None:
    read = network([])
    logits = average_rotations(images[1:3], read, answers)
    rotated = rotation_averaging._rotations(images[1:3]).reshape(2, 2, 28, 28)
    wanted = np.mean([read(images[1:3]), read(rotated[0]), read(rotated[1])], axis=0)
    np.testing.assert_array_equal(logits, wanted)


def test_an_image_is_rotated_alike_whatever_is_beside_it(images: Float32Array) -> None:
    together = rotation_averaging._rotations(images).reshape(2, 4, 28, 28)
    for number in range(4):
        alone = rotation_averaging._rotations(images[number : number + 1])
        np.testing.assert_array_equal(together[:, number], alone)


@pytest.mark.parametrize("degrees", rotation_averaging.ROTATIONS)
def test_images_are_rotated_as_pytorch_rotates_them(degrees: float) -> None:
    images = digits.generate(5, seed=2)[0].astype(np.float32) / 255
    found = rotation_averaging._rotations(images).reshape(2, 5, 28, 28)
    angle = np.deg2rad(degrees)
    turn = [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0]]
    matrices = torch.tensor(turn, dtype=torch.float32).expand(5, 2, 3)
    grid = F.affine_grid(matrices, [5, 1, 28, 28], align_corners=False)
    wanted = F.grid_sample(torch.from_numpy(images)[:, None], grid, align_corners=False)
    place = rotation_averaging.ROTATIONS.index(degrees)
    np.testing.assert_allclose(found[place], wanted[:, 0].numpy(), atol=1e-5)
