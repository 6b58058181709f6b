"""Speed: training beside a bare loop, synthetic images, normalisation, and the command predict.

Each figure is measured beside what it is compared with, in one process, on an otherwise idle
machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitrec.arrays import Uint8Array

if TYPE_CHECKING:
    from torch import device

    from digitrec.config.train_config import TrainConfig
    from digitrec.data.dataset import DataSet, Examples
    from digitrec.training.run_directory import RunDir

__all__ = ["drawings", "normalisation", "predict_files", "synthetic_images", "training_overhead"]

REPEATS = 5


def training_overhead(words: Sequence[str], repeats: int = REPEATS) -> Iterator[str]:
    """Time an epoch of the network ``fast`` in digitrec's loop and in a bare PyTorch loop.

    Both have the same network, batch size, precision and data. They take turns, so that a change of
    the machine's speed affects both.

    Args:
        words: settings of training, ``key=value``.
        repeats: epochs of each, after one that warms up.

    Yields:
        The lines of a table: seconds of each loop, and their ratio.
    """
    import torch

    from digitrec.config.compose import compose
    from digitrec.models.device import make_deterministic, pick_device
    from digitrec.training.run_directory import RunDir

    config = compose(["model=fast", "augment=none", "epochs=1", "validation=0", *words])
    make_deterministic(config.threads)
    device = pick_device(config.device)
    dataset = config.data.load(config.validation)
    train = dataset.train.to(device)
    with tempfile.TemporaryDirectory() as place:
        folder = RunDir(Path(place))
        jobs: dict[str, Callable[[], None]] = {
            "bare PyTorch loop": lambda: _bare_epoch(config, device, train),
            "digitrec's loop": lambda: _whole_epoch(config, device, dataset, folder),
        }
        times: dict[str, list[float]] = {name: [] for name in jobs}
        for repeat in range(repeats + 1):
            for name, job in jobs.items():
                started = time.perf_counter()
                job()
                if repeat:  # the first of each warms up
                    times[name].append(time.perf_counter() - started)
    for name, seconds in times.items():
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        yield f"{name:<20} {statistics.median(seconds):7.2f} s   ({spread}, {repeats} times)"
    ratios = [whole / bare for bare, whole in zip(*times.values(), strict=True)]
    yield f"{'ratio':<20} {statistics.median(ratios):7.3f}     (median of pairs)"
    yield (
        f"one epoch of {len(train):,} images, batch {config.batch_size}, {config.precision}, "
        f"{device.type}, {torch.get_num_threads()} threads; state saved and metrics written"
    )


def _bare_epoch(config: TrainConfig, device: device, train: Examples) -> None:
    import torch
    import torch.nn.functional as F

    network = config.model.build().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adadelta(network.parameters(), lr=1.0)
    network.train()
    order = torch.randperm(len(train)).to(device)
    for batch in torch.split(order, config.batch_size)[: len(train) // config.batch_size]:
        images = train.images[batch].float().div_(255)
        with torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
            logits = network(images)
        loss = F.cross_entropy(logits.float(), train.labels[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    loss.item()  # waits for the device


def _whole_epoch(config: TrainConfig, device: device, dataset: DataSet, folder: RunDir) -> None:
    from digitrec.training.learner import Learner
    from digitrec.training.loop import train_epochs
    from digitrec.training.run_directory import Position
    from digitrec.training.signals import StopRequest

    train_epochs(config, Learner(config, device), dataset, Position(), folder, StopRequest())


def synthetic_images(count: int = 5_000, repeats: int = REPEATS) -> str:
    """Return a line with the synthetic images that one core makes in a second."""
    from digitrec.data.synthetic.digits import generate

    return _rate("synthetic images", lambda: len(generate(count, seed=0)[0]), repeats)


def normalisation(count: int = 200, repeats: int = REPEATS) -> str:
    """Return a line with the drawings of 280×280 pixels that one core normalises in a second."""
    from digitrec.imaging.normalise import normalise

    inks = list(drawings(count))
    return _rate("drawings of 280×280", lambda: len([normalise(ink) for ink in inks]), repeats)


def predict_files(count: int = 5_000) -> str:
    """Return a line with the PNG files that the command predict reads in a minute.

    The start of the process counts.
    """
    from PIL import Image

    with tempfile.TemporaryDirectory() as place:
        for index, ink in enumerate(drawings(count)):
            Image.fromarray(255 - ink).save(Path(place, f"{index:05}.png"))
        command = [sys.executable, "-m", "digitrec.predict", place, "--json"]
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - started
    minute = 60 * count / seconds
    return f"{count:,} PNG files of 280×280 in {seconds:.1f} s: {minute:,.0f} a minute"


def _rate(what: str, job: Callable[[], int], repeats: int) -> str:
    """Say how many things a second of the processor a job gets done; it returns how many it did."""
    job()
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        count = job()
        rates.append(count / (time.process_time() - started))
    return f"{statistics.median(rates):,.0f} {what} a second of one core (median of {repeats})"


def drawings(count: int) -> Iterator[Uint8Array]:
    """Draw digits as in the window: ink coverage, uint8 (280, 280)."""
    from digitrec.data.synthetic.digits import draw
    from digitrec.drawing.rasterise import rasterise_drawing

    rng = np.random.default_rng(0)
    for index in range(count):
        yield rasterise_drawing(draw(index % 10, rng))
