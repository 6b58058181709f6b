from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from networks import build

from digitrec.data.clusters import Clusters
from digitrec.data.sets.single import SyntheticData
from digitrec.training.tasks.finished_digits import FinishedDigits


def test_the_line_on_the_test_set_tells_of_writers() -> None:
    torch.manual_seed(0)
    network = build("tiny").eval()
    dataset = SyntheticData(train=20, test=40).load(5)
    clusters = Clusters(np.arange(40) % 4, "writer")
    by_writer = replace(dataset, test=replace(dataset.test, clusters=clusters))
    plain, told = (
        FinishedDigits(network, one, rejects=False, score_test=True).summary
        for one in (dataset, by_writer)
    )
    assert plain is not None
    assert told is not None
    assert "writers" not in plain
    assert ", images by 4 writers), calibration error" in told
