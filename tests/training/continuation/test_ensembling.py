from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from digitrec.comparison.runs import read_runs
from digitrec.config.compose import compose
from digitrec.errors import ConfigError, DigitrecError
from digitrec.models import checkpoint
from digitrec.models.inference import logits_of
from digitrec.training.continuation.ensembling import combine
from digitrec.training.run import run
from digitrec.training.run_directory import RunDir

SMALL = [
    "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny",
    "batch_size=16", "threads=1", "epochs=1",
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two finished runs, one of other validation images, and one that was not begun."""
    place = tmp_path_factory.mktemp("runs")
    words = (["seed=0"], ["seed=1", "model=fast", "model.width=4"], ["validation=30"])
    for number, more in enumerate(words):
        run(compose([*SMALL, *more, f"run_dir={place / str(number)}"]))
    return [place / str(number) for number in range(4)]


@pytest.mark.slow
def test_runs_become_one_that_everything_reads(runs: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "both"
    result = combine(runs[:2], str(folder))
    members = [checkpoint.load(one) for one in runs[:2]]
    whole = checkpoint.load(folder)
    config = RunDir.open(folder)[1]
    images = config.data.load(config.validation).test.images
    means = np.mean([logits_of(one.network, images) for one in members], axis=0)
    np.testing.assert_allclose(logits_of(whole.network, images), means, rtol=1e-4, atol=1e-4)
    seconds = [RunDir(one).result() for one in runs[:2]]
    assert result.parameters == sum(one.parameters for one in seconds if one)
    assert result.train_seconds == pytest.approx(
        sum(one.train_seconds or 0 for one in seconds if one), abs=0.01
    )
    assert whole.temperature == result.temperature
    compared, problems = read_runs([*runs[:2], folder])
    assert len(compared) == 3
    assert problems == []
    assert compared[2].experiment == "ensemble"
    assert compared[2].wrong.sum() == result.test_errors


def test_it_is_not_trained(runs: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"train its members, and .*ensemble RUN RUN"):
        run(compose([*SMALL, "model=ensemble", f"run_dir={tmp_path / 'run'}"]))
    assert not (tmp_path / "run").exists()


def test_runs_that_do_not_fit_are_named(runs: list[Path], tmp_path: Path) -> None:
    new = tmp_path / "new"
    cases = [
        ([runs[0]], "2 to 16"),
        ([runs[0], runs[0]], "named twice"),
        ([runs[0], runs[2]], "other validation images"),
        ([runs[0], runs[3]], "config.yaml is missing"),
        (10 * runs[:2], "2 to 16"),
    ]
    for members, expected in cases:
        with pytest.raises(DigitrecError, match=expected) as caught:
            combine(members, str(new))
        assert "\n" not in str(caught.value)
        assert not new.exists()
    with pytest.raises(ConfigError, match="--root"):
        combine(runs[:2], str(new), root=str(tmp_path))


def test_nothing_stays_of_one_that_could_not_be_written(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save", full)
    with pytest.raises(OSError, match="No space"):
        combine(runs[:2], str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_it_can_be_fine_tuned(runs: list[Path], tmp_path: Path) -> None:
    combine(runs[:2], str(tmp_path / "both"))
    from digitrec.models.network import split_after_pooling

    network = checkpoint.load(tmp_path / "both").network
    extract, classify = split_after_pooling(network)
    classify.requires_grad_(True)
    loss = classify(extract(torch.rand(4, 1, 28, 28))).square().sum()
    loss.backward()
    assert all(one.grad is not None for one in classify.parameters())
