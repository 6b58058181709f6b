from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from drawn_shapes import draw

from digitrec.arrays import Float32Array, LogitsFunction
from digitrec.benchmarks.memory import resident_megabytes
from digitrec.imaging import ink_network
from digitrec.imaging.ink_network import by_pytorch, shipped_network
from digitrec.imaging.local_contrast import local_contrast
from digitrec.models import device, engines
from digitrec.models.checkpoint_format import NetworkFormat
from digitrec.storage.loaded_once import LoadedOnce
from digitrec.storage.resources import shipped_ink


def seen(height: int, width: int) -> Float32Array:
    """A digit of blue ink on paper, as the network sees it."""
    ink = draw("two", height, width, side=40, place=(0.5, 0.5)) / 255
    light = np.linspace(150, 240, width) + np.random.default_rng(0).normal(0, 3, ink.shape)
    dark = np.multiply.outer(120 * ink, (1.0, 0.8, 0.3))
    pixels = np.clip(light[..., None] - dark, 0, 255).astype(np.uint8)
    return (local_contrast(pixels).astype(np.float32) / np.float32(255))[None]


@pytest.mark.parametrize("size", [(16, 16), (112, 112), (64, 208), (320, 240)])
def test_onnx_runtime_gives_the_logits_of_pytorch(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "pick_precision", lambda *_: "float32")
    images = seen(*size)
    found = shipped_network()(images)
    assert (found.shape, found.dtype) == ((1, 1, *size), np.float32)
    np.testing.assert_allclose(found, by_pytorch()(images), atol=2e-4)


def test_bfloat16_changes_coverage_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "pick_precision", lambda *_: "bfloat16")
    images = seen(112, 112)
    found, rounded = (1 / (1 + np.exp(-f(images))) for f in (shipped_network(), by_pytorch()))
    assert found.max() > 0.9
    off = np.abs(found - rounded)
    assert 0 < off.mean() < 1e-3


@pytest.mark.parametrize("missing", [True, False])
def test_pytorch_computes_where_onnxruntime_is_missing(missing: bool) -> None:
    code = (
        "import sys, numpy as np\n"
        f"if {missing}: sys.modules['onnxruntime'] = None\n"
        "from digitrec.imaging.ink_network import shipped_network\n"
        "found = shipped_network()(np.full((1, 2, 32, 48), 0.5, np.float32))\n"
        "print(found.shape, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == f"(1, 1, 32, 48) {missing}"


def test_the_network_is_loaded_once_by_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    load = engines.by_onnx_runtime

    def loaded(form: NetworkFormat, path: Path) -> LogitsFunction | None:
        read.append(path)
        return load(form, path)

    monkeypatch.setattr(engines, "by_onnx_runtime", loaded)
    monkeypatch.setattr(ink_network, "_network", LoadedOnce(ink_network._load))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: shipped_network(), range(8)))
    assert read == [shipped_ink()]
    assert len(set(map(id, found))) == 1


def test_the_memory_that_a_page_needs_is_given_back() -> None:
    network = shipped_network()
    network(seen(16, 16))
    before = resident_megabytes()
    network(np.zeros((1, 2, 1024, 1024), np.float32))
    assert resident_megabytes() < before + 50
