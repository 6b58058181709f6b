"""The package as others get it: a wheel in another environment, run from another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


def call(*words: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=clean, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the build backend that pyproject.toml names, which dev installs."""
    folder = tmp_path_factory.mktemp("wheel")
    program = f"import hatchling.build; print(hatchling.build.build_wheel({str(folder)!r}))"
    name = call(sys.executable, "-c", program, cwd=PROJECT).split()[-1]
    return folder / name


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a new environment with the wheel in it, and its dependencies from this one."""
    folder = tmp_path_factory.mktemp("environment")
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    program = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(call(python, "-c", program, cwd=folder).strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # A line in a .pth file adds a folder without reading the .pth files there, so this project,
    # which is installed there as editable, stays out.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_the_wheel_carries_configurations_weights_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for file in [*(PROJECT / "configs").rglob("*.yaml"), *(PROJECT / "checkpoints").glob("*.h5")]:
        assert f"digitrec/{file.relative_to(PROJECT)}" in names
    for file in (PROJECT / "digitrec/comparison/html_report/page").iterdir():
        assert f"digitrec/comparison/html_report/page/{file.name}" in names
    assert any(name.endswith("LICENSE") for name in names)
    assert not any(name.startswith(("tests", "experiments")) for name in names)


def test_installed_elsewhere_it_trains_and_predicts(python: Path, tmp_path: Path) -> None:
    where = call(python, "-c", "import digitrec; print(digitrec.__file__)", cwd=tmp_path)
    assert str(python.parent.parent) in where
    words = ["data=synthetic", "data.train=300", "data.test=50", "validation=50", "model=tiny"]
    call(python, "-m", "digitrec.train", *words, "epochs=1", "run_dir=run", cwd=tmp_path)
    assert (tmp_path / "run" / "model.h5").exists()
    drawing = (
        "import numpy as np; from PIL import Image;"
        "from digitrec.data.synthetic.digits import draw;"
        "from digitrec.drawing.rasterise import rasterise_drawing;"
        "ink = rasterise_drawing(draw(3, np.random.default_rng(0)));"
        "Image.fromarray(ink).save('three.png')"
    )
    call(python, "-c", drawing, cwd=tmp_path)
    words = ["three.png", "--checkpoint", "run/model.h5", "--json"]
    (prediction,) = json.loads(call(python, "-m", "digitrec.predict", *words, cwd=tmp_path))
    assert prediction["file"] == "three.png"
    assert sum(prediction["probabilities"]) == pytest.approx(1, abs=1e-5)
    call(python, "-m", "digitrec.compare", "run", "--html", "report.html", cwd=tmp_path)
    assert (tmp_path / "report.html").stat().st_size > 10_000
    # And with the weights that ship.
    shipped = call(python, "-m", "digitrec.predict", "three.png", "--json", cwd=tmp_path)
    assert json.loads(shipped)[0]["digit"] == 3
