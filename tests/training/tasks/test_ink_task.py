from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from finished_tasks import check_learnt, check_scored_once

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.config.train_config import TrainConfig
from digitrec.data.ink.dataset import InkDataSet, InkExamples
from digitrec.data.sets.composed import InkData
from digitrec.errors import ConfigError
from digitrec.models import ink_checkpoint
from digitrec.models.architectures.ink import Ink
from digitrec.training.augmentations import Affine, NoAugmentation
from digitrec.training.optimizers import AdamW
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow
from digitrec.training.tasks.ink import InkTask

CPU = torch.device("cpu")


def easy(count: int, seed: int = 0) -> InkExamples:
    """Dark blocks that are ink, beside light ones that are not."""
    rng = np.random.default_rng(seed)
    images = np.full((count, 2, 112, 112), 128, np.uint8)
    ink = np.zeros((count, 1, 112, 112), np.uint8)
    for image, there in zip(images[:, 0], ink[:, 0], strict=True):
        for level in (20, 240):
            top, left = rng.integers(0, 72, 2)
            place = slice(top, top + 40), slice(left, left + 40)
            image[place] = level
            there[place] = 255 if level == 20 else 0
    return InkExamples(torch.from_numpy(images), torch.from_numpy(ink))


def easy_data() -> InkDataSet:
    return InkDataSet("ink", "00", easy(48), easy(8, 1), easy(10, 2))


CONFIG = TrainConfig(
    data=InkData(),
    model=Ink(width=8),
    optimizer=AdamW(lr=2e-2),
    augment=NoAugmentation(),
    epochs=5,
    batch_size=4,
    threads=1,
)


@pytest.fixture(autouse=True)
def _easy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Easy pictures in the place of those that are made of handwriting."""
    monkeypatch.setattr(InkData, "check", lambda self: None)
    monkeypatch.setattr(InkData, "load", lambda self, validation: easy_data())
    monkeypatch.chdir(tmp_path)


def test_an_epoch_takes_each_picture_once_and_drops_the_last_incomplete_batch() -> None:
    data, task = easy_data(), InkTask()
    batches = task.epoch(data, 20, torch.Generator().manual_seed(0), CPU)
    assert [len(chosen) for chosen in batches] == [20, 20]
    assert len({number % len(data.train) for number in torch.cat(list(batches)).tolist()}) == 40
    assert task.epoch_size(data, 20).images == 40
    assert task.epoch_size(data, 1000).steps == 1


def test_pictures_are_mirrored_together_with_their_ink() -> None:
    examples, task = easy(5), InkTask()
    count = len(examples)
    plain = task.batch(examples, torch.arange(count))
    assert torch.equal(plain.images, examples.images)
    for number, sides in enumerate([(), (2,), (3,), (2, 3)]):
        batch = task.batch(examples, torch.arange(count) + number * count)
        assert torch.equal(batch.images, examples.images.flip(sides))
        assert torch.equal(batch.targets, examples.ink.flip(sides))
    assert torch.equal(examples.images, plain.images), "the examples stay as they are"


def test_the_loss_is_small_where_the_ink_is_found_and_large_where_it_is_not() -> None:
    ink = easy(4).ink
    right = (ink.float() / 255 - 0.5) * 20
    task = InkTask()
    assert float(task.loss(right, ink)) < 0.02
    assert float(task.loss(-right, ink)) > 5
    assert float(task.loss(torch.zeros_like(right), ink)) > 1


def test_ink_is_found_where_most_of_it_overlaps_and_blank_paper_is_left_blank() -> None:
    class Fixed(torch.nn.Module):
        """Finds what is dark."""

        mean = torch.zeros(())

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return (0.3 - images[:, :1]) * 100

    examples = easy(6)
    assert InkTask().score(Fixed(), examples).accuracy == 1  # type: ignore[arg-type]
    blank = InkExamples(examples.images, torch.zeros_like(examples.ink))
    assert InkTask().score(Fixed(), blank).accuracy == 0  # type: ignore[arg-type]
    paper = InkExamples(torch.full_like(examples.images, 128), blank.ink)
    assert InkTask().score(Fixed(), paper).accuracy == 1  # type: ignore[arg-type]


def test_each_picture_goes_through_the_network_once_when_it_is_scored() -> None:
    def nothing(images: torch.Tensor) -> torch.Tensor:
        return torch.full_like(images[:, :1], -9)

    data = easy_data()
    assert check_scored_once(InkTask(), data, nothing) == len(data.test)


@pytest.mark.slow
def test_a_run_learns_and_writes_what_it_kept_and_goes_on_to_the_same_weights() -> None:
    result = run(replace(CONFIG, run_dir="whole"))
    network = ink_checkpoint.load(check_learnt(result, 10, least_accuracy=0.7))
    assert InkTask().score(network, easy_data().test).accuracy == result.test_accuracy

    def stop_after_the_first(row: MetricsRow) -> None:
        if row.epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(replace(CONFIG, run_dir="stopped"), stop_after_the_first)
    run(replace(CONFIG, resume="stopped"))
    states = [ink_checkpoint.load(Path(n, "model.h5")).state_dict() for n in ("whole", "stopped")]
    assert all(torch.equal(a, b) for a, b in zip(*map(dict.values, states), strict=True))


@pytest.mark.slow
def test_a_run_begins_with_the_weights_of_another_and_is_compared_with_it() -> None:
    run(replace(CONFIG, experiment="long"))
    (first,) = Path("experiments", "long").iterdir()
    run(replace(CONFIG, experiment="short", epochs=1, init=str(first)))
    comparison = compare_runs(find_runs(["long", "short"]))
    assert {recipe.name for recipe in comparison.recipes} == {"long", "short"}


def test_without_the_test_set_nothing_is_said_of_it() -> None:
    result = run(replace(CONFIG, run_dir="run", epochs=1, score_test=False))
    assert result.test_accuracy is None
    assert not Path("run", "predictions.h5").exists()
    ink_checkpoint.load(Path("run", "model.h5"))


def test_what_ink_cannot_be_trained_with_is_refused() -> None:
    with pytest.raises(ConfigError, match="write augment=none"):
        replace(CONFIG, augment=Affine())
    with pytest.raises(ConfigError, match="ink has no labels to smooth; leave it out"):
        replace(CONFIG, label_smoothing=0.1)
