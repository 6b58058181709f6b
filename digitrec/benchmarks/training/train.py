"""Training seconds beside accuracy: recorded experiments and plain loops take turns.

One seed of every entry is trained before the next seed of any, so that a change of the machine's
speed affects all. Time runs from the first use of the training images to the final weights. For an
experiment, that includes the validation at the end of each epoch and the files of a run directory,
but neither imports nor reading the data set.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scipy.stats import t as student

from digitrec.benchmarks.training.finishes import PLAIN, Finish, read_finishes, write_finishes
from digitrec.benchmarks.training.pareto import draw_pareto
from digitrec.config.compose import compose
from digitrec.errors import ConfigError
from digitrec.storage.temporary_folder import temporary_folder

if TYPE_CHECKING:
    from torch import nn

    from digitrec.data.dataset import DataSet, Examples

__all__ = ["race"]

REFERENCE = "recipe"
"""The entry whose time the others are compared with."""

SEEDS = {
    "speedrun": 20, "speedrun_995": 5, "recipe": 5, "fast": 3, "example": 1, "deep": 0,
}  # fmt: skip
"""The entries, and how many seeds of each are trained unless the command says otherwise."""


def race(words: Sequence[str], pictures: Path | None = None) -> Iterator[str]:
    """Train seeds of all entries in turns; yield a line for each, and a table.

    Args:
        words: How many seeds of which entries, such as ``speedrun=5``, by default `SEEDS`;
            ``file=PATH``, which keeps the results, so that the same command goes on after a stop;
            and settings of training for all, such as ``data.root=FOLDER``.
        pictures: The folder for a picture of accuracy against seconds; None draws none.

    Raises:
        ConfigError: for a count that is not a number, or an unknown setting.
    """
    counts, settings, file = _understand(words)
    finishes = []
    for one in run_race(counts, settings, file):
        finishes.append(one)
        yield f"{one.entry} seed {one.seed}: {one.seconds:.2f} s, {one.accuracy:.2%}"
    yield from table(finishes)
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        draw_pareto(pictures / "pareto.png", finishes)
        yield f"{pictures / 'pareto.png'} shows errors against seconds"


def _understand(words: Sequence[str]) -> tuple[dict[str, int], list[str], Path | None]:
    """Return the seeds of each entry, settings of training, and the file of results."""
    counts: dict[str, int] = {}
    settings, file = [], None
    for word in words:
        name, _, value = word.partition("=")
        if name == "file" and value:
            file = Path(value)
        elif name not in SEEDS:
            settings.append(word)
        elif value.isdecimal():
            counts[name] = int(value)
        else:
            raise ConfigError(f"{word}: must be a number of seeds, such as {name}=5")
    return {name: count for name, count in (counts or SEEDS).items() if count}, settings, file


def run_race(
    counts: Mapping[str, int], settings: Sequence[str], file: Path | None
) -> Iterator[Finish]:
    """Train the seeds of all entries, except those that a file already holds.

    Args:
        counts: How many seeds of each entry.
        settings: Of training, for all entries.
        file: To which each result is added as it comes.

    Yields:
        Each result: those of the file first.
    """
    import torch

    from digitrec.models.device import make_deterministic

    whole = compose([*settings, "validation=0"])
    make_deterministic(whole.threads)
    data = whole.data.load(0)
    done = read_finishes(file) if file else []
    yield from done
    known = {(one.entry, one.seed) for one in done}
    for seed in range(max(counts.values(), default=0)):
        for name in (name for name, count in counts.items() if seed < count):
            if (name, seed) in known:
                continue
            train = _plain(name, seed, data) if name in PLAIN else _experiment(name, seed, settings)
            started = time.perf_counter()
            network = train()
            seconds = time.perf_counter() - started
            accuracy = _accuracy(network, data.test)
            done.append(Finish(name, seed, seconds, accuracy, torch.get_num_threads()))
            if file:
                write_finishes(file, done)
            yield done[-1]


def table(finishes: Sequence[Finish]) -> Iterator[str]:
    """Yield the lines of a table: seconds and accuracies of each entry, and how they compare."""
    by_entry: dict[str, dict[int, Finish]] = {}
    for one in finishes:
        by_entry.setdefault(one.entry, {})[one.seed] = one
    threads = sorted({one.threads for one in finishes})
    yield f"MNIST's 10,000 test images; {' or '.join(map(str, threads))} threads of the CPU"
    yield (
        f"{'':<14}{'seeds':>5}  {'seconds (least to most)':<26}"
        f"{'test accuracy, 95% interval':<34}time"
    )
    for name, found in by_entry.items():
        seconds = [one.seconds for one in found.values()]
        spread = f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
        ratio = _ratio(found, by_entry.get(REFERENCE, {}))
        accuracies = mean_interval([one.accuracy for one in found.values()])
        yield f"{name:<14}{len(found):>5}  {spread:<26}{accuracies:<34}{ratio}"
    yield from (f"{name}: {about}" for name, about in PLAIN.items() if name in by_entry)
    yield f"time: as a part of that of {REFERENCE}, by the medians"


def mean_interval(accuracies: Sequence[float]) -> str:
    """Write a mean with its 95% interval (Student's), where there are two values at least."""
    mean = statistics.mean(accuracies)
    if len(accuracies) < 2:
        return f"{mean:.2%}"
    error = statistics.stdev(accuracies) / math.sqrt(len(accuracies))
    reach = float(student.ppf(0.975, len(accuracies) - 1)) * error
    return f"{mean:.3%} ({mean - reach:.3%} to {mean + reach:.3%})"


def _ratio(found: Mapping[int, Finish], reference: Mapping[int, Finish]) -> str:
    if not reference:
        return ""
    mine, other = (
        statistics.median(one.seconds for one in runs.values()) for runs in (found, reference)
    )
    return f"{mine / other:.3f}"


def _plain(name: str, seed: int, data: DataSet) -> Callable[[], nn.Module]:
    from digitrec.benchmarks.training import plain_loops

    loops = {
        "recipe": plain_loops.train_one_epoch_recipe,
        "example": plain_loops.train_example,
    }
    return lambda: loops[name](data.train.images, data.train.labels, seed)


def _experiment(name: str, seed: int, settings: Sequence[str]) -> Callable[[], nn.Module]:
    """Prepare to train as `digitrec.training.run` does, in a folder that is removed afterwards."""
    from digitrec.data.limit import limit_training
    from digitrec.models.device import pick_device
    from digitrec.training.learner import Learner
    from digitrec.training.loop import train_epochs
    from digitrec.training.run_directory import Position, RunDir
    from digitrec.training.seeding import derive
    from digitrec.training.signals import StopRequest

    config = compose([f"experiment={name}", *settings, f"seed={seed}"])
    dataset = config.data.load(config.validation)
    learner = Learner(config, pick_device(config.device))

    def train() -> nn.Module:
        with temporary_folder() as place:
            limited = limit_training(dataset, config.data.limit, derive(seed, "limit"))
            list(train_epochs(learner, limited, Position(), RunDir(place), StopRequest()))
            return learner.kept()

    return train


def _accuracy(network: nn.Module, test: Examples) -> float:
    import torch

    device = next(network.parameters()).device
    with torch.inference_mode():
        parts = [
            network(part.to(device).float().div_(255)) for part in torch.split(test.images, 1000)
        ]
        return float((torch.cat(parts).argmax(1).cpu() == test.labels).float().mean())
