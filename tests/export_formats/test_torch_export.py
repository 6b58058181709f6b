"""torch.export archives, loaded by a Python that has no digitrec."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoint_samples import images, made
from networks import NAMES

from digitrec.export_formats.contract import contract
from digitrec.export_formats.torch_export import CONTRACT, write_torch_export


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, "ensemble"])
def test_the_graph_gives_the_same_logits(name: str, tmp_path: Path) -> None:
    trained = made(name)
    write_torch_export(tmp_path / "out.pt2", trained)
    extra = {CONTRACT: ""}
    program = torch.export.load(str(tmp_path / "out.pt2"), extra_files=extra).module()
    for count in (1, 2, 7):
        some = images(count)
        torch.testing.assert_close(program(some), trained.network(some), atol=1e-5, rtol=1e-5)
    assert json.loads(extra[CONTRACT]) == contract(trained)


@pytest.mark.slow
def test_it_is_loaded_without_digitrec(tmp_path: Path) -> None:
    trained = made("tiny")
    write_torch_export(tmp_path / "out.pt2", trained)
    np.save(tmp_path / "images.npy", images().numpy())
    program = (
        "import sys, numpy, torch\n"
        "network = torch.export.load('out.pt2').module()\n"
        "numpy.save('logits.npy', network(torch.from_numpy(numpy.load('images.npy'))).detach())\n"
        "assert 'digitrec' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    with torch.inference_mode():
        expected = trained.network(images()).numpy()
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), expected, atol=1e-5)
