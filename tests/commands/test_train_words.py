"""The arguments of the command train: what it accepts, and what it rejects in one line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
import torch
from train_command import command

from digitrec import train
from digitrec.errors import ConfigError
from digitrec.train import main

NO_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


@pytest.mark.parametrize(
    "words",
    [
        ["model=deap"],
        ["optimizer.lr=abc"],
        ["epochs=-1"],
        ["batch_size=0"],
        ["epoch=3"],
        ["--epochs", "3"],
        ["--again"],
        ["--multirun", "epochs=3,-1"],
        ["data.root=pyproject.toml"],
        ["data.root=nowhere"],
        ["resume=nowhere"],
        ["resume=nowhere", "epochs=3"],
        ["data=synthetic", "run_dir=a_file"],
        ["data=synthetic", "run_dir=a_file/below"],
        ["data=synthetic", "run_dir=full"],
        ["data=synthetic", "validation=30000"],
        pytest.param(["data=synthetic", "device=cuda"], marks=NO_CUDA),
    ],
    ids=" ".join,
)
def test_what_a_user_gets_wrong_is_one_line_and_exit_code_2(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "a_file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert command(words, monkeypatch) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.mnist
def test_damaged_data_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "root" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in (Path(os.environ["DIGITREC_DATA"]) / "MNIST" / "raw").glob("*-ubyte"):
        (raw / file.name).symlink_to(file.absolute())
    labels = raw / "train-labels-idx1-ubyte"
    content = bytearray(labels.read_bytes())
    content[5000] ^= 1
    labels.unlink()
    labels.write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert command([f"data.root={tmp_path / 'root'}", "run_dir=run"], monkeypatch) == 2
    said = capsys.readouterr().err
    assert "train-labels-idx1-ubyte is corrupt" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_help_does_not_wait_for_pytorch() -> None:
    program = (
        "import sys; sys.argv = ['train', '--help']; from digitrec.train import main; main();"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for word in ("model", "adadelta", "batch_size", "--multirun"):
        assert word in done.stdout
    modules = re.findall(r"digitrec/\S+\.py", done.stdout)
    assert len(modules) == 14  # of all runs, and of each group: data has four, networks five
    for module in modules:
        assert Path(train.__file__).parents[1].joinpath(module).is_file()


@pytest.mark.parametrize("option", ["-cd", "--config-dir"])
def test_a_folder_of_choices_leaves_a_sweep_a_sweep(option: str, tmp_path: Path) -> None:
    path = f'hydra.searchpath=["{tmp_path}"]'
    words = ["train", "-m", option, str(tmp_path), "seed=0,1"]
    stop = ConfigError("stop")
    with (
        mock.patch.object(sys, "argv", words),
        mock.patch.object(train, "expand", side_effect=stop) as expand,
        pytest.raises(ConfigError, match="stop"),
    ):
        main()
    expand.assert_called_once_with([path, "seed=0,1"])
    words = ["train", f"--config-dir={tmp_path}", "hparams=optuna"]
    with (
        mock.patch.object(sys, "argv", words),
        mock.patch.object(train, "search_of", side_effect=stop) as search_of,
        pytest.raises(ConfigError, match="stop"),
    ):
        main()
    search_of.assert_called_once_with([path, "hparams=optuna"])


def test_choices_of_several_folders_with_odd_names_are_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--cfg", "job"]
    for index, name in enumerate(('it\'s [1], "so"', "a=b #")):
        (tmp_path / name / "model").mkdir(parents=True)
        (tmp_path / name / "model" / f"own{index}.yaml").write_text("name: deep\nwidth: 48\n")
        words += ["--config-dir", str(tmp_path / name)]
    for index in range(2):
        assert command([*words, f"model=own{index}"], monkeypatch) == 0
        assert "width: 48" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--epochs", "3"], "there is no option --epochs; settings are written epochs=VALUE"),
        (["--lr", "3"], "there is no option --lr; settings are written optimizer.lr=VALUE"),
        (["--batch-size=3"], "there is no option --batch-size; settings are written batch_size=V"),
        (["--multrun"], "there is no option --multrun; did you mean --multirun?"),
        (["-p", "x"], "there is no option -p; "),
        (["-cn", "x"], "argument -c/--cfg: no choice is called 'n'; choose from job"),
        (["--cfg"], "argument -c/--cfg: expected one argument; settings are written key=value"),
        (["--resolve"], "--resolve is for --cfg job"),
        (["--cfg", "job", "-m"], "--cfg shows one configuration: leave --multirun out"),
        (["--info", "--multirun"], "--info shows one configuration: leave --multirun out"),
        (["--cfg", "job", "--info"], "--cfg and --info are two commands: leave one out"),
        (["hparams=optuna", "-m"], "hparams= starts a search, not a sweep; leave out --mul"),
        (["resume=x", "-m"], "resume= continues the run as it was configured; leave out --mul"),
        (["resume=x", "-cd", "."], "resume= continues the run as it was configured; leave out"),
        (["hydra/launcher=parallel"], "hydra/launcher=parallel: launchers are for several runs"),
        (["--help", "~augment"], "~augment: every run has a choice of augment; write augment=no"),
        (["--cfg", "job", "~epochs"], "~epochs: a setting cannot be removed"),
    ],
)
def test_what_would_have_no_effect_is_not_accepted(
    words: list[str],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(words, monkeypatch) == 2
    assert capsys.readouterr().err.startswith(f"error: {line}")
