"""The edge to Hydra: command-line words in, plain checked configurations out.

The rest of the program sees neither Hydra nor OmegaConf.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from digitrec.config.checks import check, check_choice, nearest
from digitrec.config.choice_names import LAUNCHER, explain_unknown_choice, groups, names_in
from digitrec.config.conversion import explain_unknown, flatten, from_dict, to_dict
from digitrec.config.groups import GROUPS
from digitrec.config.overrides import explain_unreadable, prepare
from digitrec.config.registry import choices, settings_of
from digitrec.config.search_path import check_is_open
from digitrec.config.search_space import SEARCH_SETTINGS, Categorical, Interval, SearchConfig
from digitrec.config.shell_words import shell_word
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError
from digitrec.storage.resources import configs

__all__ = ["compose", "composed_yaml", "expand", "search_of", "show"]

ROOT = "train"
HYDRA_VERSION_BASE = "1.3"


def compose(overrides: Sequence[str]) -> TrainConfig:
    """Build the configuration of words such as ``model=deep`` and ``optimizer.lr=0.5``.

    Raises:
        ConfigError: for the first word that is not understood.
    """
    words = prepare(overrides)
    with _hydra(words):
        return _typed(hydra.compose(ROOT, overrides=words))


def show(words: Sequence[str], what: str, resolve: bool = False) -> None:
    """Print what Hydra makes of the words; raises as `compose`.

    Args:
        words: As for `compose`.
        what: ``cfg:job``, ``cfg:hydra`` or ``cfg:all`` for configurations; ``info:`` with ``all``,
            ``config``, ``defaults``, ``defaults-tree``, ``plugins`` or ``searchpath``.
        resolve: Whether interpolations are replaced by their values.
    """
    compose(words)  # which says what is wrong with them
    option, _, part = what.partition(":")
    with _hydra(words):
        shown, prepared = GlobalHydra.instance().hydra, prepare(words)
        assert shown is not None
        if option == "cfg":
            shown.show_cfg(ROOT, prepared, part, package=None, resolve=resolve)
        else:
            # Hydra logs it, and logging takes no notice of an output that cannot be written.
            with contextlib.redirect_stdout(io.StringIO()) as text:
                shown.show_info(part, ROOT, prepared, run_mode=RunMode.RUN)
            print(text.getvalue(), end="")


@dataclass(frozen=True)
class Sweep:
    """What the words of a sweep ask for.

    Attributes:
        jobs: Their configurations, by the words in which they differ.
        launcher: The settings of the chosen ``hydra/launcher``; empty if none is chosen.
    """

    jobs: dict[str, TrainConfig]
    launcher: dict[str, Any]


def expand(words: Sequence[str]) -> Sweep:
    """Build the configurations of words such as ``model=cnn,fast`` and ``seed=range(5)``.

    These are all combinations; the last word varies fastest. All are checked before any is run.

    Raises:
        ConfigError: for the first word that is not understood.
    """
    words = prepare(words, "sweep")
    jobs: dict[str, TrainConfig] = {}
    launcher: dict[str, Any] = {}
    with _hydra(words):
        parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
        choices: dict[str, list[str]] = {}
        for override, word in zip(parser.parse_overrides(list(words)), words, strict=True):
            key = override.get_key_element()
            if not override.is_sweep_override():
                choices[key] = [word]
            elif key.startswith("hydra"):
                raise ConfigError(f"{word}: the jobs of a sweep have one launcher; write one value")
            elif override.is_discrete_sweep():
                choices[key] = [f"{key}={value}" for value in override.sweep_string_iterator()]
            else:
                raise ConfigError(f"{word}: a sweep takes single values; hparams=optuna searches")
        for key, given in choices.items():
            if not given:
                raise ConfigError(f"{key}: there are no values to sweep over")
        varied = {key for key, values in choices.items() if len(values) > 1}
        for combination in itertools.product(*choices.values()):
            values = hydra.compose(ROOT, list(combination), return_hydra_config=True)
            if not jobs:
                launcher = _launcher(values)
            name = " ".join(
                word for key, word in zip(choices, combination, strict=True) if key in varied
            )
            jobs[name or "the job"] = _typed(values)
    folders = [config.run_dir for config in jobs.values() if config.run_dir is not None]
    if len(set(folders)) < len(folders):
        raise ConfigError(
            "run_dir= names the folder of one run; leave it out: each job gets its own folder"
        )
    return Sweep(jobs, launcher)


def search_of(words: Sequence[str]) -> SearchConfig:
    """Build the search of words such as ``hparams=optuna`` and ``optimizer.lr=interval(0.1,1)``.

    Raises:
        ConfigError: for the first word that is not understood.
    """
    words = prepare(words, "search")
    with _hydra(words):
        parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
        given = dict(zip(words, parser.parse_overrides(list(words)), strict=True))
        fixed = [word for word, override in given.items() if not override.is_sweep_override()]
        values = hydra.compose(ROOT, fixed, return_hydra_config=True)
        settings = _plain(values.hparams)
        chosen = {override.get_key_element() for override in given.values()}
        default = [f"{k}={v}" for k, v in _space(settings).items() if k not in chosen]
        searched = [override for override in given.values() if override.is_sweep_override()]
        space = {
            override.get_key_element(): _dimension(override)
            for override in [*parser.parse_overrides(default), *searched]
        }
        base = _typed(values)
        _check_whole_numbers(space, base)
        # Each value on its own, the others at their first: what can be told before any trial.
        first = {key: dimension.values[0] for key, dimension in space.items()}
        for key, dimension in space.items():
            for value in dimension.values:
                words_of_trial = [f"{k}={v}" for k, v in (first | {key: value}).items()]
                _typed(hydra.compose(ROOT, [*fixed, *words_of_trial]))
        for name in settings:
            if name not in SEARCH_SETTINGS:
                raise ConfigError(f"hparams.{name}: {nearest(name, SEARCH_SETTINGS)}")
        own = [word for word in fixed if not word.startswith("hparams")]
        return SearchConfig(base=base, space=space, words=tuple(own), **settings)


def _space(settings: dict[str, Any]) -> Mapping[str, Any]:
    """Take out of the settings of ``hparams`` what its file searches; nothing if it has no space.

    Raises:
        ConfigError: if that is no mapping.
    """
    space = settings.pop("space", None)
    wanted = "settings and what each takes, such as {ema: 'interval(0.9,0.99)'}"
    check(space is None or isinstance(space, Mapping), "hparams.space", wanted, space)
    return space or {}


def _dimension(override: Override) -> Categorical | Interval:
    if not override.is_sweep_override():
        raise ConfigError(f"{override.input_line}: in hparams.space, write interval() or choice()")
    if override.is_discrete_sweep():
        return Categorical(tuple(override.sweep_string_iterator()))
    sweep = override.value()
    assert isinstance(sweep, IntervalSweep)
    assert sweep.start is not None
    assert sweep.end is not None
    return Interval(sweep.start, sweep.end, "log" in sweep.tags, isinstance(sweep.start, int))


def _check_whole_numbers(space: Mapping[str, Categorical | Interval], base: TrainConfig) -> None:
    """Check that no interval gives fractions to a setting that takes whole numbers.

    Raises:
        ConfigError: for the first that does.
    """
    settings = flatten(to_dict(base))
    for key, dimension in space.items():
        fractions = isinstance(dimension, Interval) and not dimension.whole
        if fractions and type(settings.get(key)) is int:
            low, high = (f"{float(value):g}" for value in dimension.values)
            raise ConfigError(
                f"{key}=interval({low},{high}): {key} takes whole numbers; write "
                f"{shell_word(f'{key}=int(interval({low},{high}))')}"
            )


def composed_yaml(overrides: Sequence[str]) -> str:
    """Return the configuration that these words give, as YAML; raises as `compose`."""
    return OmegaConf.to_yaml(OmegaConf.create(to_dict(compose(overrides))))


def _launcher(values: DictConfig) -> dict[str, Any]:
    launcher = _plain(values.hydra.launcher)
    target = launcher.pop("_target_", "")  # of a plug-in; Hydra's own default has nothing else
    basic = "BasicLauncher" in target
    if basic and launcher:
        raise ConfigError(
            f"hydra.launcher.{next(iter(launcher))} is a setting of a launcher; choose one with "
            f"hydra/launcher={' or '.join(names_in(LAUNCHER))}"
        )
    if not basic:
        check_choice(LAUNCHER, launcher.get("name", target), names_in(LAUNCHER))
    for key in launcher if launcher.get("name") == "parallel" else ():
        if key not in ("name", "jobs"):
            raise ConfigError(f"no setting is called hydra.launcher.{key}; parallel has only jobs")
    return launcher


def _typed(values: DictConfig) -> TrainConfig:
    keys = [str(key) for key in values if key not in ("hydra", "hparams")]
    return from_dict(_plain(OmegaConf.masked_copy(values, keys)))


def _plain(values: DictConfig) -> dict[str, Any]:
    plain = OmegaConf.to_container(values, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def _register_schema(words: Sequence[str]) -> None:
    """Give Hydra the dataclasses' defaults, which the files in ``configs/`` start from.

    As plain values: their types and limits are checked once, by `from_dict`, in our own words.

    Args:
        words: Of the command line, which may name other folders of such files.
    """
    store = ConfigStore.instance()
    folders = [configs(), *_searched(words)]
    for folder in filter(Path.is_dir, folders):
        check_is_open("hydra.searchpath:", folder)
    scalars = {key: value for key, value in to_dict(TrainConfig()).items() if key not in GROUPS}
    store.store("schema", scalars)
    for group in GROUPS:
        store.repo.pop(group, None)
        for name, choice in choices(group).items():
            defaults = {"name": name, **settings_of(choice)}
            store.store(name, defaults, group=f"schema/{group}")
            # A choice of a plugin needs no file, and Hydra warns of two sources of one name.
            if not any((folder / group / f"{name}.yaml").exists() for folder in folders):
                store.store(name, defaults, group=group)


def _searched(words: Sequence[str]) -> list[Path]:
    """Return the folders that ``hydra.searchpath=[…]`` names, those of packages left out."""
    given = [word for word in words if word.startswith("hydra.searchpath=")]
    values = [override.value() for override in OverridesParser.create().parse_overrides(given)]
    named = [str(name) for value in values if isinstance(value, list) for name in value]
    return [Path(name.removeprefix("file://")) for name in named]


@contextlib.contextmanager
def _hydra(words: Sequence[str]) -> Iterator[None]:
    """Make Hydra ready to compose; what it raises becomes a `ConfigError` of one line."""
    with _errors_in_one_line():
        _register_schema(words)
    with (
        _errors_in_one_line(),
        warnings.catch_warnings(),
        hydra.initialize_config_dir(str(configs()), version_base=HYDRA_VERSION_BASE),
    ):
        warnings.filterwarnings("error", "provider=hydra.searchpath")
        yield


@contextlib.contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (HydraException, OmegaConfBaseException, ValueError, UserWarning) as error:
        raise ConfigError(_explain(error)) from error


def _explain(error: Exception) -> str:
    """Say in one line what Hydra says in several, with the nearest right words."""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, choice = str(error.missing_cfg_file).rpartition("/")
        if group == LAUNCHER:
            return f"hydra/launcher={choice}: {nearest(choice, names_in(LAUNCHER))}"
        if group in groups():
            return explain_unknown_choice(group, choice)
    if isinstance(error, OverrideParseException):
        return f"cannot read {error.override!r}: {explain_unreadable(error.override)}"
    first = str(error).strip().splitlines()[0]
    if match := re.match(r"provider=hydra.searchpath in .*, path=(.+) is not available", first):
        return f"hydra.searchpath: there is no folder {match[1]}"
    if match := re.match(r"Interpolation key '(.+)' not found", first):
        return f"${{{match[1]}}} refers to a setting, but no setting is called {match[1]}"
    if first.startswith("Config group override must be"):
        return (
            f"{', '.join(groups())}: each takes the name of one of its choices, as model=cnn does"
        )
    if match := re.match(r"Ambiguous value for argument '(.+)'", first):
        return f"{match[1]}: one run takes one value; --multirun makes a run of each"
    if match := re.match(r"Could not (?:override|delete from config\.) '?([\w./@]+)", first):
        if match[1].startswith("hydra."):
            return f"no setting is called {match[1]}; see configs/hydra for those of launchers"
        if match[1].startswith("hparams.space."):
            instead = f"{match[1].removeprefix('hparams.space.')}=interval(LOW,HIGH)"
            return f"{match[1]}: to search over one more setting, write {shell_word(instead)}"
        if match[1].startswith("hparams."):
            name = match[1].removeprefix("hparams.")
            return f"no setting is called {match[1]}; {nearest(name, SEARCH_SETTINGS)}"
        return str(explain_unknown(match[1]))
    return first
