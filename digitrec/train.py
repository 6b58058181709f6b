"""Train a network: python -m digitrec.train [key=value …]

PyTorch is imported only when training begins, so that ``--help`` and typing errors take no time.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from digitrec.config.choice_names import groups
from digitrec.config.command_parser import CommandParser
from digitrec.config.compose import compose, composed_yaml, expand, search_of, show
from digitrec.config.groups import GROUPS
from digitrec.config.overrides import is_setting
from digitrec.config.plugins import loaded_plugins
from digitrec.config.registry import BUILT_IN
from digitrec.config.search_path import search_path
from digitrec.errors import ConfigError, DigitrecError
from digitrec.run_command import run_command

__all__ = ["main"]

INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")

HELP = """\
Train a network, score it once on the test set and export it as model.h5.

  {program} [key=value …]

  {program}                                the classic network on MNIST
  {program} experiment=fast                a recorded set of settings
  {program} data=synthetic epochs=2        no download
  {program} model=deep optimizer.lr=0.5 seed=3
  {program} --multirun model=cnn,fast seed=0,1,2
  {program} resume=experiments/fast/…      resume a stopped run

Choices
{choices}

Settings, with their values under the words given so far; if one is given twice, the last counts
{settings}

What each setting means, and its limits
{modules}

Also: --multirun (-m) runs all combinations, except those that were run before: the same command
run again does what is left. --again runs all of them anew. hydra/launcher=parallel runs several at
once (hydra.launcher.jobs=N), hydra/launcher=slurm on a cluster; see configs/hydra/launcher.
hparams=optuna searches for good settings, on the validation images; see configs/hparams.
plugins=[my_nets] imports my_nets.py, or an installed module, which registers networks and other
choices of your own; digitrec/config/README.md shows one.
--config-dir FOLDER (-cd) adds choices of your own; FOLDER is laid out like configs/.
--cfg job (-c) prints the configuration and exits; --info (-i) prints where Hydra found it.
--version shows the versions of digitrec, PyTorch and Python.

The data sets are read from data.root=FOLDER, or else from the folder that the environment variable
DIGITREC_DATA names, or else from a cache folder, to which MNIST and the pen strokes are downloaded.
"""


def main(program: str = "python -m digitrec.train") -> int:
    """Run the command."""
    given = _parser(program).parse_args()
    words = [*search_path(given.config_dir), *given.settings]
    if given.help:
        print(_help(program, words), end="")
        return 0
    searches = any(w.startswith("hparams=") and w != "hparams=null" for w in given.settings)
    shown = f"cfg:{given.cfg}" if given.cfg else f"info:{given.info}" if given.info else None
    _check_options(given, shown, searches)
    if shown:
        show(words, shown, given.resolve)
    elif (searches or given.multirun) and os.environ.get("WORLD_SIZE", "1") != "1":
        raise ConfigError(
            "torchrun trains one run in several processes; it cannot run a sweep or a search"
        )
    elif searches:
        _search(words)
    elif given.multirun:
        return _sweep(words, given.again)
    else:
        config = compose(words)
        from digitrec.training.run import run

        extends = config.resume is not None and any(w.startswith("epochs=") for w in words)
        run(config, extend_to=config.epochs if extends else None)
    return 0


class _Parser(CommandParser):
    def unknown_option(self, name: str) -> str:
        """Say how a setting is written, where it is one that was written as an option."""
        key = name.lstrip("-").replace("-", "_")
        for setting in (key, *(f"{group}.{key}" for group in GROUPS)):
            if is_setting(setting):
                return f"there is no option {name}; settings are written {setting}=VALUE"
        return super().unknown_option(name)

    def error(self, message: str) -> NoReturn:
        """Name the option, and how settings are written."""
        raise ConfigError(f"{message}; settings are written key=value")


def _parser(program: str) -> CommandParser:
    parser = _Parser(program, "Train a network.", with_help=False)
    add = parser.add_argument
    add("settings", nargs="*", metavar="key=value")
    add("-h", "--help", action="store_true")
    add("-m", "--multirun", action="store_true")
    add("--again", action="store_true")
    add("-cd", "--config-dir", action="append", default=[])
    add("-c", "--cfg", choices=("job", "hydra", "all"))
    add("--resolve", action="store_true")
    add("-i", "--info", choices=INFO, nargs="?", const="all")
    return parser


def _check_options(given: argparse.Namespace, shown: str | None, searches: bool) -> None:
    """Check that each option has its effect beside the others."""
    several = "--multirun" if given.multirun else "--again" if given.again else ""
    if given.again and not given.multirun:
        raise ConfigError("--again is for --multirun; a single run is always trained anew")
    if several and searches:
        raise ConfigError(f"hparams= starts a search, not a sweep; leave out {several}")
    if several and shown:
        raise ConfigError(
            f"--{shown.partition(':')[0]} shows one configuration: leave {several} out"
        )
    if given.resolve and not given.cfg:
        raise ConfigError("--resolve is for --cfg job")
    if given.cfg and given.info:
        raise ConfigError("--cfg and --info are two commands: leave one out")
    resumes = any(word.startswith("resume=") for word in given.settings)
    kept = ("resume=", "epochs=", "plugins=")
    others = [word for word in given.settings if not word.startswith(kept)]
    options = [several] if several else ["--config-dir"] if given.config_dir else []
    if resumes and (others or options):
        raise ConfigError(
            "resume= continues the run as it was configured; leave out "
            f"{' '.join([*others, *options])}"
        )


def _help(program: str, words: list[str]) -> str:
    settings = composed_yaml(words)  # which imports the plugins
    modules = {"a run": ("digitrec.config.train_config",)} | BUILT_IN
    places = [
        f"  {group:<11}{module.replace('.', '/')}.py"
        for group, names in modules.items()
        for module in names
    ]
    places += [f"  {'plugins':<11}{file or name}" for name, file in loaded_plugins().items()]
    return HELP.format(
        program=program,
        choices="\n".join(f"  {group:<11}{', '.join(names)}" for group, names in groups().items()),
        settings="\n".join(f"  {line}" for line in settings.splitlines()),
        modules="\n".join(places),
    )


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
        same = "trains all again" if again else "tries them again"
        print(
            f"{failed} of {len(jobs)} jobs failed; the same command again {same}", file=sys.stderr
        )
    return 1 if failed else 0


def _search(words: list[str]) -> None:
    from digitrec.sweeps.search import run_search

    run_search(search_of(words), compose)


if __name__ == "__main__":
    run_command(main)
