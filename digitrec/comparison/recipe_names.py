"""Names of recipes: the experiment, and the settings that tell its recipes apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digitrec.comparison.run_settings import differing_settings, format_setting, shorten_values
from digitrec.comparison.runs import Run, Setting

__all__ = ["name_recipes"]


def name_recipes(firsts: Sequence[Run]) -> list[str]:
    """Name recipes, such as ``mnist-cnn lr=0.5``, given one run of each.

    A value that most recipes of the experiment share is left out of the name: among runs that each
    leave out one augmentation, the name says which. Paths and lists of networks stand
    in it in their short form.
    """
    keys = differing_settings(firsts)
    short = {
        key: shorten_values(run.settings[key] for run in firsts if key in run.settings)
        for key in keys
    }
    names = []
    for run in firsts:
        others = [other for other in firsts if other.experiment == run.experiment]
        telling = [
            key
            for key in differing_settings(others)
            if key in run.settings and not _is_usual(run.settings[key], key, others)
        ]
        values = {key: run.settings[key] for key in telling}
        settings = [
            f"{_shorten(key, keys)}={short[key].get(value, format_setting(value))}"
            for key, value in values.items()
        ]
        names.append(" ".join([run.experiment, *settings]))
    namesakes: dict[str, list[Run]] = {}
    for name, run in zip(names, firsts, strict=True):
        namesakes.setdefault(name, []).append(run)
    return [
        " ".join([name, *_marks(run, namesakes[name])])
        for name, run in zip(names, firsts, strict=True)
    ]


def _marks(run: Run, namesakes: Sequence[Run]) -> Iterator[str]:
    """Yield what tells a recipe from those that no setting tells it from."""
    if len({other.test_set for other in namesakes}) > 1:
        yield f"@{run.test_set.checksum[:6]}"
    if len({other.plugins for other in namesakes}) > 1:
        yield from (f"{module}@{checksum[:6]}" for module, checksum in run.plugins)
    if len({other.parameters for other in namesakes}) > 1:
        yield f"parameters={run.parameters}"
    if len({other.averaged_networks for other in namesakes}) > 1:
        yield f"mean_of={run.averaged_networks}"


def _is_usual(value: Setting, key: str, runs: Sequence[Run]) -> bool:
    """Tell whether more than half of the runs have this value."""
    return 2 * sum(key in run.settings and run.settings[key] == value for run in runs) > len(runs)


def _shorten(key: str, keys: Sequence[str]) -> str:
    """Return the last part of a setting's name if it is unambiguous: lr for optimizer.lr."""
    last = key.rpartition(".")[2]
    return last if [other.rpartition(".")[2] for other in keys].count(last) == 1 else key
