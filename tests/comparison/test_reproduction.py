from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sample_runs import made_up_row

from digitrec.comparison.reproduction import Mismatch, Record, find_mismatches
from digitrec.config.compose import compose


def record(**values: object) -> Record:
    logits, labels = np.eye(10, dtype=np.float32), np.arange(10)
    kept: dict[str, object] = {
        "environment": {"versions.torch": "2", "threads": 1, "git.commit": "a"},
        "result": {"test_errors": 3, "train_seconds": 1.0},
        "metrics": [made_up_row(1, train_loss=0.5, seconds=1.0)],
        "weights": {"a": np.zeros(3, np.float32), "b": np.ones(2, np.float32)},
        "predictions": {"logits": logits, "labels": labels},
    }
    return Record(compose([]), **(kept | values))  # type: ignore[arg-type]


def test_nothing_differs_between_equals_and_time_does_not_count() -> None:
    slow = record(
        result={"test_errors": 3, "train_seconds": 9.0},
        metrics=[made_up_row(1, train_loss=0.5, seconds=9.0)],
    )
    assert find_mismatches(record(), slow) == []
    nothing = replace(record(), result={}, metrics=[], weights={}, predictions={})
    assert find_mismatches(record(), nothing) == find_mismatches(nothing, record()) == []


@pytest.mark.parametrize(
    ("values", "part", "text"),
    [
        ({"environment": {"threads": 2}}, "environment", "threads: 1 then, 2 now"),
        ({"environment": {"git.commit": "b"}}, "environment", "git.commit: a then, b now"),
        ({"result": {"test_errors": 4}}, "result", "test_errors: 3 then, 4 now"),
        ({"metrics": [made_up_row(1)] * 2}, "result", "metrics.csv: 1 epochs then, 2 now"),
        (
            {"metrics": [made_up_row(1, train_loss=0.6)]},
            "result",
            "metrics.csv: from epoch 1 on: train_loss 0.5 then, 0.6 now",
        ),
        ({"weights": {"a": np.zeros(3)}}, "result", "weights: different arrays (b)"),
        (
            {"weights": {"a": np.zeros(3, np.float32), "b": -np.ones(2, np.float32)}},
            "result",
            "weights: 1 of 2 arrays differ, by up to 2",
        ),
        (
            {"weights": {"a": -np.zeros(3, np.float32), "b": np.ones(2, np.float32)}},
            "result",
            "weights: 1 of 2 arrays differ, by up to 0",  # another zero is another bit
        ),
        (
            {
                "predictions": {
                    "logits": np.eye(10, dtype=np.float32)[::-1],
                    "labels": np.arange(10),
                }
            },
            "result",
            "predictions: 10 of 10 images are read differently",
        ),
    ],
)
def test_mismatches_are_of_the_environment_or_the_result(
    values: dict[str, object], part: str, text: str
) -> None:
    assert Mismatch(part, text) in find_mismatches(record(), record(**values))
