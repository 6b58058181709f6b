from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from networks import build

from digitrec.errors import CheckpointError
from digitrec.models import engines, ink_checkpoint, mark_checkpoint, string_checkpoint
from digitrec.models.architectures.strings import Strings
from digitrec.models.checkpoint_format import DescribedNetwork, NetworkFormat
from digitrec.models.engines import by_onnx_runtime, by_pytorch, fastest
from digitrec.models.network import Network, StringNetwork
from digitrec.storage import resources

STRINGS = string_checkpoint.FORMAT, resources.shipped_strings()
SHIPPED = [
    (*STRINGS, (28, 48)),
    (*STRINGS, (28, 160)),
    (mark_checkpoint.FORMAT, resources.shipped_marks(), (32, 96)),
    (ink_checkpoint.FORMAT, resources.shipped_ink(), (48, 80)),
]


@pytest.mark.parametrize(("form", "path", "size"), SHIPPED)
def test_onnx_runtime_and_numpy_give_the_logits_of_pytorch(
    form: NetworkFormat, path: Path, size: tuple[int, int]
) -> None:
    stored = form.read_with_numpy(path)
    assert stored is not None
    images = np.random.default_rng(0).random((3, *form.image[:-2], *size), np.float32)
    wanted = by_pytorch(form.read(path).network)(images)
    for network in (by_onnx_runtime(form, path), fastest(form, path), stored.network):
        assert network is not None
        found = network(images)
        assert (found.shape, found.dtype) == (wanted.shape, np.float32)
        np.testing.assert_allclose(found, wanted, atol=1e-5 * float(np.abs(wanted).max()) + 1e-5)


def test_where_onnxruntime_is_missing_pytorch_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert by_onnx_runtime(*STRINGS) is None
    images = np.random.default_rng(0).random((2, 1, 28, 48), np.float32)
    wanted = by_pytorch(STRINGS[0].read(STRINGS[1]).network)(images)
    np.testing.assert_array_equal(fastest(*STRINGS)(images), wanted)


def test_another_device_than_the_cpu_is_for_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(engines, "by_pytorch", lambda network, device: asked.append(device))
    fastest(*STRINGS, torch.device("cuda"))
    assert asked == [torch.device("cuda")]


def test_a_network_in_bfloat16_answers_in_float32() -> None:
    network = build("tiny").eval()
    images = torch.rand(2, 1, 28, 28)
    found = by_pytorch(network, dtype=torch.bfloat16)(images.numpy())
    assert found.dtype == np.float32
    with torch.inference_mode():
        wanted = network(images).numpy()
    assert 0 < np.abs(found - wanted).max() < 0.1 * np.abs(wanted).max()


def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    torch.manual_seed(0)
    network = Strings(width=4).build().eval()
    assert isinstance(network, StringNetwork | Network)
    images = torch.rand(1, 1, 28, string_checkpoint.CHECK_WIDTH)
    string_checkpoint.save(path, DescribedNetwork(network, "strings", {"width": 4}, {}), images)
    assert by_onnx_runtime(string_checkpoint.FORMAT, path) is not None
    with h5py.File(path, "r+") as file:
        file["weights/layers.0.0.weight"][0] += 1
    for load in (by_onnx_runtime, fastest):
        with pytest.raises(CheckpointError, match=r"model\.h5 .*do not give the stored logits"):
            load(string_checkpoint.FORMAT, path)
