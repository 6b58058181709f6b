"""Train a network: python -m digitrec.train [key=value …]

The loop itself is in `digitrec.training.loop`; this is its door, which opens without PyTorch.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from digitrec.config.compose import composed_yaml, expand, groups, run_job
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError, run_command

if TYPE_CHECKING:
    from digitrec.training.run_directory import Result

__all__ = ["main", "train"]

FLAGS = (
    "--help",
    "--multirun",
    "--again",
    "--cfg",
    "--resolve",
    "--info",
    "--version",
    "--config-dir",
)

HELP = """\
Train a network, score it once on the test set and export its weights as model.h5.

  {program} [key=value …]

  {program}                                the classic network on MNIST
  {program} experiment=fast                a recorded set of differences
  {program} data=synthetic epochs=2        no download
  {program} model=deep optimizer.lr=0.5 seed=3
  {program} --multirun model=cnn,fast seed=0,1,2
  {program} resume=experiments/fast/…      go on with a stopped run

Choices
{choices}

Settings, with the values that the words given so far make
{settings}

Also: --multirun (-m) runs all combinations, but for those that were run before: the same command
again does what is left. --again runs them all anew. hydra/launcher=parallel runs several at once
(hydra.launcher.jobs=N), hydra/launcher=slurm on a cluster; see configs/hydra/launcher.
hparams=optuna searches for good settings, on the validation images; see configs/hparams.
--cfg job prints the configuration and ends.
What each setting means, and its limits: digitrec/config.py.
"""


def train(config: TrainConfig) -> Result:
    """Train as the configuration says and return what its result.json holds.

    With ``config.resume``, go on with that run; of the rest of the configuration nothing is used.

    Raises:
        DigitrecError: for what a user can mend, before anything is written.
        Interrupted: on SIGINT or SIGTERM, the state saved.
    """
    from digitrec.training.loop import (
        run,  # PyTorch takes seconds to import; --help and typos do not wait
    )

    return run(config)


def main(program: str = "python -m digitrec.train") -> int:
    """Run the command."""
    words = sys.argv[1:]
    plain = _plain(words)
    if {"-h", "--help"} & set(words):
        choices = "\n".join(f"  {group:<11}{', '.join(names)}" for group, names in groups().items())
        settings = "\n".join(f"  {line}" for line in composed_yaml(plain).splitlines())
        print(HELP.format(program=program, choices=choices, settings=settings), end="")
        return 0
    for word in words:
        if word.startswith("--") and word.partition("=")[0] not in FLAGS:
            key = word.lstrip("-").partition("=")[0]
            raise ConfigError(f"there is no option {word}; settings are written {key}=value")
    _check_resume(words)
    # Without this, Hydra prints errors in its own way and exits with 1.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    sweeps = bool({"-m", "--multirun"} & set(words))
    if "--again" in words and not sweeps:
        raise ConfigError("--again is for --multirun; a single run is always trained anew")
    shows = any(word.startswith(("-c", "--cfg", "--info")) for word in words)
    if any(word.startswith("hparams=") for word in words) and not shows:
        return _search(plain)
    if sweeps and not shows:
        return _sweep(plain, "--again" in words)
    run_job(train)
    return 0


def _plain(words: list[str]) -> list[str]:
    """Return the settings among the words, and a folder of the user's choices as one of them."""
    plain, rest = [], iter(words)
    for word in rest:
        option, _, value = word.partition("=")
        if option in ("--config-dir", "-cd"):
            value = value or next(rest, "")
            folder = Path(value).absolute()
            if not value or not folder.is_dir():
                raise ConfigError(f"--config-dir {value}: there is no such folder")
            plain.append(f"hydra.searchpath=['{folder}']")
        elif not word.startswith("-"):
            plain.append(word)
    return plain


def _sweep(words: list[str], again: bool) -> int:
    from digitrec.comparison.compare_runs import compare_runs
    from digitrec.comparison.text_report import plain_report
    from digitrec.sweeps.jobs import Job
    from digitrec.sweeps.sweep import sweep

    found = expand(words)
    jobs = [Job(name=name, config=config, again=again) for name, config in found.jobs.items()]
    result = sweep(jobs, found.launcher)
    if result.folders:
        try:
            print(f"\n{plain_report(compare_runs(result.folders)).rstrip()}", flush=True)
        except DigitrecError as error:  # for example without test scores
            print(f"no comparison: {error}", flush=True)
    failed = len(result.failures)
    if failed == len(jobs):
        raise DigitrecError(f"all {failed} jobs failed; the first: {result.failures[0]}")
    if failed:
        print(
            f"{failed} of {len(jobs)} jobs failed; the same command again tries them again",
            file=sys.stderr,
        )
    return 1 if failed else 0


def _search(words: list[str]) -> int:
    from digitrec.config.compose import compose, search_of
    from digitrec.sweeps.search import run_search

    run_search(search_of(words), compose)
    return 0


def _check_resume(words: list[str]) -> None:
    others = [word for word in words if not word.startswith("resume=")]
    if len(others) < len(words) and others:
        raise ConfigError(
            f"resume= goes on with the run as it was configured; leave out {' '.join(others)}"
        )


if __name__ == "__main__":
    run_command(main)
