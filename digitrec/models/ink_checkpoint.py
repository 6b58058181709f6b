"""Checkpoint files of networks that find ink in pictures.

They hold what `digitrec.models.checkpoint_format` describes, and nothing more: ``format`` is the
text ``digitrec-ink``, ``format_version`` 3, ``check/input`` (N, 2, 112, 112), ``check/logits``
(N, 1, 112, 112). Networks of earlier versions saw one contrast alone, and are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from digitrec.models.architectures.ink import INK_CHANNELS
from digitrec.models.checkpoint_format import NetworkFormat, naming

if TYPE_CHECKING:
    from digitrec.models.network import InkNetwork

__all__ = ["FORMAT", "load", "save"]

FORMAT = NetworkFormat("digitrec-ink", 3, image=(INK_CHANNELS, 112, 112), logits=(1, 112, 112))

save = FORMAT.write


def load(path: Path) -> InkNetwork:
    """Read a network, trusting nothing in the file; in evaluation mode, on the CPU.

    Raises:
        CheckpointError: one line that names the file and the first thing wrong with it.
    """
    with naming(path):
        return cast("InkNetwork", FORMAT.read(path).network)
