from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from digitrec.storage import resources


@pytest.fixture
def copied(tmp_path: Path) -> ModuleType:
    """resources.py loaded from ``tmp_path``/digitrec, as if the package were there."""
    copy = tmp_path / "digitrec" / "storage" / "resources.py"
    copy.parent.mkdir(parents=True)
    shutil.copy(resources.__file__, copy)
    spec = importlib.util.spec_from_file_location("copied_resources", copy)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_configurations_are_found() -> None:
    assert (resources.configs() / "train.yaml").is_file()
    assert (resources.configs() / "model" / "cnn.yaml").is_file()


def test_the_place_does_not_depend_on_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resources.configs().is_absolute()
    assert (resources.configs() / "train.yaml").is_file()


def test_in_a_checkout_they_stand_beside_the_package(copied: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    assert copied.configs() == tmp_path / "configs"
    assert copied.shipped_checkpoint() == tmp_path / "checkpoints" / "digitrec.h5"


def test_in_an_installed_package_they_are_inside(copied: ModuleType, tmp_path: Path) -> None:
    for name in ("configs", "checkpoints"):
        (tmp_path / name).mkdir()  # of another package, say
        (tmp_path / "digitrec" / name).mkdir()
    assert copied.configs() == tmp_path / "digitrec" / "configs"
    assert copied.shipped_checkpoint() == tmp_path / "digitrec" / "checkpoints" / "digitrec.h5"
