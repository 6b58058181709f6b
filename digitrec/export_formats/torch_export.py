"""PyTorch's own format: the network as a graph of `torch.export`, which needs no class of ours."""

from __future__ import annotations

import io
from pathlib import Path

import torch

from digitrec.export_formats.contract import contract_json
from digitrec.imaging.normalise import SIZE
from digitrec.models.checkpoint import Checkpoint
from digitrec.models.network import fuse_batch_norm
from digitrec.storage import atomic

__all__ = ["write_torch_export"]

CONTRACT = "digitrec.json"  # the extra file in an archive that holds the contract


def write_torch_export(path: Path, trained: Checkpoint) -> None:
    """Write the network of a checkpoint: images (N, 1, 28, 28) in [0, 1] to logits (N, 10).

    ``torch.export.load(path).module()`` is the network again, and the contract is the extra file
    `CONTRACT`. Batch normalisations are fused.

    Raises:
        OSError: if the file cannot be written.
    """
    network = fuse_batch_norm(trained.network)
    batch = torch.export.Dim("batch", min=1)
    program = torch.export.export(
        network, (torch.zeros(2, 1, SIZE, SIZE),), dynamic_shapes={"images": {0: batch}}
    )
    buffer = io.BytesIO()
    torch.export.save(program, buffer, extra_files={CONTRACT: contract_json(trained)})
    atomic.write_bytes(path, buffer.getvalue())
