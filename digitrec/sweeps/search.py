"""Search for good settings with Optuna; each trial is a run, judged on the validation images.

The study is a SQLite file in the folder of its runs. What Optuna draws for a trial depends on the
trials before it and on nothing else, so a search that was killed goes on as if it had not been.
"""

from __future__ import annotations

import importlib.util
import json
import shlex
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.config.checks import check
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError, Interrupted, Pruned
from digitrec.storage.atomic import atomic_path
from digitrec.storage.locks import locked
from digitrec.sweeps.finished_runs import key
from digitrec.sweeps.launchers import Job, Outcome, perform, stopped
from digitrec.training.progress import SweepProgress
from digitrec.training.run_directory import EXPERIMENTS, RunDir, experiment_name

if TYPE_CHECKING:
    import optuna

__all__ = ["Choice", "Interval", "Search", "pictures", "search"]

PICTURES = {
    "Optimization history": "optimization-history.svg",
    "Parameter importances": "parameter-importances.svg",
    "Slices": "slices.svg",
}


@dataclass(frozen=True)
class Choice:
    """One of some values, as they are written on the command line."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Interval:
    """A number from low to high, both among them."""

    low: float
    high: float
    log: bool = False  # evenly on a logarithmic scale
    whole: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """Return the least and the largest, as they are written on the command line."""
        return (f"{self.low}", f"{self.high}")


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is searched, from where, and how long."""

    base: TrainConfig  # what no trial changes
    space: Mapping[str, Choice | Interval]
    words: tuple[str, ...] = ()  # of the command line, that give the base
    trials: int = 30
    seed: int = 0
    prune: bool = True

    def __post_init__(self) -> None:
        check(
            _is_whole(self.trials) and self.trials >= 1, "hparams.trials", "at least 1", self.trials
        )
        check(_is_whole(self.seed) and self.seed >= 0, "hparams.seed", "0 or more", self.seed)
        check(isinstance(self.prune, bool), "hparams.prune", "true or false", self.prune)
        check(self.base.validation > 0, "validation", "above 0 to search", self.base.validation)
        if self.base.run_dir is not None:
            raise ConfigError(
                "run_dir= is of one run; a search has many, in its experiment's folder"
            )
        for name, dimension in self.space.items():
            if isinstance(dimension, Interval):
                rule = "an interval from less to more" + (", above 0" if dimension.log else "")
                low = dimension.low > 0 or not dimension.log
                value = f"interval({dimension.low}, {dimension.high})"
                check(low and dimension.low < dimension.high, name, rule, value)
        if not self.space:
            raise ConfigError(
                "hparams.space is empty: give a setting such as 'ema=interval(0.9,0.99)'"
            )

    @property
    def folder(self) -> Path:
        """Where the study and its runs are."""
        return EXPERIMENTS / f"{experiment_name(self.base)}-search"

    @property
    def study_name(self) -> str:
        """The same for the same search, however many trials it is to have."""
        space = {name: repr(self.space[name]) for name in sorted(self.space)}
        text = json.dumps([key(self.base), space, self.seed, self.prune])
        return sha256(text.encode()).hexdigest()[:16]


def search(search: Search, compose: Callable[[list[str]], TrainConfig]) -> int:
    """Carry out a search, or go on with it; print the best trials and draw Optuna's plots.

    compose: makes a configuration of words ``key=value``, those of the search and a trial's.
    Returns the exit code: 0.

    Raises:
        DigitrecError: if Optuna is missing, or all trials failed.
        Interrupted: when asked to stop.
    """
    if importlib.util.find_spec("optuna") is None:
        raise DigitrecError(
            "hparams=optuna needs the package optuna: pip install 'digitrec[search]'"
        )
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with locked(search.folder / ".lock", f"the search in {search.folder}"):
        storage = f"sqlite:///{search.folder / 'study.db'}"
        study = optuna.create_study(
            study_name=search.study_name,
            storage=storage,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner() if search.prune else optuna.pruners.NopPruner(),
        )
        ended = sum(trial.state.is_finished() for trial in study.trials)
        left = max(0, search.trials - ended)
        print(f"search  {search.folder}: {ended} trials have ended, {left} to go", flush=True)
        with SweepProgress(search.trials, ended, left * search.base.epochs) as shown:
            for _ in range(left):
                _run_trial(study, search, compose, shown)
        _draw(study, search.folder)
    return _say(study, search)


def pictures(folder: Path) -> dict[str, Path]:
    """Return Optuna's plots in the folder of a search, as SVG files by their titles."""
    return {title: folder / name for title, name in PICTURES.items() if (folder / name).exists()}


def _run_trial(
    study: optuna.Study,
    search: Search,
    compose: Callable[[list[str]], TrainConfig],
    shown: SweepProgress,
) -> None:
    """Finish the trial that a killed search left, or carry out the next."""
    import optuna

    from digitrec.training.seeding import derive  # with PyTorch, for which --help does not wait

    left = study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING])
    number = left[0].number if left else len(study.trials)
    study.sampler = optuna.samplers.TPESampler(seed=derive(search.seed, "search", number) % 2**32)
    trial = optuna.trial.Trial(study, left[0]._trial_id) if left else study.ask()
    words = _draw_settings(trial, search.space)
    trial.set_user_attr("settings", " ".join(words))
    name, seen = f"trial {trial.number}: {' '.join(words)}", 0

    def on_epoch(row: Mapping[str, Any]) -> None:
        nonlocal seen
        seen += 1
        shown.epoch()
        trial.report(row["validation_accuracy"], row["epoch"])
        if row["epoch"] < search.base.epochs and trial.should_prune():
            raise Pruned(f"{row['validation_accuracy']:.2%} after epoch {row['epoch']}")

    accuracy, state = None, optuna.trial.TrialState.COMPLETE
    try:
        config = replace(
            compose([*search.words, *words]), experiment=search.folder.name, score_test=False
        )
        outcome = perform(Job(name=name, config=config, wait=True), on_epoch, shown.console)
    except Interrupted as stop:
        raise stopped(stop.signal_number) from None
    except Pruned as pruned:
        outcome, state = Outcome("pruned", reason=str(pruned)), optuna.trial.TrialState.PRUNED
    except ConfigError as error:  # two settings that do not go together
        outcome = Outcome("failed", reason=str(error))
    if outcome.folder is not None:
        accuracy = RunDir(Path(outcome.folder)).result()["validation_accuracy"]
        trial.set_user_attr("run", outcome.folder)
        line = f"{name}  validation {accuracy:.2%}  {outcome.folder}"
    else:
        line = f"{name}  {outcome.status}: {outcome.reason}"
    if outcome.status in ("failed", "busy"):
        state = optuna.trial.TrialState.FAIL
    study.tell(trial, accuracy, state)
    shown.end(search.base.epochs - seen, state == optuna.trial.TrialState.FAIL, line)


def _draw_settings(trial: optuna.Trial, space: Mapping[str, Choice | Interval]) -> list[str]:
    """Let Optuna choose; returns words for the command line."""
    words = []
    for name, dimension in space.items():
        value: Any
        if isinstance(dimension, Choice):
            value = trial.suggest_categorical(name, dimension.values)
        elif dimension.whole:
            low, high = int(dimension.low), int(dimension.high)
            value = trial.suggest_int(name, low, high, log=dimension.log)
        else:
            value = trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log)
            value = float(f"{value:.4g}")  # more digits would say nothing
        words.append(f"{name}={value}")
    return words


def _say(study: optuna.Study, search: Search) -> int:
    import optuna

    done = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    if not done:
        raise DigitrecError("no trial came to its end; the lines above say why")
    best = sorted(done, key=lambda trial: trial.value or 0.0, reverse=True)
    print("\nbest trials, by accuracy on the validation images")
    for trial in best[:5]:
        print(f"  {trial.value:.2%}  {trial.user_attrs['settings']}  {trial.user_attrs['run']}")
    for title, file in pictures(search.folder).items():
        print(f"{title.lower():<22} {file}")
    settings = best[0].user_attrs["settings"]
    print(f"next    python -m digitrec.train {shlex.join(search.words)} {settings}", flush=True)
    return 0


def _draw(study: optuna.Study, folder: Path) -> None:
    """Draw Optuna's plots, those that there are trials enough for."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("Agg")
    with warnings.catch_warnings(), mpl.rc_context():  # Optuna sets a style of its own
        warnings.simplefilter("ignore")  # "experimental", since 2020
        import optuna
        from optuna.visualization import matplotlib as drawn

        judged = "validation accuracy"
        judge = optuna.importance.PedAnovaImportanceEvaluator()
        makers: tuple[Callable[[], Any], ...] = (
            lambda: drawn.plot_optimization_history(study, target_name=judged),
            lambda: drawn.plot_param_importances(study, evaluator=judge, target_name=judged),
            lambda: drawn.plot_slice(study, target_name=judged),
        )
        for name, make in zip(PICTURES.values(), makers, strict=True):
            try:
                make()
                with atomic_path(folder / name) as part:
                    plt.gcf().savefig(part, format="svg", bbox_inches="tight")
            except (ValueError, RuntimeError) as error:
                print(f"warning: {name} cannot be drawn yet: {error}", file=sys.stderr)
            finally:
                plt.close("all")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
