from __future__ import annotations

from dataclasses import replace

import pytest

from digitrec.config.search_space import Categorical, Interval, SearchConfig
from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError

SEARCH = SearchConfig(base=TrainConfig(), space={"ema": Interval(0.9, 0.99)})


def test_the_values_of_a_dimension_are_as_on_the_command_line() -> None:
    assert Interval(0.5, 2).values == ("0.5", "2")
    assert Categorical(("cnn", "fast")).values == ("cnn", "fast")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "hparams.trials=0: must be at least 1"),
        ({"trials": 2.5}, "hparams.trials=2.5: must be at least 1"),
        ({"trials": True}, "hparams.trials=True: must be at least 1"),
        ({"seed": -1}, "hparams.seed=-1: must be 0 or more"),
        ({"prune": 1}, "hparams.prune=1: must be true or false"),
        ({"base": TrainConfig(validation=0)}, "validation=0: must be above 0 in a search"),
        ({"base": TrainConfig(run_dir="x")}, "run_dir= names the folder of one run"),
        ({"space": {}}, "hparams.space is empty: name a setting to vary"),
        (
            {"space": {"ema": Interval(0.9, 0.9)}},
            "ema=interval(0.9, 0.9): must be an interval whose first number is smaller",
        ),
        (
            {"space": {"ema": Interval(0, 0.9, log=True)}},
            "ema=interval(0, 0.9): must be above 0 for a logarithmic scale",
        ),
    ],
)
def test_mistakes_are_errors(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        replace(SEARCH, **change)  # type: ignore[arg-type]
    assert str(caught.value).startswith(message)
