"""What all tests share: the mark of those that need real MNIST, and one thread for PyTorch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitrec.compose import compose
from digitrec.train import train

ran: list[str] = []
skipped: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("mnist") is None:
            continue
        if os.environ.get("DIGITREC_DATA"):
            ran.append(item.nodeid)
        else:
            skipped.append(item.nodeid)
            item.add_marker(pytest.mark.skip(reason="DIGITREC_DATA names no folder with MNIST"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.line("")
    terminalreporter.line(f"real MNIST: {len(ran)} tests ran, {len(skipped)} skipped")
    if skipped:
        terminalreporter.line("set DIGITREC_DATA to the folder that holds MNIST/raw to run them")


@pytest.fixture(scope="session")
def mnist_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of experiment=fast on real MNIST."""
    folder = tmp_path_factory.mktemp("mnist") / "run"
    train(compose(["experiment=fast", f"run_dir={folder}"]))
    return folder
