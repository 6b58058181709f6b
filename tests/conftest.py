"""What all tests share: a thread each, marks of what they need, a run on MNIST, pen digits."""

from __future__ import annotations

import gc
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Tests run side by side, one process a core: more threads would stand in each other's way. This
# has to be set before PyTorch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
if os.environ.get("DIGITREC_DATA"):
    # Tests change the working folder, from which a relative path would lead elsewhere.
    os.environ["DIGITREC_DATA"] = str(Path(os.environ["DIGITREC_DATA"]).resolve())

# Tests import ONNX Runtime themselves, and it sends nothing then either.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import pytest
from hypothesis import settings
from small_pen import written

from digitrec.benchmarks.browser import CHROMIUM
from digitrec.benchmarks.virtual_display import virtual_display
from digitrec.config.compose import compose
from digitrec.config.setting_words import set_options
from digitrec.data.uci import file as uci_file
from digitrec.storage.locks import locked

# As an activated environment does, in which `python` is the one that runs the tests.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# A shell's background jobs ignore Ctrl-C, and so would the programs that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples every time: a change fails for what it changes. No time limits: machines differ.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("quick", settings.get_profile("repeatable"), max_examples=40)


# By their marks: what tests need that not every machine has, and how to come by it.
NEEDS = {
    "mnist": ("real MNIST", "set DIGITREC_DATA to the folder that holds MNIST/raw to run them"),
    "window": ("window", "install Xvfb (apt-get install xvfb) and python3-tk to run them"),
    "browser": ("browser", "install chromium to run them"),
}


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("quick" if config.option.markexpr == "not slow" else "repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("mnist") and not os.environ.get("DIGITREC_DATA"):
            item.add_marker(pytest.mark.skip(reason="DIGITREC_DATA names no folder with MNIST"))
        if item.get_closest_marker("browser") and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason="there is no chromium"))


def pytest_collection_finish() -> None:
    # What is loaded stays to the end: Python need not look through it, again and again, for what
    # nobody holds any more.
    gc.collect()
    gc.freeze()
    # Nor need it look through what is new as often as it does: that takes a tenth of the time.
    gc.set_threshold(100_000, 20, 100)


def pytest_runtest_setup() -> None:
    set_options({})  # as at the start of a process, whatever command another test ran in this one


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly whether the tests that need something ran; .ci/run reads these lines."""
    terminalreporter.line("")
    for mark, (what, advice) in NEEDS.items():
        counts = {
            outcome: sum(mark in getattr(report, "keywords", ()) for report in reports)
            for outcome, reports in terminalreporter.stats.items()
            if outcome in ("passed", "failed", "error", "skipped")
        }
        skipped = counts.pop("skipped", 0)
        terminalreporter.line(f"{what}: {sum(counts.values())} tests ran, {skipped} skipped")
        if skipped:
            terminalreporter.line(advice)


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a display for windows, on which no user sees them where that is possible."""
    if subprocess.run([sys.executable, "-c", "import tkinter"], capture_output=True).returncode:
        pytest.skip("this Python has no Tk")
    if shutil.which("Xvfb"):
        with virtual_display() as name:
            yield name
    elif os.environ.get("DISPLAY"):
        yield os.environ["DISPLAY"]
    else:
        pytest.skip("there is neither Xvfb nor a display")


@pytest.fixture(scope="session")
def mnist_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of experiment=fast on real MNIST; one for all processes of the tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "mnist_run"
    with locked(folder.with_suffix(".lock"), "the run", wait=True):
        if not (folder / "result.json").exists():
            from digitrec.training.run import run  # with PyTorch, which takes seconds

            run(compose(["experiment=fast", f"run_dir={folder}"]))
    return folder


@pytest.fixture
def pen_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with two digits of each of thirty writers, its sum that of the original."""
    text = written(2).encode()
    monkeypatch.setattr(uci_file, "SHA256", hashlib.sha256(text).hexdigest())
    path = tmp_path / "root" / uci_file.FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    return tmp_path / "root"
