"""Checkpoint files of networks that tell the marks between digits apart.

They hold what `digitrec.models.checkpoint_format` describes, and nothing more: ``format`` is the
text ``digitrec-marks``, ``format_version`` 2, ``check/input`` (N, 1, 32, 96), ``check/logits``
(N, 8).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from digitrec.models.checkpoint_format import NetworkFormat, naming
from digitrec.models.marks import NO_MARK, WINDOW

if TYPE_CHECKING:
    from digitrec.models.network import MarkNetwork

__all__ = ["FORMAT", "load", "save"]

FORMAT = NetworkFormat("digitrec-marks", 2, image=(1, *WINDOW), logits=(NO_MARK + 1,))

save = FORMAT.write


def load(path: Path) -> MarkNetwork:
    """Read a network, trusting nothing in the file; in evaluation mode, on the CPU.

    Raises:
        CheckpointError: one line that names the file and the first thing wrong with it.
    """
    with naming(path):
        return cast("MarkNetwork", FORMAT.read(path).network)
