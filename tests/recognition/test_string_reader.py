from __future__ import annotations

import numpy as np
import torch

from digitrec.benchmarks.handwriting.written_numbers import write_touching
from digitrec.data.synthetic.digits import draw
from digitrec.imaging.normalise import normalise_string
from digitrec.models.architectures.strings import Strings
from digitrec.models.ctc import CLASSES, likeliest
from digitrec.models.engines import by_pytorch
from digitrec.recognition.string_reader import StringReader


def test_images_of_all_widths_are_read_at_once_as_alone() -> None:
    torch.manual_seed(0)
    reader = StringReader(by_pytorch(Strings().build().eval()))
    rng = np.random.default_rng(0)
    images = [rng.random((28, width), np.float32) for width in (48, 96, 48, 64, 640, 96)]
    answers = reader.read(images)
    for image, answer in zip(images, answers, strict=True):
        assert answer.shape == (image.shape[1] // 2, CLASSES)
        np.testing.assert_allclose(np.exp(answer).sum(axis=1), 1, atol=1e-4)
        np.testing.assert_allclose(reader.read([image])[0], answer, atol=1e-3)
    assert reader.read([]) == []


def test_digits_that_touch_are_read() -> None:
    """Synthetic digits are hard: some of them nobody can read."""
    reader, right = StringReader.load(), 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        written = [int(digit) for digit in rng.integers(0, 10, 2)]
        digits = [[stroke.points for stroke in draw(digit, rng).strokes] for digit in written]
        image = normalise_string(write_touching(digits, rng))
        right += likeliest(reader.read([image])[0], 1) == ["".join(map(str, written))]
    assert right > 45
