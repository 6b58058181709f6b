"""The edge to Hydra: command-line words in, plain checked configurations out.

The rest of the program sees neither Hydra nor OmegaConf.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import hydra
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from digitrec.config import CHOICES, TrainConfig
from digitrec.conversion import explain_unknown, from_dict, to_dict
from digitrec.errors import DigitrecError, Interrupted
from digitrec.limits import ConfigError, nearest
from digitrec.resources import configs

__all__ = ["compose", "composed_yaml", "groups", "run_jobs"]

ROOT = "train"
HYDRA_VERSION_BASE = "1.3"


def compose(overrides: Sequence[str]) -> TrainConfig:
    """Build the configuration that the words ``key=value`` give on the command line.

    Raises:
        ConfigError: one line for the first word that cannot be taken.
    """
    _register_schema()
    with (
        _errors_in_one_line(),
        hydra.initialize_config_dir(str(configs()), version_base=HYDRA_VERSION_BASE),
    ):
        return _typed(hydra.compose(ROOT, overrides=list(overrides)))


def run_jobs(job: Callable[[TrainConfig], float | None]) -> None:
    """Let Hydra read the command line and call ``job``: once, or with --multirun for each job.

    A job that fails does not keep the others of a sweep from running.

    Raises:
        ConfigError: as `compose`.
        Interrupted: at once, from the job that was asked to stop.
        Exception: what a single job raised; of a sweep, a `DigitrecError` that counts the failures.
    """
    _register_schema()
    failures: list[Exception] = []
    calls = 0

    def call(values: DictConfig) -> float | None:
        nonlocal calls
        calls += 1
        try:
            return job(_typed(values))
        except Interrupted as stop:
            raise _Stop(stop) from stop
        except Exception as error:
            failures.append(error)  # Hydra would put lines of its own round it
            return None

    main = hydra.main(
        version_base=HYDRA_VERSION_BASE, config_path=str(configs()), config_name=ROOT
    )(call)
    try:
        with _errors_in_one_line():
            main()
    except _Stop as stop:
        raise stop.reason from None
    if calls > 1 and failures:
        first = f"{type(failures[0]).__name__}: {failures[0]}"
        raise DigitrecError(f"{len(failures)} of {calls} jobs failed; the first: {first}")
    if failures:
        raise failures[0]


class _Stop(BaseException):
    """Carries an interruption past Hydra, which would go on with the next job of a sweep."""

    def __init__(self, reason: Interrupted) -> None:
        super().__init__(reason)
        self.reason = reason


def groups() -> dict[str, list[str]]:
    """Return the choices of each group, from the files in ``configs/``."""
    return {
        folder.name: sorted(file.stem for file in folder.glob("*.yaml"))
        for folder in sorted(configs().iterdir())
        if folder.is_dir()
    }


def composed_yaml(overrides: Sequence[str]) -> str:
    """Return the configuration that these words give, as YAML; raises as `compose`."""
    return OmegaConf.to_yaml(OmegaConf.create(to_dict(compose(overrides))))


def _typed(values: DictConfig) -> TrainConfig:
    plain = OmegaConf.to_container(values, resolve=True)
    assert isinstance(plain, dict)
    return from_dict({str(key): value for key, value in plain.items()})


def _register_schema() -> None:
    """Give Hydra the dataclasses' defaults, which the files in ``configs/`` start from.

    As plain values: their types and limits are checked once, by `from_dict`, in our own words.
    """
    store = ConfigStore.instance()
    scalars = {key: value for key, value in to_dict(TrainConfig()).items() if key not in CHOICES}
    store.store("schema", scalars)
    for group, choices in CHOICES.items():
        for name, choice in choices.items():
            store.store(name, to_dict(choice()), group=f"schema/{group}")


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise ConfigError(_explain(error)) from error


def _explain(error: Exception) -> str:
    """Say in one line what Hydra says in several, with the nearest right words."""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, choice = str(error.missing_cfg_file).rpartition("/")
        if group in groups():
            return f"no {group} is called {choice!r}; {nearest(choice, groups()[group])}"
    if isinstance(error, OverrideParseException):
        key, _, value = error.override.partition("=")
        if not key or not value or '"' in value:
            return f"cannot read {error.override!r}: settings are written key=value"
        quoted = shlex.quote(f'{key}="{value}"')
        return f"cannot read {error.override!r}: a text with special signs is written {quoted}"
    first = str(error).strip().splitlines()[0]
    if first.startswith("Config group override must be"):
        return (
            f"{', '.join(groups())}: each takes the name of one of its choices, as model=cnn does"
        )
    if match := re.match(r"Ambiguous value for argument '(.+)'", first):
        return f"{match[1]}: one run takes one value; --multirun makes a run of each"
    if match := re.match(r"Could not (?:override|delete from config\.) '?([\w./@]+)", first):
        return explain_unknown(match[1])
    return first
