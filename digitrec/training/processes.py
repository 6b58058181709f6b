"""One run in several processes, which ``torchrun`` starts: each takes a part of every batch.

All processes draw the same random numbers and see the same batches; each reads its part of the
images. Sums over a batch go over all processes: gradients (PyTorch's DistributedDataParallel), the
loss, and the means and variances of batch normalisation. Dropout takes its part of the mask that
one process would draw, except on GPUs, whose generators cannot be read in part. So the curve is
that of one process within rounding, and a run may be stopped and resumed by another number.

The first process alone writes. It scores the validation images too, and tells the others.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from digitrec.errors import ConfigError, DigitrecError, Interrupted
from digitrec.message_text import quoted
from digitrec.models.network import Network

__all__ = ["ALONE", "Processes", "joined"]

_Value = TypeVar("_Value")

PATIENCE = timedelta(hours=2)  # that a process waits for one that loads data or scores images
LOST = ("connection", "gloo", "nccl", "socket", "timed out")
"""Words of what PyTorch's backends say when another process is gone."""


class Processes:
    """The processes of a run, seen from one of them.

    Attributes:
        rank: The number of this one, from 0.
        count: How many there are; 1 where the run is not distributed.
    """

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank, self.count = rank, count

    @property
    def writes(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def device(self, device: torch.device) -> torch.device:
        """Return the GPU of this process, where the run is on GPUs."""
        if self.count == 1 or device.type != "cuda":
            return device
        if ":" in str(device):
            raise ConfigError(
                f"device={device}: torchrun gives each process its own GPU; write device=cuda"
            )
        chosen = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(chosen)
        return chosen

    def parallel(self, network: Network) -> nn.Module:
        """Return the module that computes the logits of a part of a batch and averages gradients.

        The network itself stays as it is, but for its dropout and batch normalisation.
        """
        if self.count == 1:
            return network
        for layer in network.modules():
            if type(layer) in _SHARED:
                # As a subclass, layers are copied, saved and looked for as before.
                layer.__class__ = _SHARED[type(layer)]
        with warnings.catch_warnings():
            # The word that newer versions of PyTorch ask for is unknown to older ones.
            warnings.simplefilter("ignore", FutureWarning)
            return DistributedDataParallel(network, broadcast_buffers=False)

    @contextlib.contextmanager
    def part(self, images: int) -> Iterator[slice]:
        """Give the part of a batch that this process reads, while it does.

        Raises:
            DigitrecError: if the batch has fewer images than there are processes.
        """
        if self.count > 1 and images < self.count:
            raise DigitrecError(
                f"a batch of {images} images is too small for {self.count} processes; choose a "
                "larger batch_size, or fewer processes"
            )
        start, end = (images * rank // self.count for rank in (self.rank, self.rank + 1))
        _BATCH[:] = [images, start, end]
        try:
            yield slice(start, end)
        finally:
            _BATCH.clear()

    def mean(self, loss: Tensor, part: slice, images: int) -> tuple[Tensor, Tensor]:
        """Return what to differentiate, and the loss of the whole batch.

        Args:
            loss: The mean over the images of this process's part.
            part: Of the batch.
            images: Of the whole batch.
        """
        if self.count == 1:
            return loss, loss.detach()
        share = (part.stop - part.start) / images
        whole = loss.detach() * share
        dist.all_reduce(whole)
        return loss * (share * self.count), whole  # for DistributedDataParallel takes the mean

    def agree(self, number: int | None) -> int | None:
        """Return the largest number that any process has; None where none has one."""
        if self.count == 1:
            return number
        given = torch.tensor(number or 0)
        dist.all_reduce(given, dist.ReduceOp.MAX)
        return int(given) or None

    def tell(self, value: Callable[[], _Value]) -> _Value:
        """Return a value that the first process computes."""
        if self.count == 1:
            return value()
        told: list[Any] = [value() if self.writes else None]
        dist.broadcast_object_list(told, device=torch.device("cpu"))
        return cast(_Value, told[0])

    def in_turn(self, action: Callable[[], _Value]) -> _Value:
        """Do something in the first process, then in the others, which can use its files."""
        done = action() if self.writes else None
        self.tell(lambda: None)
        return action() if done is None else done

    @contextlib.contextmanager
    def watched(self, resume: Callable[[], str], record: Callable[[], None]) -> Iterator[None]:
        """Report in one line that another process has ended, if that stops this one.

        Args:
            resume: Gives the arguments that resume the run.
            record: Writes down that the run was interrupted.
        """
        try:
            yield
        except RuntimeError as error:
            if self.count == 1 or not any(word in str(error).lower() for word in LOST):
                raise
            # At once: torchrun kills this process, too, half a minute after it has noticed.
            record()
            line = (
                f"another of the {self.count} processes of this run has ended; resume from the "
                f"last saved state with: torchrun … -m digitrec.train {resume()}"
            )
            print(f"error: {line}", file=sys.stderr, flush=True)
            raise Interrupted("stopped", signal.SIGTERM) from error


ALONE = Processes()


@contextlib.contextmanager
def joined() -> Iterator[Processes]:
    """Join the other processes if ``torchrun`` started this one; otherwise there is only one.

    What the others would print is printed by the first alone, but for errors.

    Raises:
        ConfigError: if the variables of ``torchrun`` are set to something else.
    """
    count = _number("WORLD_SIZE", "1")
    if count == 1:
        yield ALONE
        return
    rank = _number("RANK", "")
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, timeout=PATIENCE)
    with contextlib.ExitStack() as held:
        if rank:
            silence = held.enter_context(Path(os.devnull).open("w"))
            held.enter_context(contextlib.redirect_stdout(silence))
        yield Processes(rank, count)
    sys.stdout.flush()
    # Not after an error: the others wait for this process, and notice that it ends. Together, for a
    # process whose connections are closed by another while it ends may abort.
    dist.barrier()
    dist.destroy_process_group()


def _number(variable: str, default: str) -> int:
    value = os.environ.get(variable, default)
    if not value.isdecimal():
        raise ConfigError(
            f"the environment variable {variable} is {quoted(value)}, but torchrun sets it to a "
            "number; unset WORLD_SIZE, or start with torchrun"
        )
    return int(value)


_BATCH: list[int] = []
"""While a part of a batch is read: images of the batch, and where the part begins and ends."""


class _SharedDropout(nn.Dropout):
    """Dropout by the mask of the whole batch."""

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training and self.p and _BATCH and x.device.type == "cpu"):
            return super().forward(x)
        images, start, end = _BATCH
        mask = x.new_empty((images, *x.shape[1:]))
        if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):
            # Random numbers are drawn in the order of memory.
            mask = mask.contiguous(memory_format=torch.channels_last)
        return x * mask.bernoulli_(1 - self.p)[start:end].div_(1 - self.p)


class _SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation by the mean and variance over the images of all processes.

    PyTorch's SyncBatchNorm does the same, but on GPUs alone.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not _BATCH:
            return super().forward(x)
        x32 = x.float()  # (B, C, H, W), in bfloat16 under autocast
        count = _BATCH[0] * x.shape[2] * x.shape[3]
        mean = _sum_over_processes(x32.sum(dim=(0, 2, 3))) / count  # (C,)
        # From the mean, not from squares: their difference would lose digits.
        centred = x32 - mean[:, None, None]
        variance = _sum_over_processes(centred.square().sum(dim=(0, 2, 3))) / count
        with torch.no_grad():
            if self.running_mean is not None and self.running_var is not None:
                assert self.num_batches_tracked is not None
                self.num_batches_tracked += 1
                momentum = (
                    1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
                )
                unbiased = variance * (count / max(count - 1, 1))
                self.running_mean.lerp_(mean, momentum)
                self.running_var.lerp_(unbiased, momentum)
        scaled = centred * (variance + self.eps).rsqrt()[:, None, None]
        if self.affine:
            scaled = scaled * self.weight[:, None, None] + self.bias[:, None, None]
        return scaled.to(x.dtype)


_SHARED: dict[type[nn.Module], type[nn.Module]] = {
    nn.Dropout: _SharedDropout,
    nn.BatchNorm2d: _SharedBatchNorm,
}


class _Sum(torch.autograd.Function):
    """The sum of a tensor over processes; the gradient of a sum is the sum of the gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def _sum_over_processes(x: Tensor) -> Tensor:
    return cast(Tensor, _Sum.apply(x))
