"""The parts of a data set that train nothing, alone and beside what trains."""

from __future__ import annotations

import numpy as np
import torch

from digitrec.config.groups import Data
from digitrec.data.dataset import DataSet

__all__ = ["check_held_out_alone"]


def check_held_out_alone(data: Data, validation: int) -> None:
    """Check that all but the training part is the same without it."""
    whole: DataSet = data.load(validation)
    alone: DataSet = data.load_held_out(validation)
    assert len(whole.train)
    assert alone.train.images.shape == (0, 1, 28, 28)
    assert alone.train.labels.shape == (0,)
    assert (alone.name, alone.checksum) == (whole.name, whole.checksum)
    assert alone.test_identity == whole.test_identity
    for one, other in ((alone.validation, whole.validation), (alone.test, whole.test)):
        assert torch.equal(one.images, other.images)
        assert torch.equal(one.labels, other.labels)
        assert str(one.clusters) == str(other.clusters)
        if one.clusters and other.clusters:
            assert np.array_equal(one.clusters.numbers, other.clusters.numbers)
