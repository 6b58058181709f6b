from __future__ import annotations

from pathlib import Path

import pytest
import torch
from networks import build

from digitrec.models import checkpoint
from digitrec.models.checkpoint import Checkpoint


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint file of a network that has not learnt anything: what it reads is nonsense."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint") / "model.h5"
    checkpoint.save(path, Checkpoint("tiny", {}, build("tiny").eval()), torch.rand(8, 1, 28, 28))
    return path
