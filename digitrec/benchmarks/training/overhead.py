"""An epoch of digitrec's loop compared with one of a bare PyTorch loop."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from functools import partial

import torch
import torch.nn.functional as F

from digitrec.benchmarks.timing import in_turns
from digitrec.config.compose import compose
from digitrec.config.train_config import TrainConfig
from digitrec.data.dataset import DataSet, Examples
from digitrec.models.device import make_deterministic, pick_device
from digitrec.storage.temporary_folder import temporary_folder
from digitrec.training.learner import Learner
from digitrec.training.loop import train_epochs
from digitrec.training.run_directory import Position, RunDir
from digitrec.training.signals import StopRequest

__all__ = ["training_overhead"]


def training_overhead(words: Sequence[str], repeats: int = 5) -> Iterator[str]:
    """Time an epoch of the network ``fast`` in digitrec's loop and in a bare PyTorch loop.

    Both have the same network, batch size, precision and data. They take turns.

    Args:
        words: Settings of training, ``key=value``.
        repeats: Epochs of each, after one that warms up.

    Yields:
        The lines of a table: seconds of each loop, and their ratio.
    """
    config = compose(["model=fast", "augment=none", "epochs=1", "validation=0", *words])
    make_deterministic(config.threads)
    device = pick_device(config.device)
    dataset = config.data.load(config.validation)
    train = dataset.train.to(device)
    with temporary_folder() as place:
        jobs = {
            "bare PyTorch loop": partial(_bare_epoch, config, device, train),
            "digitrec's loop": partial(_whole_epoch, config, device, dataset, RunDir(place)),
        }
        times = in_turns(jobs, repeats)
    for name, seconds in times.items():
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        yield f"{name:<20} {statistics.median(seconds):7.2f} s   ({spread}, {repeats} times)"
    ratios = [whole / bare for bare, whole in zip(*times.values(), strict=True)]
    yield f"{'ratio':<20} {statistics.median(ratios):7.3f}     (median of pairs)"
    yield (
        f"one epoch of {len(train):,} images, batch {config.batch_size}, {config.precision}, "
        f"{device.type}, {torch.get_num_threads()} threads; state saved and metrics written"
    )


def _bare_epoch(config: TrainConfig, device: torch.device, train: Examples) -> None:
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


def _whole_epoch(
    config: TrainConfig, device: torch.device, dataset: DataSet, folder: RunDir
) -> None:
    list(train_epochs(Learner(config, device), dataset, Position(), folder, StopRequest()))
