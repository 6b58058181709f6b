"""The command serve: a real process, asked over the loopback address."""

from __future__ import annotations

import http.client
import importlib.util
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from checkpoint_samples import save_good
from started_commands import Started, start_command

from digitrec import serve
from digitrec.run_command import run_command


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Started]:
    save_good(tmp_path / "model.h5")
    words = ["--port", "0", "--checkpoint", str(tmp_path / "model.h5")]
    with start_command(["digitrec.serve", *words], stderr=subprocess.PIPE) as started:
        yield started
        started.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_serves_the_loopback_address_until_a_signal(
    process: Started, number: signal.Signals, code: int
) -> None:
    assert process.stderr is not None
    line = process.stderr.readline()
    address = urlsplit(line.split()[0])
    assert (address.scheme, address.hostname) == ("http", "127.0.0.1")
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=30)
    connection.request("GET", "/healthz")
    assert json.loads(connection.getresponse().read())["model"] == "tiny"
    connection.close()
    process.send_signal(number)
    assert process.wait(20) == code
    assert "Traceback" not in process.stderr.read()


def call(*words: str) -> int:
    with mock.patch.object(sys, "argv", ["serve", *words]), pytest.raises(SystemExit) as end:
        run_command(serve.main)
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_limit_that_cannot_be_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--seconds", "0") == 2
    assert capsys.readouterr().err == "error: the limit seconds must be a number above 0, not 0\n"


def test_a_file_that_is_no_checkpoint_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--port", "0", "--checkpoint", str(tmp_path / "no.h5")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no.h5 does not exist" in line


@pytest.mark.parametrize("package", ["fastapi", "uvicorn", "python_multipart"])
def test_a_missing_extra_is_one_line(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec

    def find_spec(name: str, *others: Any) -> Any:
        return None if name == package else found(name, *others)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    assert call() == 2
    line = f"error: digitrec serve needs the package {package}: pip install 'digitrec[serve]'\n"
    assert capsys.readouterr().err == line
