from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from finished_tasks import check_learnt, check_scored_once

from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import DataSet, Examples
from digitrec.data.sets.composed import MarksData
from digitrec.errors import ConfigError
from digitrec.models import mark_checkpoint
from digitrec.models.architectures.marks import MarkClasses
from digitrec.models.marks import NO_MARK, WINDOW
from digitrec.training.augmentations import Affine, NoAugmentation
from digitrec.training.optimizers import AdamW
from digitrec.training.run import run
from digitrec.training.tasks.marks import MarksTask

CPU = torch.device("cpu")


def easy(count: int, seed: int = 0) -> Examples:
    """A bar for each class, each in a column of its own."""
    rng = np.random.default_rng(seed)
    images = np.full((count, 1, *WINDOW), 128, np.uint8)
    labels = rng.integers(0, NO_MARK + 1, count)
    for image, label in zip(images[:, 0], labels.tolist(), strict=True):
        top = int(rng.integers(2, 20))
        image[top : top + 8, 6 * label : 6 * label + 5] = 255
    return Examples(torch.from_numpy(images), torch.from_numpy(labels))


def easy_data() -> DataSet:
    return DataSet("marks", "00", easy(400), easy(16, 1), easy(20, 2))


CONFIG = TrainConfig(
    data=MarksData(),
    model=MarkClasses(width=4),
    optimizer=AdamW(lr=1e-2),
    augment=NoAugmentation(),
    epochs=4,
    batch_size=20,
    threads=1,
)


@pytest.fixture(autouse=True)
def _easy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Easy windows in the place of those that are made of handwriting."""
    monkeypatch.setattr(MarksData, "check", lambda self: None)
    monkeypatch.setattr(MarksData, "load", lambda self, validation: easy_data())
    monkeypatch.chdir(tmp_path)


def test_an_epoch_takes_each_window_once_and_drops_the_last_incomplete_batch() -> None:
    data, task = easy_data(), MarksTask()
    batches = task.epoch(data, 150, torch.Generator().manual_seed(0), CPU)
    assert [len(chosen) for chosen in batches] == [150, 150]
    assert len(set(torch.cat(list(batches)).tolist())) == 300
    assert task.epoch_size(data, 1000).steps == 1


def test_a_run_learns_and_writes_what_it_kept() -> None:
    result = run(replace(CONFIG, run_dir="whole", label_smoothing=0.05))
    network = mark_checkpoint.load(check_learnt(result, 20, least_accuracy=0.8))
    assert MarksTask().score(network, easy_data().test).accuracy == result.test_accuracy
    again = run(replace(CONFIG, run_dir="on", epochs=1, init="whole", score_test=False))
    assert again.test_accuracy is None
    assert not Path("on", "predictions.h5").exists()


def test_each_window_goes_through_the_network_once_when_it_is_scored() -> None:
    def no_mark(images: torch.Tensor) -> torch.Tensor:
        return torch.eye(NO_MARK + 1)[[NO_MARK] * len(images)]

    data = easy_data()
    marks = int((data.test.labels != NO_MARK).sum())
    assert check_scored_once(MarksTask(), data, no_mark) == marks


def test_windows_are_not_moved() -> None:
    with pytest.raises(ConfigError, match="write augment=none"):
        replace(CONFIG, augment=Affine())


@pytest.mark.parametrize("leave_out", ["", "app,", "app,app", "a/b"])
def test_sources_are_names(leave_out: str) -> None:
    assert MarksData(leave_out="ibm, app").sources_left_out == ("app", "ibm")
    with pytest.raises(ConfigError, match=r"data\.leave_out"):
        MarksData(leave_out=leave_out)
