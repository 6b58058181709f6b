"""Recipes: all settings except the seed. Runs that differ only in their seed are one recipe.

The code of plugins is part of the recipe, as is the number of parameters, and that of the networks
of whose weights it is the mean: where one differs, the networks do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from digitrec.arrays import Float64Array
from digitrec.comparison.recipe_names import name_recipes
from digitrec.comparison.run_settings import affects_result
from digitrec.comparison.runs import Run, Setting, TestSet
from digitrec.comparison.statistics import Errors, accuracy_interval
from digitrec.data.clusters import Clusters
from digitrec.message_text import counted

__all__ = ["Recipe", "gather_recipes"]


@dataclass(frozen=True, eq=False)
class Recipe:
    """A recipe and its runs on one test set.

    Attributes:
        name: What reports call it.
        runs: At least one, each with another seed, in the order of the seeds.
        caveats: What a reader must know of the runs, in sentences without a full stop.
    """

    name: str
    runs: Sequence[Run]
    caveats: Sequence[str] = field(default=())

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The settings that all its runs share, and the seed of the first."""
        return self.runs[0].settings

    @property
    def tags(self) -> list[str]:
        """The tags of its runs, each once."""
        given = (str(run.settings.get("tags") or "").split(",") for run in self.runs)
        return sorted({tag.strip() for tags in given for tag in tags if tag.strip()})

    @property
    def notes(self) -> list[str]:
        """The user's notes on its runs (the setting ``notes``), each once."""
        given = dict.fromkeys(run.settings.get("notes") for run in self.runs)
        return [str(note) for note in given if note]

    @property
    def test_set(self) -> TestSet:
        """The test images that all its runs were scored on."""
        return self.runs[0].test_set

    @property
    def clusters(self) -> Clusters | None:
        """Which test images depend on each other; None if none is known to."""
        return self.runs[0].clusters

    @property
    def parameters(self) -> int:
        """Number of parameters of the network."""
        return self.runs[0].parameters

    def shares_one(self, word: str) -> bool:
        """Tell whether it has several runs with one network as their ``init`` or ``teacher``."""
        networks = [getattr(run.environment, word) for run in self.runs]
        checksums = {network and network.checksum for network in networks}
        return len(networks) > 1 and len(checksums) == 1 and None not in checksums

    @cached_property
    def errors(self) -> Errors:
        """Which images its runs misread, summed up for the statistical tests."""
        return Errors.of(np.stack([run.wrong for run in self.runs]), self.clusters)

    @cached_property
    def error_counts(self) -> Float64Array:
        """Number of misread test images, of each run."""
        return np.array([run.wrong.sum() for run in self.runs], np.float64)

    @property
    def accuracies(self) -> Float64Array:
        """Test accuracy as a fraction of 1, of each run."""
        return 1 - self.error_counts / self.test_set.count

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95% interval of the recipe's accuracy; of a single run, that of its network."""
        return accuracy_interval(self.errors)

    @property
    def seconds(self) -> Float64Array:
        """Seconds of training, of each run."""
        return np.array([run.train_seconds for run in self.runs])


def gather_recipes(runs: Sequence[Run]) -> list[Recipe]:
    """Group runs by recipe and test set.

    Two runs of a recipe with the same seed, or that combine the same network, are not independent
    of each other: the last one by name counts. Names that digitrec gives sort by time, and a copy
    of a run keeps its name.
    """
    groups: dict[object, list[Run]] = {}
    for run in sorted(runs, key=lambda run: (run.folder.name, str(run.folder))):
        networks = (run.plugins, run.parameters, run.averaged_networks)
        recipe = (run.experiment, run.test_set, *networks, _recipe_settings(run))
        groups.setdefault(recipe, []).append(run)
    members = [_independent(group) for group in groups.values()]
    names = name_recipes([kept[0] for kept in members])
    return [
        Recipe(name, kept, _caveats(group, kept))
        for name, kept, group in zip(names, members, groups.values(), strict=True)
    ]


def _independent(runs: Sequence[Run]) -> list[Run]:
    """Return the runs that count, by seed: of runs that depend on each other, the last."""
    kept: list[Run] = []
    used: set[int | str] = set()
    for run in reversed(runs):
        if used.isdisjoint(run.chance):
            kept.append(run)
            used |= run.chance
    return sorted(kept, key=lambda run: run.seed)


def _recipe_settings(run: Run) -> tuple[tuple[str, Setting], ...]:
    return tuple(
        (key, value) for key, value in run.settings.items() if affects_result(key, run.data)
    )


def _caveats(group: Sequence[Run], kept: Sequence[Run]) -> list[str]:
    caveats = []
    left_out = [run for run in group if run not in kept]
    again = sorted({run.seed for run in left_out if run.chance == {run.seed}})
    if again:
        seeds = ", ".join(map(str, again))
        caveats.append(
            f"seed {seeds} was run more than once; the last run by name counts"
            if len(again) == 1
            else f"seeds {seeds} were run more than once; the last run of each by name counts"
        )
    sharing = sum(run.chance != {run.seed} for run in left_out)
    if sharing:
        caveats.append(
            f"{counted(sharing, 'run')} not counted, because a later run by name combines some "
            "of the same networks"
        )
    surroundings = [run.environment for run in kept]
    for template, found in (
        ("come from {} different states of the code", [one.git for one in surroundings]),
        (
            "were trained on {} different states of the data",
            [one.data.checksum for one in surroundings],
        ),
        (
            "began with {} different networks",
            [one.init and one.init.checksum for one in surroundings],
        ),
        (
            "learnt from {} different teachers",
            [one.teacher and one.teacher.checksum for one in surroundings],
        ),
    ):
        if (count := len(set(found))) > 1:
            caveats.append(f"its runs {template.format(count)}")
    return caveats
