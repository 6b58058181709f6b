from __future__ import annotations

import numpy as np
import torch

from digitrec.models.architectures.marks import MarkClasses
from digitrec.models.engines import by_pytorch
from digitrec.models.marks import NO_MARK
from digitrec.recognition.marks import mark_reader
from digitrec.recognition.marks.mark_reader import MarkReader


def test_each_window_has_probabilities_however_many_there_are() -> None:
    torch.manual_seed(0)
    network = MarkClasses(width=4).build().eval()
    reader = MarkReader(by_pytorch(network))
    count = mark_reader.WINDOWS_AT_ONCE + 3
    windows = np.random.default_rng(0).integers(0, 256, (count, 32, 96), np.uint8)
    answers = reader.read(windows)
    assert answers.shape == (len(windows), NO_MARK + 1)
    np.testing.assert_allclose(answers.sum(axis=1), 1)
    np.testing.assert_allclose(reader.read(windows[-2:]), answers[-2:], atol=1e-5)
    assert reader.read(windows[:0]).shape == (0, NO_MARK + 1)
