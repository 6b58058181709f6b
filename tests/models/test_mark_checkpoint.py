from __future__ import annotations

import json
from pathlib import Path

import h5py
import pytest
import torch

from digitrec.errors import CheckpointError
from digitrec.models import ink_checkpoint
from digitrec.models.architectures.marks import MarkClasses
from digitrec.models.checkpoint_format import DescribedNetwork
from digitrec.models.mark_checkpoint import load, save
from digitrec.models.marks import NO_MARK, WINDOW
from digitrec.models.network import MarkNetwork, fuse_batch_norm
from digitrec.storage import resources

WIDTH = 4  # not the default, so that a loader that forgets it shows


def network() -> MarkNetwork:
    """A network whose running statistics are not those it began with."""
    torch.manual_seed(0)
    made = MarkClasses(width=WIDTH).build()
    with torch.no_grad():
        made(torch.rand(4, 1, *WINDOW))
    return made.eval()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "marks.h5"
    made = DescribedNetwork(network(), "marks", {"width": WIDTH}, {"seed": 0})
    save(file, made, torch.rand(2, 1, *WINDOW))
    return file


def test_what_is_saved_is_loaded_and_fusing_changes_no_answer(path: Path) -> None:
    images = torch.rand(3, 1, *WINDOW)
    with torch.inference_mode():
        expected = network()(images)
        assert expected.shape == (3, NO_MARK + 1)
        torch.testing.assert_close(load(path)(images), expected)
        torch.testing.assert_close(fuse_batch_norm(load(path))(images), expected)


def test_a_network_for_something_else_is_refused(path: Path) -> None:
    with pytest.raises(CheckpointError, match="is one for ink, and not for marks"):
        load(resources.shipped_ink())
    with pytest.raises(CheckpointError, match="is one for marks, and not for ink"):
        ink_checkpoint.load(path)
    with h5py.File(path, "a") as file:
        file.attrs["model_arguments"] = json.dumps({"width": 6})
    with pytest.raises(CheckpointError, match=r"marks\.h5 is not a usable checkpoint: weights/"):
        load(path)


def test_the_shipped_file_is_small_and_tells_who_tested_it() -> None:
    shipped = resources.shipped_marks()
    assert shipped.stat().st_size < 1_200_000
    load(shipped)
    with h5py.File(shipped) as file:
        assert file.attrs["format_version"] == 2
        provenance = json.loads(file.attrs["provenance"])
    assert provenance["config"]["data"]["leave_out"] == "app"
