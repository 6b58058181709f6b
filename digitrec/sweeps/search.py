"""Search for good settings with Optuna; each trial is a run, scored on the validation images.

Optuna keeps a search as what it calls a study: a SQLite file in the folder of the search's runs.
What Optuna draws for a trial depends on the trials before it and on nothing else, so a search that
was killed goes on as if it had not been.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.config.search_space import Categorical, Interval, SearchConfig
from digitrec.config.shell_words import module_command, shell_word
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError, Interrupted, Pruned
from digitrec.storage.locks import locked
from digitrec.storage.optional_packages import need
from digitrec.sweeps.finished_runs import config_key
from digitrec.sweeps.jobs import Job, JobOutcome, perform, stopped
from digitrec.sweeps.search_plots import draw_plots, plot_files
from digitrec.training.progress import SweepProgress
from digitrec.training.run_directory import EXPERIMENTS, MetricsRow, RunDir, experiment_name
from digitrec.training.signals import StopRequest

if TYPE_CHECKING:
    import optuna

__all__ = ["run_search"]

Compose = Callable[[list[str]], TrainConfig]


def search_folder(search: SearchConfig) -> Path:
    """Return the folder of a search: Optuna's study, its plots, and the folders of the runs."""
    return EXPERIMENTS / f"{experiment_name(search.base)}-search"


def study_name(search: SearchConfig) -> str:
    """Return Optuna's name of a search; the same search with more trials has the same name."""
    space = {name: describe(search.space[name]) for name in sorted(search.space)}
    text = json.dumps([config_key(search.base), space, search.seed, search.prune])
    return sha256(text.encode()).hexdigest()[:16]


def describe(dimension: Categorical | Interval) -> str:
    """Return a dimension in the words of version 0.1, whose searches can be continued."""
    return repr(dimension).replace("Categorical(", "Choice(", 1)


def run_search(search: SearchConfig, compose: Compose) -> None:
    """Carry out a search, or go on with it; print the best trials and draw Optuna's plots.

    Args:
        search: What to search.
        compose: Makes a configuration of words ``key=value``: those of the search and a trial's.

    Raises:
        DigitrecError: if Optuna is missing, or all trials failed.
        Interrupted: after a signal; the state of the trial is saved.
    """
    need("hparams=optuna", "search", "optuna")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder = search_folder(search)
    with locked(folder / ".lock", f"the search in {folder}"):
        study = optuna.create_study(
            study_name=study_name(search),
            storage=f"sqlite:///{folder / 'study.db'}",
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner() if search.prune else optuna.pruners.NopPruner(),
        )
        ended = sum(trial.state.is_finished() for trial in study.trials)
        left = max(0, search.trials - ended)
        print(f"search  {folder}: {ended} trials have ended, {left} to go", flush=True)
        shown = SweepProgress(search.trials, ended, left * search.base.epochs)
        with StopRequest() as stop, shown as progress:
            for _ in range(left):
                if stop.signal_number:
                    raise stopped(stop.signal_number)
                _run_trial(study, search, compose, progress)
        draw_plots(study, folder)
    _print_best(study, search)


def _run_trial(
    study: optuna.Study,
    search: SearchConfig,
    compose: Compose,
    progress: SweepProgress,
) -> None:
    """Finish the trial that a killed search has left, else carry out the next one."""
    import optuna

    from digitrec.training.seeding import derive  # imports PyTorch, which is slow

    left = study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING])
    number = left[0].number if left else len(study.trials)
    study.sampler = optuna.samplers.TPESampler(seed=derive(search.seed, "search", number) % 2**32)
    trial = optuna.trial.Trial(study, left[0]._trial_id) if left else study.ask()
    words = draw_settings(trial, search.space)
    trial.set_user_attr("settings", " ".join(map(shell_word, words)))
    name, seen = f"trial {trial.number}: {' '.join(words)}", 0

    def on_epoch(row: MetricsRow) -> None:
        nonlocal seen
        seen += 1
        progress.epoch()
        assert row.validation_accuracy is not None  # a search has validation images
        trial.report(row.validation_accuracy, row.epoch)
        if row.epoch < config.epochs and trial.should_prune():
            raise Pruned(f"{row.validation_accuracy:.2%} after epoch {row.epoch}")

    accuracy, state = None, optuna.trial.TrialState.COMPLETE
    try:
        config = replace(
            compose([*search.words, *words]),
            experiment=search_folder(search).name,
            score_test=False,
        )
        outcome = perform(Job(name=name, config=config, wait=True), on_epoch, progress.console)
    except Interrupted as stop:
        raise stopped(stop.signal_number) from None
    except Pruned as pruned:
        outcome, state = JobOutcome("pruned", reason=str(pruned)), optuna.trial.TrialState.PRUNED
    except ConfigError as error:  # two settings that exclude each other
        outcome = JobOutcome("failed", reason=str(error))
    if outcome.folder is not None:
        result = RunDir(Path(outcome.folder)).result()
        assert result is not None  # it says that the run is finished
        accuracy = result.validation_accuracy
        trial.set_user_attr("run", outcome.folder)
        line = f"{name}  validation {accuracy:.2%}  {outcome.folder}"
    else:
        line = f"{name}  {outcome.status}: {outcome.reason}"
    if outcome.status in ("failed", "busy"):
        state = optuna.trial.TrialState.FAIL
    study.tell(trial, accuracy, state)
    progress.end(search.base.epochs - seen, state == optuna.trial.TrialState.FAIL, line)


def draw_settings(trial: optuna.Trial, space: Mapping[str, Categorical | Interval]) -> list[str]:
    """Let Optuna draw a value for each setting; return words for the command line."""
    words = []
    for name, dimension in space.items():
        value: Any
        if isinstance(dimension, Categorical):
            value = trial.suggest_categorical(name, dimension.values)
        elif dimension.whole:
            low, high = int(dimension.low), int(dimension.high)
            value = trial.suggest_int(name, low, high, log=dimension.log)
        else:
            value = trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log)
            rounded = float(f"{value:.6g}")  # more digits would make no difference
            value = min(max(rounded, dimension.low), dimension.high)
        words.append(f"{name}={value}")
    return words


def _print_best(study: optuna.Study, search: SearchConfig) -> None:
    import optuna

    done = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    if not done:
        raise DigitrecError("no trial finished; the lines above say why")
    best = sorted(done, key=lambda trial: trial.value or 0.0, reverse=True)
    print("\nbest trials, by accuracy on the validation images")
    for trial in best[:5]:
        print(f"  {trial.value:.2%}  {trial.user_attrs['settings']}  {trial.user_attrs['run']}")
    for title, file in plot_files(search_folder(search)).items():
        print(f"{title.lower():<22} {file}")
    words = [*map(shell_word, search.words), best[0].user_attrs["settings"]]
    print(f"next    {module_command('train')} {' '.join(words)}", flush=True)
