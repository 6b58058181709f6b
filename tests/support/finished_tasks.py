"""What the tests of several training tasks check when a run, or its network, is finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from digitrec.data.dataset import AnyDataSet
from digitrec.models.network import Network
from digitrec.training.run_directory import Result, RunDir, StringPredictions
from digitrec.training.tasks.task import Task


def check_learnt(result: Result, count: int, least_accuracy: float) -> Path:
    """Check the result of a run, and the predictions that it kept; return its checkpoint file."""
    assert result.test_count == count
    assert result.test_accuracy is not None
    assert result.test_accuracy > least_accuracy
    assert result.run_dir is not None
    folder = RunDir(Path(result.run_dir))
    predictions = folder.predictions()
    assert isinstance(predictions, StringPredictions)
    assert int((predictions.labels != predictions.answers).sum()) == result.test_errors
    return folder.model


def check_scored_once(task: Task, data: AnyDataSet[Any], answer: Callable[[Tensor], Tensor]) -> int:
    """Check that each image goes through the network once at the end; return the test errors.

    Args:
        task: Of the data.
        data: With images to validate and to test.
        answer: From images to the logits of a network in their place.
    """
    seen = []

    class Counting(torch.nn.Module):
        mean = torch.zeros(())

        def forward(self, images: Tensor) -> Tensor:
            seen.append(len(images))
            return answer(images)

    finished = task.finish(cast("Network", Counting()), data, score_test=True)
    assert sum(seen) == len(data.validation) + len(data.test)
    return int(finished.figures["test_errors"])
