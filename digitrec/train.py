"""Train a network: python -m digitrec.train [key=value …]

PyTorch is imported only when training begins, so that ``--help`` and typing errors take no time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from digitrec.config.compose import composed_yaml, expand, groups, run_job
from digitrec.config.registry import BUILT_IN
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError, run_command

__all__ = ["main"]

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
Train a network, score it once on the test set and export it as model.h5.

  {program} [key=value …]

  {program}                                the classic network on MNIST
  {program} experiment=fast                a recorded set of settings
  {program} data=synthetic epochs=2        no download
  {program} model=deep optimizer.lr=0.5 seed=3
  {program} --multirun model=cnn,fast seed=0,1,2
  {program} resume=experiments/fast/…      go on with a stopped run

Choices
{choices}

Settings, with their values after the words given so far
{settings}

What each setting means, and its limits
{modules}

Also: --multirun (-m) runs all combinations, except those that were run before: the same command
again does what is left. --again runs them all anew. hydra/launcher=parallel runs several at once
(hydra.launcher.jobs=N), hydra/launcher=slurm on a cluster; see configs/hydra/launcher.
hparams=optuna searches for good settings, on the validation images; see configs/hparams.
--config-dir FOLDER (-cd) takes choices of your own from there, as from configs/.
--cfg job (-c) prints the configuration and ends.
"""


def main(program: str = "python -m digitrec.train") -> int:
    """Run the command."""
    words = sys.argv[1:]
    plain = _plain(words)
    if {"-h", "--help"} & set(words):
        print(_help(program, plain), end="")
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
    options = {word.partition("=")[0] for word in words}
    shows = bool({"-c", "--cfg", "--info"} & options)
    if any(word.startswith("hparams=") for word in words) and not shows:
        return _search(plain)
    if sweeps and not shows:
        return _sweep(plain, "--again" in words)
    run_job(_train)
    return 0


def _train(config: TrainConfig) -> None:
    from digitrec.training.run import run

    run(config)


def _help(program: str, words: list[str]) -> str:
    modules = {"a run": ("digitrec.config.train_config",)} | BUILT_IN
    return HELP.format(
        program=program,
        choices="\n".join(f"  {group:<11}{', '.join(names)}" for group, names in groups().items()),
        settings="\n".join(f"  {line}" for line in composed_yaml(words).splitlines()),
        modules="\n".join(
            f"  {group:<11}{module.replace('.', '/')}.py"
            for group, names in modules.items()
            for module in names
        ),
    )


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
