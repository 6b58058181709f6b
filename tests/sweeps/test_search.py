"""Searches with the real Optuna: what they draw, what they never look at, and how they go on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
import train_command
from rich.console import Console
from sample_runs import made_up_environment, made_up_result, made_up_row

from digitrec.config.compose import compose, search_of
from digitrec.config.search_path import search_path
from digitrec.config.search_space import Categorical, Interval
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError, Pruned
from digitrec.sweeps import finished_runs, search
from digitrec.sweeps.jobs import Job, JobOutcome, perform
from digitrec.sweeps.search_plots import plot_files
from digitrec.training.optimizers import Adadelta
from digitrec.training.run import run
from digitrec.training.run_directory import MetricsRow, RunDir

SMALL = (
    "data=synthetic", "data.train=200", "data.test=40", "validation=40", "model=tiny",
    "epochs=2", "threads=1", "save_seconds=0",
)  # fmt: skip
FEW = ("batch_size=32", "label_smoothing=0")  # the settings that are left are checked soon
WORDS = (*SMALL, "hparams=optuna", "batch_size=16,32")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    return train_command.command([*words], monkeypatch)


def trials(folder: str = "experiments/synthetic-tiny-search") -> list[optuna.trial.FrozenTrial]:
    storage = f"sqlite:///{folder}/study.db"
    (name,) = optuna.get_all_study_names(storage)
    return optuna.load_study(study_name=name, storage=storage).trials


def pretend(
    accuracy: Callable[[TrainConfig, int], float],
) -> Callable[[Job, Callable[[MetricsRow], None], Console], JobOutcome]:
    """Make a stand-in for training, whose validation accuracy is known beforehand."""

    def perform(job: Job, on_epoch: Callable[[MetricsRow], None], console: Console) -> JobOutcome:
        for epoch in range(1, job.config.epochs + 1):
            on_epoch(made_up_row(epoch, validation_accuracy=accuracy(job.config, epoch)))
        folder = RunDir.create(job.config, made_up_environment())
        reached = accuracy(job.config, job.config.epochs)
        folder.write_result(made_up_result(job.config, validation_accuracy=reached))
        return JobOutcome("finished", str(folder.path))

    return perform


@pytest.mark.slow
def test_a_killed_search_goes_on_as_if_it_had_not_been_and_leaves_the_test_set_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "undisturbed").mkdir()
    monkeypatch.chdir("undisturbed")
    assert command(monkeypatch, *WORDS, "hparams.trials=2") == 0
    expected = [(trial.params, trial.value) for trial in trials()]
    assert len(expected) == 2

    (tmp_path / "killed").mkdir()
    monkeypatch.chdir(tmp_path / "killed")

    def killed(job: Job, on_epoch: Callable[[MetricsRow], None], console: Console) -> JobOutcome:
        def note(row: MetricsRow) -> None:
            if job.name.startswith("trial 1:"):
                raise KeyboardInterrupt
            on_epoch(row)

        return perform(job, note, console)

    with monkeypatch.context() as patched:
        patched.setattr(search, "perform", killed)
        assert command(patched, *WORDS, "hparams.trials=2") == 130
    assert [trial.state.name for trial in trials()] == ["COMPLETE", "RUNNING"]
    assert command(monkeypatch, *WORDS, "hparams.trials=2") == 0
    assert [(trial.params, trial.value) for trial in trials()] == expected
    capsys.readouterr()
    assert command(monkeypatch, *WORDS, "hparams.trials=2") == 0  # and nothing is left to do
    said = capsys.readouterr().out
    assert "2 trials have ended, 0 to go" in said
    best = max(trials(), key=lambda trial: trial.value or 0)
    words = best.user_attrs["settings"]
    assert f"next    python -m digitrec.train {' '.join(SMALL)} {words}\n" in said

    folders = [file.parent for file in Path().glob("experiments/*/*/config.yaml")]
    assert len(folders) == 2
    for folder in folders:
        result = json.loads((folder / "result.json").read_text())
        assert result["status"] == "finished"
        assert {key for key, value in result.items() if value is None} == {
            "test_accuracy", "test_errors", "test_count", "test_loss", "test_ece", "best_epoch"
        }  # fmt: skip
        assert not (folder / "predictions.h5").exists()
        assert not (folder / "mistakes.png").exists()
    found = plot_files(Path("experiments/synthetic-tiny-search"))
    assert list(found) == ["Optimization history", "Parameter importances", "Slices"]
    for file in found.values():
        assert b"<svg" in file.read_bytes()[:1000]


@pytest.mark.slow
def test_it_finds_what_is_good_and_gives_up_what_is_behind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def accuracy(config: TrainConfig, epoch: int) -> float:
        return 1 / (1 + abs(config.optimizer.lr - 0.5)) - 0.1 / epoch

    monkeypatch.setattr(search, "perform", pretend(accuracy))
    words = [*SMALL, "hparams=optuna", "optimizer.lr=interval(0.1, 10)", "epochs=4"]
    assert command(monkeypatch, *words, "hparams.trials=30") == 0
    done = trials()
    best = max((t for t in done if t.state.name == "COMPLETE"), key=lambda t: t.value or 0)
    assert abs(best.params["optimizer.lr"] - 0.5) < 0.2
    pruned = [trial for trial in done if trial.state.name == "PRUNED"]
    assert 3 < len(pruned) < 27
    assert "pruned: " in capsys.readouterr().out
    assert not set(done[0].params) - {"optimizer.lr", "batch_size", "label_smoothing"}

    assert command(monkeypatch, *words, "hparams.trials=12", "hparams.prune=false", "seed=1") == 0
    storage = "sqlite:///experiments/synthetic-tiny-search/study.db"
    studies = [optuna.load_study(study_name=name, storage=storage)
               for name in optuna.get_all_study_names(storage)]  # fmt: skip
    (other,) = (study for study in studies if len(study.trials) == 12)
    assert {trial.state.name for trial in other.trials} == {"COMPLETE"}


@pytest.mark.slow
def test_a_trial_is_not_given_up_after_its_own_last_epoch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = 0

    def accuracy(config: TrainConfig, epoch: int) -> float:
        nonlocal begun
        begun += epoch == 1
        if begun <= 6:
            return 0.5 if epoch == 1 else 0.9
        return 0.6  # behind the others from the second epoch on

    monkeypatch.setattr(search, "perform", pretend(accuracy))
    words = [*SMALL[:-3], "threads=1", "hparams=optuna", "epochs=choice(2,8)"]
    assert command(monkeypatch, *words, "hparams.trials=14") == 0
    ends = {(trial.params["epochs"], trial.state.name) for trial in trials()[6:]}
    assert ends == {("2", "COMPLETE"), ("8", "PRUNED")}


def test_trials_that_fail_are_told_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*SMALL, "hparams=optuna", "batch_size=16", "label_smoothing=0", "hparams.trials=1"]
    diverging = [*words, "optimizer=sgd", "optimizer.lr=choice(1e30)"]
    assert command(monkeypatch, *diverging) == 2
    said = capsys.readouterr()
    assert "trial 0: optimizer.lr=1e+30  failed: training diverged" in said.out
    assert said.err.endswith("error: no trial finished; the lines above say why\n")
    assert [trial.state.name for trial in trials()] == ["FAIL"]


def test_a_run_given_up_says_so_and_is_never_gone_on_with() -> None:
    def give_up(row: MetricsRow) -> None:
        raise Pruned("it promises little")

    config = compose([*SMALL, "run_dir=run"])
    with pytest.raises(Pruned):
        run(config, give_up)
    result = RunDir(Path("run")).result()
    assert result is not None
    assert result.status == "pruned"
    assert not Path("run/state.h5").exists()
    assert finished_runs.find_existing_run(config) is None


def test_the_space_is_that_of_the_file_and_of_the_words() -> None:
    found = search_of([
        "hparams=optuna", "model=fast,deep", "optimizer.lr=1.5", "ema=interval(0.9, 0.99)",
        "model.width=int(interval(2, 64))", "epochs=range(1, 4)", "hparams.trials=7", "seed=3",
    ])  # fmt: skip
    assert found.space == {
        "batch_size": Categorical(("32", "64", "128", "256")),
        "label_smoothing": Interval(0, 0.2),
        "model": Categorical(("fast", "deep")),
        "ema": Interval(0.9, 0.99),
        "model.width": Interval(2, 64, whole=True),
        "epochs": Categorical(("1", "2", "3")),
    }
    assert found.trials == 7
    assert found.base == TrainConfig(seed=3, optimizer=Adadelta(lr=1.5))
    assert found.words == ("optimizer.lr=1.5", "seed=3")
    assert search_of([*FEW, "hparams=optuna"]).space["optimizer.lr"] == Interval(0.1, 10, log=True)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["hparams.trials=0"], "hparams.trials=0: must be at least 1"),
        (["hparams.seed=-1"], "hparams.seed=-1: must be 0 or more"),
        (["hparams.prune=7"], "hparams.prune=7: must be true or false"),
        (["hparams.trial=3"], "no setting is called hparams.trial; did you mean trials?"),
        (["validation=0"], "validation=0: must be above 0 in a search"),
        (
            ["run_dir=x"],
            "run_dir= names the folder of one run, and a search has many; leave it out",
        ),
        (
            ["ema=interval(0.9, 0.1)"],
            "ema=interval(0.9, 0.1): must be an interval whose first number is smaller",
        ),
        (
            ["ema=tag(log, interval(0, 0.1))"],
            "ema=interval(0.0, 0.1): must be above 0 for a logarithmic scale",
        ),
        (["+hparams.space.ema=0.5"], "ema=0.5: in hparams.space, write interval() or choice()"),
        (["+hparams.trails=3"], "hparams.trails: did you mean trials?"),
        (["+hparams.words=3"], "hparams.words: choose from trials, seed, prune"),
        (
            ["hydra/launcher=parallel"],
            "hydra/launcher=parallel: leave it out; a search runs its trials in turn",
        ),
        (["epoch=choice(1,2)"], "no setting is called epoch; did you mean epochs?"),
        (["ema=interval(2, 3)"], "ema=2.0: must be at least 0 and below 1"),
        (["model=fst,deep"], "no model is called 'fst'; did you mean fast?"),
        (["hparams=grid"], "no hparams is called 'grid'; choose from optuna"),
    ],
)
def test_mistakes_in_a_search_are_told_before_any_trial(words: list[str], line: str) -> None:
    # The usual space has nine values to check, each with a configuration of its own.
    narrow = ["batch_size=32", "label_smoothing=0", "optimizer.lr=choice(1.0)"]
    with pytest.raises(ConfigError) as caught:
        search_of(["hparams=optuna", *narrow, *words])
    assert str(caught.value).startswith(line)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("own", [False, True])
def test_a_search_without_a_space_of_its_file_has_that_of_the_words(own: bool) -> None:
    words = ["hparams=optuna", "hparams.space=null"]
    if own:
        Path("own/hparams").mkdir(parents=True)
        Path("own/hparams/mine.yaml").write_text("trials: 7\n")
        words = [*search_path(["own"]), "hparams=mine"]
    with pytest.raises(ConfigError, match=r"^hparams\.space is empty: name a setting to vary"):
        search_of(words)
    found = search_of([*words, "ema=interval(0.9, 0.99)"])
    assert found.space == {"ema": Interval(0.9, 0.99)}


def test_a_space_is_a_mapping() -> None:
    with pytest.raises(ConfigError, match=r"^hparams\.space=3: must be settings and what each"):
        search_of(["hparams=optuna", "hparams.space=3"])


@pytest.mark.parametrize("value", [0.99996, 0.9999999, 0.95])
def test_a_value_that_is_drawn_is_in_its_interval(value: float) -> None:
    trial = optuna.trial.FixedTrial({"ema": value})
    interval = Interval(0.9, 0.9999999)
    (word,) = search.draw_settings(trial, {"ema": interval})  # type: ignore[arg-type]
    drawn = float(word.removeprefix("ema="))
    assert interval.low <= drawn <= interval.high
    assert drawn == pytest.approx(value, abs=1e-6)


def test_without_optuna_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(DigitrecError, match=r"pip install 'digitrec\[search\]'"):
        search.run_search(search_of([*FEW, "hparams=optuna"]), compose)
    assert not list(Path().iterdir())


def test_searches_of_version_0_1_keep_their_names() -> None:
    """Optuna finds a search by its name, and continues it."""
    found = search_of([*FEW, "hparams=optuna", "model=fast,deep", "ema=interval(0.9, 0.99)"])
    assert search.describe(found.space["model"]) == "Choice(values=('fast', 'deep'))"
    described = "Interval(low=0.9, high=0.99, log=False, whole=False)"
    assert search.describe(found.space["ema"]) == described
    assert search.study_name(found) == search.study_name(replace(found, trials=7))
    assert search.study_name(found) != search.study_name(replace(found, seed=7))
