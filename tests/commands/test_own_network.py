"""The network of the configuration's README: trained, used, and reported missing if not named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import pytest
import torch
from plugin_modules import README, modules_of, written_in
from train_command import command

from digitrec.comparison.reproduction import read_record, reproduce
from digitrec.comparison.runs import read_run, read_runs
from digitrec.config.compose import compose
from digitrec.config.plugins import load_plugins
from digitrec.data.sets.single import SyntheticData
from digitrec.errors import CheckpointError, ConfigError, DigitrecError, RunFileError
from digitrec.gui.session.reader_process import ReaderProcess
from digitrec.models import checkpoint
from digitrec.models.network import split_after_pooling
from digitrec.sweeps.finished_runs import find_existing_run
from digitrec.training.run import run
from digitrec.training.run_directory import RunDir

MODULES = modules_of(README.read_text(encoding="utf-8"))
SMALL = (
    "data=synthetic", "data.train=100", "data.test=20", "validation=20", "epochs=1", "threads=1",
)  # fmt: skip
WORDS = ["plugins=[my_nets]", "model=mine", "model.width=8", *SMALL]


@contextmanager
def here(folder: Path) -> Iterator[None]:
    """Work in a folder where the module is, and where it was never imported."""
    with written_in(folder, MODULES):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the module and a finished run."""
    folder = tmp_path_factory.mktemp("own")
    with here(folder), pytest.MonkeyPatch.context() as monkeypatch:
        assert command([*WORDS, "run_dir=run"], monkeypatch) == 0
    return folder


def test_what_was_trained_records_the_plugin(folder: Path) -> None:
    environment = json.loads((folder / "run" / "environment.json").read_text())
    assert list(environment["plugins"]) == ["my_nets"]
    with h5py.File(folder / "run" / "model.h5") as file:
        assert file.attrs["model"].decode() == "mine"
        assert json.loads(file.attrs["provenance"])["config"]["plugins"] == "my_nets"


def test_without_its_name_nothing_is_imported_and_the_error_names_it(folder: Path) -> None:
    named = "trained with plugins=my_nets: name them again, for train with plugins=my_nets and "
    with here(folder):
        with pytest.raises(CheckpointError, match=f"no model is called 'mine'; it was {named}"):
            checkpoint.load(Path("run/model.h5"))
        with pytest.raises(RunFileError, match=f"chooses model=mine of a plugin; it was {named}"):
            RunDir.open(Path("run"))
        with pytest.raises(DigitrecError, match=named):
            read_record(Path("run"))
        with pytest.raises(DigitrecError, match=named):
            compose(["resume=run"]) and RunDir.open(Path("run"))
        (problem,) = read_runs([Path("run")])[1]
        assert named in problem.reason
        assert "my_nets" not in sys.modules


def test_with_its_name_it_is_used_like_any_other(folder: Path) -> None:
    with here(folder):
        load_plugins("my_nets")
        trained = checkpoint.load(Path("run"))
        assert (trained.model, trained.model_arguments) == ("mine", {"width": 8})
        assert read_run(Path("run")).settings["model.width"] == 8
        again, mismatches = reproduce(read_record(Path("run")), Path("again"))
        assert [one.text for one in mismatches if one.part == "result"] == []
        alone = read_record(again / "model.h5")
        assert alone.config.plugins == "my_nets"


def test_resuming_takes_the_name_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with here(folder):
        assert command(["resume=run"], monkeypatch) == 2
        assert "with plugins=my_nets" in capsys.readouterr().err
        assert command(["resume=run", "plugins=[my_nets]"], monkeypatch) == 0
        assert "run is finished" in capsys.readouterr().out


def test_a_changed_module_is_trained_anew(folder: Path) -> None:
    with here(folder):
        os.utime("my_nets.py", ns=(0, 1))
        config = compose([*WORDS, "run_dir=run"])
        assert find_existing_run(config) is not None
        os.utime("my_nets.py")
        assert find_existing_run(config) is None


def test_it_is_adapted_without_pooling(folder: Path) -> None:
    with here(folder):
        load_plugins("my_nets")
        network = checkpoint.load(Path("run")).network
    images = torch.rand(3, 1, 28, 28)
    features, rest = split_after_pooling(network)
    assert torch.equal(rest(features(images)), network(images))
    assert len(list(features.parameters())) == 0


def test_the_window_loads_it_in_its_other_process(folder: Path) -> None:
    reader = ReaderProcess()
    try:
        with here(folder):
            load_plugins("my_nets")
            assert reader.load(Path("run/model.h5").absolute())
    finally:
        reader.close()


FAULTY = """
from dataclasses import dataclass
from torch import nn
from digitrec.config.groups import Model
from digitrec.config.registry import register
from digitrec.models.network import Network

@register("faulty")
@dataclass(frozen=True, kw_only=True)
class Faulty(Model):
    fault: str = "plain"

    def build(self):
        if self.fault == "plain":
            return nn.Flatten()
        if self.fault == "size":
            return Network(nn.Sequential(nn.Flatten(), nn.Linear(7, 10)))
        return Network(nn.Sequential(nn.Flatten(), nn.Linear(784, 11)))
"""


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("plain", r"its build\(\) returns Flatten, not a digitrec\.models\.network\.Network"),
        ("size", r"its network cannot read images \(1, 1, 28, 28\): "),
        ("classes", r"its network makes \(1, 11\), not logits \(1, 10\)"),
    ],
)
def test_a_network_of_another_shape_is_told_before_data_are_loaded(
    tmp_path: Path, fault: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SyntheticData, "load", lambda *_: pytest.fail("loaded"))
    with written_in(tmp_path, {"faulty_nets": FAULTY}):
        words = ["plugins=faulty_nets", "model=faulty", f"model.fault={fault}", *SMALL]
        with pytest.raises(ConfigError, match=f"^model=faulty: .*{expected}"):
            run(compose([*words, f"run_dir={tmp_path / 'run'}"]))
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_jobs_in_processes_of_their_own_and_the_console_script_find_it(tmp_path: Path) -> None:
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source)
    # The console script has its own folder on Python's path, and not the current one.
    script = "import sys; sys.path.remove(''); from digitrec.__main__ import main; main()"
    done = subprocess.run(
        [
            *(sys.executable, "-c", script, "train", "--multirun", *WORDS, "seed=0,1"),
            *("hydra/launcher=parallel", "hydra.launcher.jobs=2"),
        ],
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(README.parents[2])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    runs = [run for run in (tmp_path / "experiments").glob("*/*/") if (run / "model.h5").exists()]
    assert len(runs) == 2
