"""Checkpoint files of networks that read strings of digits.

They hold what `digitrec.models.checkpoint_format` describes, and nothing more: ``format`` is the
text ``digitrec-strings``, ``format_version`` 3, ``check/input`` (N, 1, 28, 48), and
``check/logits`` (N, 24, 12). Files of version 1 lack ``model`` and ``model_arguments``, and hold
the network of `digitrec.models.architectures.strings.Strings` with its defaults.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from digitrec.models.checkpoint_format import NetworkFormat, naming
from digitrec.models.ctc import CLASSES

if TYPE_CHECKING:
    from digitrec.models.network import StringNetwork

__all__ = ["CHECK_WIDTH", "FORMAT", "load", "save"]

CHECK_WIDTH = 48
"""Columns of the stored input."""

FORMAT = NetworkFormat(
    "digitrec-strings",
    3,
    image=(1, 28, CHECK_WIDTH),
    logits=(CHECK_WIDTH // 2, CLASSES),
    of_version_1={"model": "strings", "model_arguments": "{}"},
)

save = FORMAT.write


def load(path: Path) -> StringNetwork:
    """Read a network, trusting nothing in the file; in evaluation mode, on the CPU.

    Raises:
        CheckpointError: one line that names the file and the first thing wrong with it.
    """
    with naming(path):
        return cast("StringNetwork", FORMAT.read(path).network)
