"""The commands that are printed to be typed next can be pasted, whatever the folders' names."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import pytest
from PIL import Image, ImageDraw
from plugin_modules import written_in
from sample_runs import errors_at, made_up_run
from started_commands import run_command_alone, start_command

import digitrec
from digitrec import adapt, compare, reproduce
from digitrec.__main__ import COMMANDS
from digitrec.config.compose import compose
from digitrec.config.shell_words import shell_word
from digitrec.errors import DigitrecError
from digitrec.gui import open_window
from digitrec.message_text import printable
from digitrec.run_command import run_command
from digitrec.training.adaptation import adapt_to_drawings
from digitrec.training.adaptation.adapt_to_drawings import AdaptationReport
from digitrec.training.run import run
from digitrec.training.run_directory import RunDir
from digitrec.training.tasks.finished_network import FinishedNetwork

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash to paste into")

ODD = 'it\'s "a" = [b], #1 {x} $HOME; 👨\u200d👩 :bug:'
"""Signs that shells, Hydra, terminals and the library for progress give a meaning."""

SMALL = (
    "data=synthetic", "data.train=160", "data.test=40", "validation=40", "model=tiny",
    "batch_size=16", "threads=1", "save_seconds=0",
)  # fmt: skip

PLUGIN = """
from dataclasses import dataclass
from digitrec.config.registry import register
from digitrec.models.architectures.digits import Tiny

@register("mine")
@dataclass(frozen=True, kw_only=True)
class Mine(Tiny):
    pass
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an odd name."""
    folder = tmp_path / f"-v ~ {ODD}"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def paste(command: str, before: str = "") -> str:
    """Give a printed command to a shell in the current folder, and return what it prints."""
    done = subprocess.run(
        ["bash", "-c", before + command], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def run_pasted(command: str) -> str:
    """Run a printed command with the words that a shell makes of it, and return what it prints."""
    first, *words = words_of(command)
    assert first == "-m"
    done = run_command_alone(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return str(done.stdout)


def words_of(command: str) -> list[str]:
    """Return the words that a Python gets from a printed command."""
    return paste(command, "python() { printf '%s\\n' \"$@\"; }\n").splitlines()


def stop(*words: str, line: str, sent: int = signal.SIGINT) -> str:
    """Stop a training with a signal when it prints a line; return what it says then."""
    started = start_command(
        ["digitrec.train", *SMALL, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    for printed in started.stdout:
        if re.match(line, printed):
            started.send_signal(sent)
            break
    _, said = started.communicate(timeout=300)
    assert started.returncode == 128 + sent, said
    return said


def complaint(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the error of a command in this process."""
    module = {"compare": compare, "reproduce": reproduce}[words[0]]
    with mock.patch.object(sys, "argv", list(words)), pytest.raises(SystemExit) as ended:
        run_command(module.main)
    assert ended.value.code in (1, 2)
    printed = capsys.readouterr()
    return printed.out + printed.err


def picture() -> Path:
    file = Path(f"-p {ODD}.png")
    image = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(image).line([(50, 20), (50, 80)], 0, 8)
    image.save(file)
    return file


@pytest.fixture
def plugin(here: Path) -> Iterator[None]:
    """Write the module into the folder, and forget it at the end."""
    with written_in(here, {"my_nets": PLUGIN}):
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_a_stopped_run_goes_on_wherever_it_is_said_and_then_reads_a_picture(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["plugins=my_nets", "model=mine", "epochs=400"]
    said = stop(*words, f"run_dir={ODD}", line="epoch 1/")
    (go_on,) = re.findall(r"resume with: (.+)", said)
    config = Path(ODD, "config.yaml")
    config.write_text(config.read_text().replace("epochs: 400", "epochs: 2"))
    (result,) = Path(ODD).glob("result.json")
    result.write_text(result.read_text().replace('"epochs": 400', '"epochs": 2'))

    for command in (["compare", ODD], ["reproduce", f"./{ODD}"]):
        assert go_on in complaint([*command, "--plugins", "my_nets"], capsys)
    result.write_text("{")
    for command in (["compare", ODD], ["reproduce", f"./{ODD}"]):
        error = complaint([*command, "--plugins", "my_nets"], capsys)
        assert f"remove it, and {go_on} writes it again" in error
    result.unlink()
    assert f"{go_on} resumes" in complaint(["compare", ODD, "--plugins", "my_nets"], capsys)

    printed = run_pasted(go_on)
    assert result.exists()
    (following,) = re.findall(r"^next +(.+)", printed, re.MULTILINE)
    file = picture()
    read = paste(following.replace("IMAGE", shell_word(f"./{file}")))
    assert printable(file.name) in read


@pytest.mark.slow
def test_a_stopped_search_goes_on_and_then_trains_with_the_best(here: Path) -> None:
    Path(f"{ODD} own", "experiment").mkdir(parents=True)
    Path(f"{ODD} own", "experiment", "mine.yaml").write_text("# @package _global_\nseed: 7\n")
    said = stop(
        "hparams=optuna", "hparams.trials=2", "epochs=3", "experiment=mine", f"notes={ODD}",
        "--config-dir", f"{ODD} own", "batch_size=16,20",
        line="epoch 1/", sent=signal.SIGTERM,
    )  # fmt: skip
    (go_on,) = re.findall(r"the same command resumes: (.+)", said)
    *_, following = re.findall(r"^next +(.+)", paste(go_on), re.MULTILINE)
    before = set(Path("experiments").glob("*/*/result.json"))
    paste(following)
    (trained,) = set(Path("experiments").glob("*/*/result.json")) - before
    assert json.loads(trained.read_text())["seed"] == 7
    _, config = RunDir.open(trained.parent)
    assert config.notes == ODD


@pytest.mark.slow
def test_a_stopped_sweep_goes_on(here: Path) -> None:
    words = ["--multirun", "epochs=3", "seed=0,1", f"notes={ODD.replace(',', '')}"]
    (go_on,) = re.findall(r"resumes: (.+)", stop(*words, line="epoch 1/"))
    assert "[2/2] seed=1" in paste(go_on)


def test_settings_that_errors_name_are_taken(here: Path) -> None:
    made_up_run(Path(ODD), errors_at(100, 3))
    for refused in (f"run_dir = {ODD}", f"+run_dir={ODD}"):
        assert words_named(refused, r"write (.+)$") == [f"run_dir={ODD}"]
    assert words_named("logger=tensorboard,mlflow", r"write (\S+)$") == [
        "logger=[tensorboard,mlflow]"
    ]
    assert words_named("model.name=deep", r"write (.+)$") == ["model=deep"]
    (resume,) = words_named(f"run_dir={ODD}", "resume the run there with (.+)$")
    assert compose([resume]).resume == ODD
    (init,) = words_named(f"resume={ODD}", "in all; (.+) starts a new run", "epochs=99")
    assert compose([init]).init == ODD


def words_named(word: str, pattern: str, *more: str) -> list[str]:
    """Return the words that the error of a refused setting names, as a shell reads them."""

    def trained() -> None:
        config = compose([*SMALL, word] if not more else [word, *more])
        run(config, extend_to=config.epochs if more else None)

    with pytest.raises(DigitrecError) as refused:
        trained()
    found = re.search(pattern, str(refused.value))
    assert found, str(refused.value)
    return words_of(f"python {found[1]}")


def test_runs_of_other_tasks_are_compared(here: Path) -> None:
    for seed in (0, 1):
        made_up_run(Path(ODD, f"{seed}"), errors_at(100, 3), seed)
    printed = paste(FinishedNetwork.next_step(mock.Mock(), RunDir(Path(ODD, "0"))))
    assert "mnist-cnn" in printed


def test_the_adapted_network_is_that_of_the_next_command(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (f"-w{ODD}.h5", f"~/{ODD}.h5", str(here / "two\nlines.h5")):
        report = AdaptationReport(40, 10, 8, 10, 0.99, 0.9896, 1.0, path)
        with (
            mock.patch.object(sys, "argv", ["adapt", "drawings.h5"]),
            mock.patch.object(adapt_to_drawings, "adapt_to_drawings", return_value=report),
        ):
            assert adapt.main() == 0
        (following,) = re.findall(r"^next +(.+)", capsys.readouterr().out, re.MULTILINE)
        words = paste(following, "python() { printf '%s\\0' \"$@\"; }\n").split("\0")
        assert words[:3] == ["-m", "digitrec.gui", "--checkpoint"]
        assert words[3].removeprefix("./") == path


def test_commands_without_paths_are_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (makes,) = re.findall(r"experiments/; (.+) makes one", complaint(["compare"], capsys))
    assert "experiments" not in paste(f"{makes} --version")
    (makes,) = re.findall(r"experiment; (.+) makes runs", complaint(["compare", "x"], capsys))
    assert "digitrec" in paste(f"{makes} --version")
    (opens,) = re.findall(r"run xvfb-run -a (.+)", open_window.NO_DISPLAY.format("", "python"))
    assert opens == "python"


def test_no_command_is_written_by_hand() -> None:
    """All that is printed comes from `shell_words.command`, which knows Python and plugins."""
    package = Path(digitrec.__file__).parent
    commands = "|".join(COMMANDS)
    found = []
    for file in sorted(package.rglob("*.py")):
        if "-m" not in (text := file.read_text()):
            continue  # to parse all takes long
        tree = ast.parse(text)
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        documents |= {
            id(default)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == "main"
            for default in node.args.defaults
        }
        found += [
            f"{file.relative_to(package)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(rf"-m digitrec|\bdigitrec ({commands})\b", node.value)
            and id(node) not in documents
        ]
    # What torchrun starts is not one of our commands; others only name a command in a sentence.
    allowed = {
        "__main__.py", "config/shell_words.py", "benchmarks/window_pictures.py",
        "training/processes.py",
        "bench.py", "serve.py", "benchmarks/files.py", "benchmarks/memory.py", "training/plots.py",
    }  # fmt: skip
    assert {place.partition(":")[0] for place in found} <= allowed, found


def test_packages_are_named_as_a_shell_takes_them() -> None:
    package = Path(digitrec.__file__).parent
    lines = [
        line
        for file in package.rglob("*.py")
        for line in re.findall(r"pip install [^\"\n]+", file.read_text())
    ]
    assert len(lines) >= 5
    for line in lines:
        word = shlex.split(line)[-1]
        assert word == "pillow" or re.fullmatch(r"digitrec\[[{}\w…]+\]", word), line
