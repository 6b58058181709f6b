from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from digitrec.comparison.compare_runs import compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.comparison.html_report.report import write_report
from digitrec.config.train_config import TrainConfig
from digitrec.data.sets.composed import StringsData
from digitrec.data.string_dataset import StringDataSet, StringExamples, Strings
from digitrec.models import string_checkpoint
from digitrec.models.architectures.strings import Strings as StringModel
from digitrec.models.ctc import BLANK
from digitrec.models.network import StringNetwork
from digitrec.training.augmentations import NoAugmentation
from digitrec.training.optimizers import AdamW
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, RunDir, StringPredictions
from digitrec.training.tasks.strings import StringsTask

CPU = torch.device("cpu")
LONG = 8  # epochs after which nearly all strings are read


def easy(count: int, width: int = 48, seed: int = 0) -> Strings:
    """Strings of two: upright bars (1) and blocks (0)."""
    shuffle = torch.Generator().manual_seed(seed)
    targets = torch.zeros(count, 5, dtype=torch.int64)
    targets[:, :2] = torch.randint(0, 2, (count, 2), generator=shuffle)
    images = torch.zeros(count, 1, 28, width, dtype=torch.uint8)
    for image, target in zip(images, targets, strict=True):
        for place, kind in enumerate(target[:2].tolist()):
            left = width // 2 - 16 + 18 * place
            image[0, 4:24, left : left + (3 if kind else 13)] = 255
    return Strings(images, targets, torch.full((count,), 2))


def easy_data(train: list[Strings] | None = None) -> StringDataSet:
    validation = StringExamples([easy(64, seed=1), easy(16, 64, seed=2)])
    test = StringExamples([easy(40, seed=3), easy(12, 64, seed=4)])
    return StringDataSet(
        "strings", "00", StringExamples(train or [easy(160), easy(80, 64)]), validation, test
    )


CONFIG = TrainConfig(
    data=StringsData(),
    model=StringModel(width=8),
    optimizer=AdamW(lr=1e-2),
    augment=NoAugmentation(),
    epochs=LONG,
    batch_size=16,
    ema=0.9,
    clip_norm=5.0,
    threads=1,
)


@pytest.fixture(scope="module", autouse=True)
def _easy() -> Iterator[None]:
    """Easy strings in the place of those that pen digits and scans make."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StringsData, "check", lambda self: None)
        patch.setattr(StringsData, "load", lambda self, validation: easy_data())
        yield


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that several tests look at: ``long`` and ``short``, of seeds 0 and 1."""
    folder = tmp_path_factory.mktemp("trained")
    for seed in (0, 1):
        for experiment, epochs in (("long", LONG), ("short", 1)):
            place = str(folder / experiment / str(seed))
            run(replace(CONFIG, experiment=experiment, seed=seed, epochs=epochs, run_dir=place))
    return folder


# --- batches ------------------------------------------------------------------------------------


def test_an_epoch_takes_each_string_once_and_drops_the_last_incomplete_batches() -> None:
    data, task = easy_data([easy(50), easy(20, 96)]), StringsTask()
    batches = task.epoch(data, 16, torch.Generator().manual_seed(0), CPU)
    size = task.epoch_size(data, 16)
    taken: dict[int, list[int]] = {0: [], 1: []}
    for number, chosen in batches:
        assert len(chosen) == (16, 8)[number]  # fewer of wide images
        taken[number] += chosen.tolist()
    assert [len(found) for found in taken.values()] == [48, 16]
    assert all(len(set(found)) == len(found) for found in taken.values())
    assert (size.steps, size.images) == (len(batches), 64)


def test_a_few_strings_make_one_small_batch() -> None:
    data, task = easy_data([easy(3)]), StringsTask()
    ((number, chosen),) = task.epoch(data, 16, torch.Generator().manual_seed(0), CPU)
    assert (number, sorted(chosen.tolist())) == (0, [0, 1, 2])
    assert task.epoch_size(data, 16).images == 3


def test_the_generator_alone_decides_the_order() -> None:
    def order(seed: int) -> list[list[int]]:
        shuffle = torch.Generator().manual_seed(seed)
        return [c.tolist() for _, c in StringsTask().epoch(easy_data(), 16, shuffle, CPU)]

    assert order(0) == order(0) != order(1)


# --- loss and score -----------------------------------------------------------------------------


class Fixed(StringNetwork):
    """Reads 1, 1, 0 in every image."""

    def __init__(self) -> None:
        super().__init__(torch.nn.Identity())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        path = [BLANK, 1, 1, BLANK, 1, 0, 0, BLANK]
        return torch.eye(12)[path].expand(len(images), -1, -1) * 20


def shown(*texts: list[int]) -> StringExamples:
    targets = torch.zeros(len(texts), 5, dtype=torch.int64)
    for row, text in zip(targets, texts, strict=True):
        row[: len(text)] = torch.tensor(text)
    lengths = torch.tensor([len(text) for text in texts])
    return StringExamples([Strings(torch.zeros(len(texts), 1, 28, 48), targets, lengths)])


def test_a_string_is_right_where_all_of_it_is() -> None:
    score = StringsTask().score(Fixed(), shown([1, 1, 0], [1, 0], [1, 1, 0, 0]))
    assert score.accuracy == pytest.approx(1 / 3)


def test_the_loss_is_small_where_the_text_is_the_one_that_is_read() -> None:
    task = StringsTask()
    right, wrong = task.score(Fixed(), shown([1, 1, 0])), task.score(Fixed(), shown([7, 7]))
    assert right.loss < 0.01 < 1 < wrong.loss


def test_a_string_without_room_in_its_columns_contributes_nothing() -> None:
    assert StringsTask().score(Fixed(), shown([1] * 5)).loss == 0


# --- runs ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_run_learns_to_read_and_writes_what_it_kept(trained: Path) -> None:
    folder = RunDir(trained / "long" / "0")
    result = folder.result()
    assert result is not None
    assert result.test_count == 52
    assert result.test_accuracy is not None
    assert result.test_accuracy > 0.9
    assert result.validation_accuracy is not None
    assert result.validation_accuracy > 0.9
    predictions = folder.predictions()
    assert isinstance(predictions, StringPredictions)
    wrong = (predictions.labels != predictions.answers).any(axis=1)
    assert int(wrong.sum()) == result.test_errors
    network = string_checkpoint.load(folder.model)
    assert StringsTask().score(network, easy_data().test).accuracy == result.test_accuracy


def test_without_the_test_set_nothing_is_said_of_it() -> None:
    result = run(replace(CONFIG, run_dir="run", epochs=1, score_test=False))
    assert result.test_accuracy is None
    assert not Path("run", "predictions.h5").exists()
    string_checkpoint.load(Path("run", "model.h5"))


def weights(folder: Path | str) -> list[np.ndarray]:
    state = string_checkpoint.load(Path(folder, "model.h5")).state_dict()
    return [value.numpy() for value in state.values()]


def test_a_stopped_run_goes_on_to_the_same_weights() -> None:
    config = replace(CONFIG, epochs=2)
    run(replace(config, run_dir="whole"))

    def stop_after_the_first(row: MetricsRow) -> None:
        if row.epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(replace(config, run_dir="stopped"), stop_after_the_first)
    result = RunDir(Path("stopped")).result()
    assert result is not None
    assert result.status == "interrupted"
    run(replace(config, resume="stopped"))
    pairs = zip(weights("stopped"), weights("whole"), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_runs_are_compared_string_by_string(trained: Path) -> None:
    comparison = compare_runs(find_runs([str(trained / "long"), str(trained / "short")]))
    assert [recipe.name for recipe in comparison.recipes] == ["long", "short"]
    (verdict,) = comparison.verdicts
    assert verdict.difference.errors < 0
    write_report(Path("report.html"), comparison)
    assert Path("report.html").stat().st_size > 10_000


def test_the_same_seed_gives_the_same_weights(trained: Path) -> None:
    run(replace(CONFIG, run_dir="same", epochs=1, seed=0))
    one, same, other = map(weights, (trained / "short" / "0", "same", trained / "short" / "1"))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
