"""Distillation: a trained network, named by ``teacher``, that another learns from.

Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network". In each step the
teacher answers the same augmented images as the network that learns. Its probabilities say more
than labels do: which other digits an image resembles, and how much.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from digitrec.config.train_config import TrainConfig
from digitrec.errors import ConfigError, DigitrecError
from digitrec.models import checkpoint
from digitrec.models.network import Network, fuse_batch_norm

__all__ = ["Teacher", "load_teacher"]


class Teacher:
    """What a network learns from in addition to the labels."""

    def __init__(self, network: Network, config: TrainConfig, device: torch.device) -> None:
        """Make a teacher of a trained network, which is not changed."""
        fused = fuse_batch_norm(network).eval().requires_grad_(False)
        placed = fused.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._forward = torch.compile(placed) if config.compile else placed
        self._share, self._temperature = config.teacher_share, config.teacher_temperature
        self._rejects = config.rejects

    def logits(self, images: Tensor) -> Tensor:
        """Return its logits (B, 10) of images (B, 1, 28, 28) in [0, 1]; no gradient goes back."""
        with torch.no_grad():
            logits: Tensor = self._forward(images)
        return logits

    def mix(self, loss: Tensor, logits: Tensor, taught: Tensor) -> Tensor:
        """Return the loss with the teacher's share: how much the logits differ from its own.

        Args:
            loss: The mean loss by the labels.
            logits: (B, 10) of the network that learns.
            taught: (B, 10), what the teacher answers to the same images.
        """
        difference = distillation_loss(logits, taught, self._rejects, self._temperature)
        return (1 - self._share) * loss + self._share * difference


def distillation_loss(logits: Tensor, taught: Tensor, rejects: bool, temperature: float) -> Tensor:
    """Return the mean Kullback-Leibler divergence from a teacher's probabilities, in nats.

    Both are softened by the temperature. The divergence is multiplied by its square, so that the
    gradient is of the same size at all temperatures.

    Args:
        logits: (N, 10) of the network that learns.
        taught: (N, 10) of the teacher.
        rejects: Whether there is an eleventh class for non-digits, of logit 0.
        temperature: By which the logits are divided.
    """
    if rejects:
        logits, taught = F.pad(logits, (0, 1)), F.pad(taught, (0, 1))  # (N, 11)
    divergence = F.kl_div(
        F.log_softmax(logits / temperature, dim=1),
        F.log_softmax(taught / temperature, dim=1),
        reduction="batchmean",
        log_target=True,
    )
    return divergence * temperature**2


def load_teacher(config: TrainConfig) -> Network | None:
    """Read the network that ``config.teacher`` names; None where a run has no teacher.

    A teacher that rejects may teach a run without images to reject: its probabilities of the ten
    digits are those given that there is a digit. The reverse has no meaning, because the logits
    of a network that never saw the eleventh class cannot be compared with a logit of 0.

    Raises:
        DigitrecError: if there is no such checkpoint file, it is not of a network for single
            digits, or its network does not reject where the run does.
    """
    if config.teacher is None:
        return None
    try:
        loaded = checkpoint.load(Path(config.teacher).expanduser())
    except DigitrecError as error:
        raise DigitrecError(f"teacher={config.teacher}: {error}") from None
    if config.rejects and loaded.rejection_threshold == 0:
        raise ConfigError(
            f"teacher={config.teacher} takes everything for a digit, but data={config.data.name} "
            "has images of non-digits to reject; name a teacher that was trained on such images, "
            "or write data.nondigits=0"
        )
    return loaded.network
