from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from changed_checkpoints import check_refused, of_digits, without_check

from digitrec.errors import CheckpointError
from digitrec.models.architectures.strings import Strings
from digitrec.models.checkpoint import load as load_digits
from digitrec.models.checkpoint_format import DescribedNetwork
from digitrec.models.network import StringNetwork
from digitrec.models.string_checkpoint import CHECK_WIDTH, load, save
from digitrec.storage import hdf5, resources

WIDTH = 8  # not the default, so that a loader that forgets it shows


def network(seed: int = 0) -> StringNetwork:
    """A network whose running statistics are not those it began with."""
    torch.manual_seed(seed)
    made = Strings(width=WIDTH).build()
    with torch.no_grad():
        made(torch.rand(4, 1, 28, CHECK_WIDTH))
    return made.eval()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "strings.h5"
    images = torch.rand(8, 1, 28, CHECK_WIDTH)
    made = DescribedNetwork(network(), "strings", {"width": WIDTH}, {"config": {"seed": 0}})
    save(file, made, images)
    return file


def test_what_is_saved_is_loaded(path: Path) -> None:
    images = torch.rand(3, 1, 28, 80)
    with torch.inference_mode():
        torch.testing.assert_close(load(path)(images), network()(images))


def test_the_file_is_plain_data(path: Path) -> None:
    with h5py.File(path) as file:
        names = {"format", "format_version", "model", "model_arguments", "provenance"}
        assert set(file.attrs) == names
        assert json.loads(file.attrs["provenance"]) == {"config": {"seed": 0}}
        assert set(file) == {"weights", "check"}


def test_the_shipped_file_is_small_and_tells_how_it_was_made() -> None:
    shipped = resources.shipped_strings()
    assert shipped.stat().st_size < 2_000_000
    with h5py.File(shipped) as file:
        provenance = json.loads(file.attrs["provenance"])
    assert provenance["config"]["seed"] == 0
    assert re.fullmatch("[0-9a-f]{40}", provenance["commit"])
    assert provenance["metrics"]["test_accuracy"] > 0.8


def other_format(file: h5py.File) -> None:
    file.attrs["format"] = "digitrec-ink"


def newer(file: h5py.File) -> None:
    file.attrs["format_version"] = 4


def of_another_width(file: h5py.File) -> None:
    file.attrs["model_arguments"] = '{"width": 10}'


def without_arguments(file: h5py.File) -> None:
    del file.attrs["model_arguments"]


def without_weights(file: h5py.File) -> None:
    del file["weights/layers.7.bias"]


def with_more(file: h5py.File) -> None:
    file["weights/more"] = np.zeros(3, np.float32)


def of_another_shape(file: h5py.File) -> None:
    del file["weights/layers.7.bias"]
    file["weights/layers.7.bias"] = np.zeros(3, np.float32)


def not_finite(file: h5py.File) -> None:
    file["weights/layers.7.bias"][2] = np.nan


def changed(file: h5py.File) -> None:
    file["weights/layers.7.bias"][2] += 1


def linked(file: h5py.File) -> None:
    file["weights/elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (other_format, "its network is one for ink, and not for strings"),
        (newer, "its format_version 4 is newer than this program's 3: update digitrec"),
        (of_digits, "its network is one for digits, and not for strings"),
        (of_another_width, "has the shape"),
        (without_arguments, "attributes are missing or unexpected: model_arguments"),
        (without_weights, r"weights are missing: layers\.7\.bias"),
        (with_more, "unexpected arrays: weights/more"),
        (of_another_shape, "has the shape"),
        (not_finite, "not finite"),
        (changed, "do not give the stored logits"),
        (without_check, "is missing"),
        (linked, "links of a kind that may lead elsewhere"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(
    change: Callable[[h5py.File], None], reason: str, path: Path
) -> None:
    check_refused(path, change, load, reason)


def test_a_missing_and_a_truncated_file_are_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist"):
        load(tmp_path / "none.h5")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="truncated or damaged"):
        load(path)


def test_a_file_of_version_1_has_the_default_settings(tmp_path: Path) -> None:
    path = tmp_path / "strings.h5"
    shipped = hdf5.read(resources.shipped_strings())
    with h5py.File(path, "w") as file:  # with texts of variable length
        file.attrs.update({"format": "digitrec-strings", "format_version": 1, "provenance": "{}"})
        for name, array in shipped.arrays.items():
            file[name] = array
    assert load(path).state_dict().keys() == Strings().build().state_dict().keys()


def test_a_network_for_strings_is_not_taken_for_one_of_digits(path: Path) -> None:
    with pytest.raises(CheckpointError, match="its network is one for strings, and not for digits"):
        load_digits(path)


def test_a_checkpoint_of_digits_is_none_of_strings(tmp_path: Path) -> None:
    other = tmp_path / "digits.h5"
    shutil.copy(resources.shipped_checkpoint(), other)
    with pytest.raises(CheckpointError, match="its network is one for digits, and not for strings"):
        load(other)
