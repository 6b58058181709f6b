"""The package as others get it: a wheel in another environment, run from another folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from package_source import Package

import digitrec
from digitrec.recognition import recognizer, results

PROJECT = Path(__file__).resolve().parent.parent


def call(*words: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=clean, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(kind: str, folder: Path, source: Path = PROJECT) -> Path:
    """Build by the build backend that pyproject.toml names, which dev installs."""
    program = f"import hatchling.build; print(hatchling.build.build_{kind}({str(folder)!r}))"
    return folder / call(sys.executable, "-c", program, cwd=source).split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


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


def test_the_wheel_carries_all_that_the_package_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = PROJECT / "digitrec"
    needed = [*(PROJECT / "configs").rglob("*.yaml"), *(PROJECT / "checkpoints").glob("*.h5")]
    assert {f"digitrec/{file.relative_to(PROJECT).as_posix()}" for file in needed} <= names
    files = [path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert package / "py.typed" in files
    assert any(file.parent.name == "page" for file in files)  # of the report
    assert {file.relative_to(PROJECT).as_posix() for file in files} <= names
    assert any(name.endswith("LICENSE") for name in names)
    assert not any(name.startswith(("tests", "experiments")) for name in names)
    assert wheel.name.startswith(f"digitrec-{digitrec.__version__}-")


def test_the_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = (path for path in tmp_path.iterdir() if path.is_dir())
    for name in ("tests/conftest.py", "CHANGELOG.md", "LICENSE", "Makefile", "README.md"):
        assert (source / name).is_file()
    (tmp_path / "wheel").mkdir()
    again = build("wheel", tmp_path / "wheel", source)
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def plain(name: str) -> str:
    """Spell a distribution's name in one way."""
    return name.lower().replace("_", "-")


def test_all_that_is_imported_is_declared(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        said = archive.read(metadata).decode()
    declared = set(map(plain, re.findall(r"(?m)^Requires-Dist: ([\w-]+)", said)))
    modules = Package.read(PROJECT / "digitrec").modules.values()
    imported = {one.of.partition(".")[0] for module in modules for one in module.imports}
    providers = packages_distributions()
    missing = {
        name
        for name in imported - {"digitrec"} - sys.stdlib_module_names
        if not set(map(plain, providers.get(name, [name]))) & declared
    }
    assert missing == set()


def test_the_console_script_runs_the_commands(python: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from importlib.metadata import distribution;"
        "(script,) = distribution('digitrec').entry_points;"
        "sys.argv[0] = script.name; script.load()()"
    )
    assert call(python, "-c", program, "--version", cwd=tmp_path).startswith("digitrec 0.")
    shown = call(python, "-c", program, "train", "--help", cwd=tmp_path)
    assert "digitrec train [key=value …]" in shown


@pytest.mark.slow
def test_installed_elsewhere_it_trains_and_predicts(python: Path, tmp_path: Path) -> None:
    where = call(python, "-c", "import digitrec; print(digitrec.__file__)", cwd=tmp_path)
    assert str(python.parent.parent) in where
    # In one process, for to import PyTorch takes most of the time.
    program = """
import sys
import numpy as np
from PIL import Image
from digitrec import compare, predict, train
from digitrec.data.synthetic.digits import draw
from digitrec.drawing.rasterise import rasterise_drawing

def run(command, words):
    sys.argv = ["digitrec", *words.split()]
    assert not command.main()

small = "data=synthetic data.train=300 data.test=50 validation=50 model=tiny"
run(train, f"{small} epochs=1 run_dir=run")
Image.fromarray(rasterise_drawing(draw(3, np.random.default_rng(0)))).save("three.png")
run(predict, "three.png --checkpoint run/model.h5 --output own.json")
run(predict, "three.png --output shipped.json")
run(compare, "run --html report.html")
"""
    call(python, "-c", program, cwd=tmp_path)
    assert (tmp_path / "run" / "model.h5").exists()
    (prediction,) = json.loads((tmp_path / "own.json").read_text())
    assert prediction["file"] == "three.png"
    assert sum(prediction["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert (tmp_path / "report.html").stat().st_size > 10_000
    # And with the weights that ship.
    assert json.loads((tmp_path / "shipped.json").read_text())[0]["digit"] == 3


def test_the_package_gives_what_other_programs_import() -> None:
    assert digitrec.Recognizer is recognizer.Recognizer
    assert digitrec.Prediction is results.Prediction
    assert digitrec.Page is results.Page
    assert set(digitrec.__all__) == {"Mark", "Page", "Prediction", "Recognizer", "__version__"}
    with pytest.raises(AttributeError, match="Recogniser"):
        digitrec.Recogniser  # noqa: B018


def test_the_package_alone_does_not_import_pytorch() -> None:
    program = "import sys, digitrec; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
