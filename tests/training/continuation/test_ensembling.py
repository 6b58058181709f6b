from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from digitrec.comparison.recipes import gather_recipes
from digitrec.comparison.runs import read_runs
from digitrec.config.compose import compose
from digitrec.data.dataset import Examples
from digitrec.data.sets.single import MnistData, SyntheticData
from digitrec.errors import ConfigError, DigitrecError
from digitrec.models import checkpoint
from digitrec.models.calibration import fit_temperature
from digitrec.models.inference import logits_of
from digitrec.training.continuation.ensembling import combine
from digitrec.training.continuation.initial_weights import identify
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


@pytest.fixture(scope="module")
def tuned(runs: list[Path]) -> list[Path]:
    """Two fine-tunings of the first run, and one of the first of these."""
    folders = [runs[0].with_name(f"tuned-{number}") for number in range(3)]
    for seed, (folder, init) in enumerate(
        zip(folders, (runs[0], runs[0] / "model.h5", folders[0]), strict=True)
    ):
        run(compose([*SMALL, f"seed={seed}", f"init={init}", f"run_dir={folder}"]))
    return folders


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
    environment = RunDir(folder).environment()
    assert environment.members == tuple(identify(str(one)) for one in runs[:2])
    assert environment.mean_of == ()
    assert result.train_seconds == pytest.approx(
        sum(one.train_seconds or 0 for one in seconds if one), abs=0.01
    )
    assert whole.temperature == result.temperature
    compared, problems = read_runs([*runs[:2], folder])
    assert len(compared) == 3
    assert problems == []
    assert compared[2].experiment == "ensemble"
    assert compared[2].wrong.sum() == result.test_errors


def test_the_mean_of_weights_is_one_network(
    runs: list[Path], tuned: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "mean"
    result = combine(tuned[:2], str(folder), mean_weights=True)
    one, other = (checkpoint.load(member).network.state_dict() for member in tuned[:2])
    whole = checkpoint.load(folder)
    weights = whole.network.state_dict()
    for key, value in weights.items():
        torch.testing.assert_close(
            value, torch.lerp(one[key].double(), other[key].double(), 0.5).to(value.dtype)
        )
    assert any(not torch.equal(one[key], other[key]) for key in weights)
    assert (whole.model, result.model) == ("tiny", "tiny")
    made, config = RunDir.open(folder)
    validation = config.data.load(config.validation).validation
    logits = logits_of(whole.network, validation.images)
    assert whole.temperature == result.temperature
    assert whole.temperature == pytest.approx(
        fit_temperature(logits, validation.labels.numpy()), rel=1e-3
    )
    members = [RunDir(one).result() for one in tuned[:2]]
    assert {one.parameters for one in members if one} == {result.parameters}
    environment = made.environment()
    assert environment.mean_of == tuple(identify(str(one)) for one in tuned[:2])
    assert environment.init == identify(str(runs[0]))
    assert whole.provenance["mean_of"] == [asdict(one) for one in environment.mean_of]
    compared, problems = read_runs([*tuned[:2], folder])
    assert problems == []
    assert compared[2].wrong.sum() == result.test_errors
    names = [recipe.name for recipe in gather_recipes(compared)]
    assert "ensemble" in names


def test_it_can_be_begun_with_and_not_gone_on_with(tuned: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "mean"
    combine(tuned[:2], str(folder), mean_weights=True)
    words = [*SMALL, f"init={folder}", f"run_dir={tmp_path / 'next'}"]
    assert run(compose(words)).status == "finished"
    with pytest.raises(ConfigError, match="init="):
        run(compose([f"resume={folder}"]), extend_to=2)


def test_runs_whose_weights_have_no_mean_are_named(
    runs: list[Path], tuned: list[Path], tmp_path: Path
) -> None:
    new = tmp_path / "new"
    cases = [
        ([tuned[0], runs[0]], f"{runs[0]} started from random weights"),
        ([runs[0], tuned[0]], f"{runs[0]} started from random weights"),
        ([tuned[0], tuned[2]], f"{tuned[2]} started from another network"),
        ([tuned[0], runs[1]], f"{runs[1]} has another model than {tuned[0]}"),
        ([tuned[0], runs[2]], "other validation images"),
        ([tuned[0]], "2 to 16"),
        ([tuned[0], tuned[0]], "named twice"),
    ]
    for members, expected in cases:
        with pytest.raises(DigitrecError) as caught:
            combine(members, str(new), mean_weights=True)
        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not new.exists()


def test_a_mean_that_reads_less_than_each_run_is_warned_of(
    tuned: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copies = [shutil.copytree(one, tmp_path / one.name) for one in tuned[:2]]
    for validation_accuracy, expected in ((0.0, ""), (1.0, "and each run alone at least 100.00%")):
        for copy in copies:
            result = json.loads((copy / "result.json").read_text())
            result |= {"validation_accuracy": validation_accuracy}
            (copy / "result.json").write_text(json.dumps(result))
        capsys.readouterr()
        combine(copies, str(tmp_path / str(validation_accuracy)), mean_weights=True)
        said = capsys.readouterr().err
        assert expected in said
        assert said.count("\n") == bool(expected)


def test_the_same_data_in_another_folder_are_the_same(tuned: list[Path], tmp_path: Path) -> None:
    copies = [shutil.copytree(one, tmp_path / one.name) for one in tuned[:2]]
    for copy in copies:
        config = replace(RunDir.open(copy)[1], data=MnistData(root=str(copy)))
        RunDir(copy).write_config(config)
    # past the comparison of the members: only the folder lacks its files
    with pytest.raises(DigitrecError, match="lacks train-images"):
        combine(copies, str(tmp_path / "new"))


@pytest.mark.parametrize("mean_weights", [False, True])
def test_no_example_to_train_on_is_loaded(
    tuned: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mean_weights: bool
) -> None:
    before = combine(tuned[:2], str(tmp_path / "before"), mean_weights=mean_weights)
    loaded = RunDir.open(tuned[0])[1].data.load(40)
    nothing = Examples(loaded.train.images[:0], loaded.train.labels[:0])
    held_out = replace(loaded, train=nothing)
    monkeypatch.setattr(SyntheticData, "load_held_out", lambda *_: held_out)
    monkeypatch.delattr(SyntheticData, "load")
    result = combine(tuned[:2], str(tmp_path / "after"), mean_weights=mean_weights)
    assert replace(result, run_dir=before.run_dir) == before
    checkpoint.load(tmp_path / "after")  # with the answers that are stored in it


def test_where_the_test_set_is_left_alone_training_images_are_stored(
    tuned: list[Path], tmp_path: Path
) -> None:
    copies = [shutil.copytree(one, tmp_path / one.name) for one in tuned[:2]]
    for copy in copies:
        RunDir(copy).write_config(replace(RunDir.open(copy)[1], score_test=False))
    assert combine(copies, str(tmp_path / "new")).test_accuracy is None
    checkpoint.load(tmp_path / "new")


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
        ([runs[0], runs[3]], "does not exist"),
        (10 * runs[:2], "2 to 16"),
    ]
    for members, expected in cases:
        with pytest.raises(DigitrecError, match=expected) as caught:
            combine(members, str(new))
        assert "\n" not in str(caught.value)
        assert not new.exists()
    with pytest.raises(ConfigError, match="--root"):
        combine(runs[:2], str(new), root=str(tmp_path))


def test_a_copy_of_a_run_is_the_same_network(runs: list[Path], tmp_path: Path) -> None:
    copy = shutil.copytree(runs[0], tmp_path / "copy")
    with pytest.raises(DigitrecError, match="holds the same network as") as caught:
        combine([runs[0], runs[1], copy], str(tmp_path / "new"))
    assert str(copy) in str(caught.value)
    assert not (tmp_path / "new").exists()


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
