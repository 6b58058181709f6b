"""Training that has diverged: the loss, or a logit of the network, is not finite."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator

import numpy as np

from digitrec.arrays import FloatArray
from digitrec.config.train_config import TrainConfig
from digitrec.errors import DigitrecError

__all__ = ["check_logits", "check_loss", "convergent"]


class _NotFiniteError(DigitrecError):
    """A network, or its loss, is no longer finite."""


def check_logits(logits: FloatArray) -> None:
    """Check that all logits are finite.

    Raises:
        DigitrecError: if one is not.
    """
    if not np.isfinite(logits).all():
        raise _NotFiniteError("the answers of the network are not finite")


def check_loss(loss: float) -> None:
    """Check that a loss is finite.

    Raises:
        DigitrecError: if it is not.
    """
    if not math.isfinite(loss):
        raise _NotFiniteError(f"its loss is {loss}")


@contextlib.contextmanager
def convergent(config: TrainConfig, epoch: int) -> Iterator[None]:
    """Turn a failed check of this module into an error that says what to do.

    Args:
        config: Of the run.
        epoch: After which the network is looked at, from 1 on.

    Raises:
        DigitrecError: where a check of this module fails.
    """
    try:
        yield
    except _NotFiniteError as error:
        raise DigitrecError(
            f"training diverged in epoch {epoch}: {error}; "
            f"choose a smaller optimizer.lr than {config.optimizer.lr:g}"
        ) from None
