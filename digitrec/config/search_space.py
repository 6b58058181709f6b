"""The description of a search for good settings: which settings vary, over what, and how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from digitrec.config.checks import check
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError

__all__ = ["SEARCH_SETTINGS", "Categorical", "Interval", "SearchConfig"]

SEARCH_SETTINGS = ("trials", "seed", "prune")
"""The settings of `SearchConfig` that are ``hparams.trials`` and the like on the command line."""


@dataclass(frozen=True)
class Categorical:
    """A setting that takes one of several values.

    Attributes:
        values: The values, as they are written on the command line.
    """

    values: tuple[str, ...]


@dataclass(frozen=True)
class Interval:
    """A setting that takes a number from an interval.

    Attributes:
        low: The least value.
        high: The greatest value.
        log: Whether values are drawn evenly on a logarithmic scale.
        whole: Whether only whole numbers are drawn.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    @property
    def values(self) -> tuple[str, ...]:
        """The least and the greatest value, as they are written on the command line."""
        return (f"{self.low}", f"{self.high}")


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """A whole search, checked.

    Attributes:
        base: The configuration that all trials share.
        space: The settings that trials vary, by their names.
        words: The words of the command line that make ``base``.
        trials: How many configurations are tried.
        seed: Of the search; the seed of the runs is in ``base`` and is the same for all trials.
        prune: Whether to stop trials that are behind the median of the others.
    """

    base: TrainConfig
    space: Mapping[str, Categorical | Interval]
    words: tuple[str, ...] = ()
    trials: int = 30
    seed: int = 0
    prune: bool = True

    def __post_init__(self) -> None:
        check(
            _is_whole(self.trials) and self.trials >= 1, "hparams.trials", "at least 1", self.trials
        )
        check(_is_whole(self.seed) and self.seed >= 0, "hparams.seed", "0 or more", self.seed)
        check(isinstance(self.prune, bool), "hparams.prune", "true or false", self.prune)
        check(self.base.validation > 0, "validation", "above 0 in a search", self.base.validation)
        if self.base.run_dir is not None:
            raise ConfigError(
                "run_dir= names the folder of one run, and a search has many; leave it out"
            )
        for name, dimension in self.space.items():
            if isinstance(dimension, Interval):
                _check_interval(name, dimension)
        if not self.space:
            raise ConfigError(
                "hparams.space is empty: name a setting to vary, as in 'ema=interval(0.9,0.99)'"
            )


def _check_interval(name: str, interval: Interval) -> None:
    value = f"interval({interval.low}, {interval.high})"
    check(interval.low < interval.high, name, "an interval whose first number is smaller", value)
    check(not interval.log or interval.low > 0, name, "above 0 for a logarithmic scale", value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
