from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from changed_checkpoints import check_refused, of_digits, without_check

from digitrec.errors import CheckpointError
from digitrec.models.architectures.ink import INK_CHANNELS, INK_STEP, Ink
from digitrec.models.checkpoint_format import DescribedNetwork
from digitrec.models.ink_checkpoint import load, save
from digitrec.models.network import InkNetwork, fuse_batch_norm
from digitrec.storage import hdf5, resources

WIDTH = 6  # not the default, so that a loader that forgets it shows


def network() -> InkNetwork:
    """A network whose running statistics are not those it began with."""
    torch.manual_seed(0)
    made = Ink(width=WIDTH).build()
    with torch.no_grad():
        made(torch.rand(4, INK_CHANNELS, 32, 32))
    return made.eval()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "ink.h5"
    provenance = {"config": {"plugins": "mine"}}
    settings: dict[str, int | float | str] = {"width": WIDTH, "context": 2}
    made = DescribedNetwork(network(), "ink", settings, provenance)
    save(file, made, torch.rand(2, INK_CHANNELS, 112, 112))
    return file


def test_what_is_saved_is_loaded(path: Path) -> None:
    images = torch.rand(3, INK_CHANNELS, 48, 80)
    with torch.inference_mode():
        torch.testing.assert_close(load(path)(images), network()(images))


def test_a_file_from_before_a_setting_holds_a_network_as_they_were_then(path: Path) -> None:
    torch.manual_seed(0)
    narrow = Ink(width=WIDTH, context=1).build().eval()
    made = DescribedNetwork(narrow, "ink", {"width": WIDTH}, {"config": {}})
    save(path, made, torch.rand(1, INK_CHANNELS, 112, 112))
    images = torch.rand(1, INK_CHANNELS, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(load(path)(images), narrow(images))


@pytest.mark.parametrize("sides", [(INK_STEP, INK_STEP), (3 * INK_STEP, INK_STEP)])
def test_each_pixel_has_an_answer_and_fusing_changes_none(sides: tuple[int, int]) -> None:
    images = torch.rand(2, INK_CHANNELS, *sides)
    with torch.inference_mode():
        answers = network()(images)
        assert answers.shape == (2, 1, *sides)
        torch.testing.assert_close(fuse_batch_norm(network())(images), answers)


def test_what_lies_beside_a_picture_is_like_the_end_of_it() -> None:
    seen = torch.rand(1, INK_CHANNELS, 32, 32)
    grey = torch.full((1, INK_CHANNELS, 64, 64), 128 / 255)
    grey[:, :, 16:48, 16:48] = seen
    assert ((grey - network().mean) == 0).sum() >= INK_CHANNELS * (64 * 64 - 32 * 32)


def test_the_shipped_file_is_small_and_tells_how_it_was_made() -> None:
    shipped = resources.shipped_ink()
    assert shipped.stat().st_size < 4_000_000
    with h5py.File(shipped) as file:
        assert file.attrs["format_version"] == 3
        assert isinstance(file.attrs["provenance"], bytes)  # of a fixed length
        provenance = json.loads(file.attrs["provenance"])
    assert provenance["config"]["data"]["name"] == "ink"
    assert re.fullmatch("[0-9a-f]{40}", provenance["commit"])


def of_another_program(file: h5py.File) -> None:
    file.attrs["format"] = "keras"


def of_strings(file: h5py.File) -> None:
    file.attrs["format"] = "digitrec-strings"


def newer(file: h5py.File) -> None:
    file.attrs["format_version"] = 4


def of_a_plugin(file: h5py.File) -> None:
    file.attrs["model"] = "mine"


def of_another_width(file: h5py.File) -> None:
    file.attrs["model_arguments"] = '{"width": 12}'


def named_twice(file: h5py.File) -> None:
    file.attrs["model_arguments"] = '{"name": "ink"}'


def from_nowhere(file: h5py.File) -> None:
    del file.attrs["provenance"]


def of_endless_origin(file: h5py.File) -> None:
    file.attrs["provenance"] = '{"metrics": {"loss": Infinity}}'


def without_weights(file: h5py.File) -> None:
    del file["weights/layers.last.bias"]


def not_finite(file: h5py.File) -> None:
    file["weights/layers.last.bias"][0] = np.nan


def changed(file: h5py.File) -> None:
    file["weights/layers.last.bias"][0] += 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (of_another_program, "another program"),
        (of_strings, "its network is one for strings, and not for ink"),
        (newer, "its format_version 4 is newer than this program's 3: update digitrec"),
        (of_digits, "its network is one for digits, and not for ink"),
        (of_a_plugin, "it was trained with plugins=mine: name them again"),
        (of_another_width, "has the shape"),
        (named_twice, "model_arguments hold a name"),
        (from_nowhere, "attributes are missing or unexpected: provenance"),
        (of_endless_origin, "its provenance holds a number that is not finite"),
        (without_weights, r"weights are missing: layers\.last\.bias"),
        (not_finite, "not finite"),
        (changed, "do not give the stored logits"),
        (without_check, "is missing"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(
    change: Callable[[h5py.File], None], reason: str, path: Path
) -> None:
    check_refused(path, change, load, reason)


def test_a_file_of_version_1_is_read(path: Path) -> None:
    content = hdf5.read(path)
    with h5py.File(path, "w") as file:  # with texts of variable length
        file.attrs.update(content.attributes | {"format_version": 1})
        for name, array in content.arrays.items():
            file[name] = array
    assert load(path).state_dict().keys() == network().state_dict().keys()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist; name a checkpoint file"):
        load(tmp_path / "none.h5")
    with pytest.raises(CheckpointError, match="does not exist; install digitrec again"):
        load(resources.shipped_ink().with_name("none.h5"))
