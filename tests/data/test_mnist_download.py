from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from small_mnist import (
    CONTENTS,
    IMAGES,
    LABELS,
    SHAPES,
    SMALL_FILES,
    TEST_LABELS,
    fill,
    md5,
    message,
    names,
)

from digitrec.data import download, mnist_files
from digitrec.data.idx_files import IdxFile
from digitrec.data.mnist_download import download_mnist
from digitrec.errors import DigitrecError

ARCHIVES = {f"{name}.gz": gzip.compress(raw, mtime=0) for name, raw in CONTENTS.items()}
RESOURCES = [(archive, md5(content)) for archive, content in ARCHIVES.items()]

both = threading.Barrier(2)  # holds each of two clients until the other wants the same file


class Mirror(BaseHTTPRequestHandler):
    """Serves the archives; the first folder of the address says how badly."""

    def do_GET(self) -> None:
        _, manner, archive = self.path.split("/")
        content = ARCHIVES[archive]
        if manner == "absent":
            self.send_error(404)
            return
        if manner == "wrong":
            content = b"<html>Log in to this network first</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        middle = len(content) // 2
        self.wfile.write(content[:middle])
        if manner == "half":
            return
        self.wfile.flush()
        if manner == "together":
            time.sleep(0.05)
            both.wait(60)
        elif manner == "stuck":
            time.sleep(20)
        self.wfile.write(content[middle:])

    def log_message(self, format: str, *args: object) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that was stopped on purpose


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with QuietServer(("127.0.0.1", 0), Mirror) as server:
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


@pytest.fixture
def torchvision_mirror(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "mirrors", [f"{server}/good/"])
    monkeypatch.setattr(MNIST, "resources", RESOURCES)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, closed_port: str) -> None:
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "mirrors", [closed_port])


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE", 0.0)


# Downloading


def test_only_missing_files_are_downloaded(
    small: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = fill(small)
    (raw / LABELS).unlink()
    download_mnist(small / mnist_files.RAW, SMALL_FILES, [f"{server}/good/"], RESOURCES)
    assert capsys.readouterr().err == f"downloading {LABELS}.gz to {raw}\n"
    assert mnist_files.read().root == small
    assert names(small) == set(SHAPES)


@pytest.mark.parametrize("manner", ["absent", "wrong", "half"])
def test_next_mirror_is_tried(manner: str, small: Path, server: str) -> None:
    download_mnist(
        small / mnist_files.RAW, SMALL_FILES, [f"{server}/{manner}/", f"{server}/good/"], RESOURCES
    )
    assert names(small) == set(SHAPES)
    mnist_files.read()


def test_silent_and_closed_mirrors_are_passed_by(
    small: Path, server: str, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitrec.data.download.TIMEOUT", 0.5)
    (fill(small) / IMAGES).unlink()
    download_mnist(
        small / mnist_files.RAW,
        SMALL_FILES,
        [closed_port, f"{server}/stuck/", f"{server}/good/"],
        RESOURCES,
    )
    mnist_files.read()


def test_an_archive_of_another_file_is_rejected(small: Path, server: str) -> None:
    files = (IdxFile(IMAGES, SHAPES[IMAGES], "0" * 32), *SMALL_FILES[1:])
    raw = small / mnist_files.RAW
    line = message(download_mnist, raw, files, [f"{server}/good/"], RESOURCES)
    assert "are not the file" in line
    assert names(small) == set()


def test_all_mirrors_fail(small: Path, server: str, closed_port: str) -> None:
    mirrors = [closed_port, *(f"{server}/{manner}/" for manner in ("absent", "wrong", "half"))]
    line = message(download_mnist, small / mnist_files.RAW, SMALL_FILES, mirrors, RESOURCES)
    assert line.startswith(f"cannot download {IMAGES}.gz (127.0.0.1:")
    assert "refused" in line
    assert "answered 404 Not Found; " in line
    assert line.count("bytes that are not the file") == 2
    assert "data.root=FOLDER" in line
    assert "data=synthetic" in line
    assert names(small) == set()


@pytest.mark.usefixtures("torchvision_mirror")
def test_read_downloads_into_the_cache_once(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mnist_files.read().root == small
    assert capsys.readouterr().err.count("downloading") == 4
    mnist_files.read()
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("torchvision_mirror")
def test_read_mends_a_damaged_cache(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fill(small) / TEST_LABELS
    path.write_bytes(CONTENTS[TEST_LABELS][:7])
    mnist_files.read()
    assert path.read_bytes() == CONTENTS[TEST_LABELS]
    warning, progress = capsys.readouterr().err.splitlines()
    assert warning.startswith(f"warning: {path} is truncated: 7 of 18 bytes; downloading it again")
    assert progress.startswith(f"downloading {TEST_LABELS}.gz")


@pytest.mark.usefixtures("offline")
def test_read_says_what_to_do_offline(small: Path) -> None:
    line = message(mnist_files.read)
    assert "data.root=FOLDER" in line
    assert "data=synthetic" in line


@pytest.mark.usefixtures("offline")
def test_cache_folder_that_cannot_be_made(small: Path) -> None:
    small.parent.mkdir()
    small.write_text("in the way")
    line = message(mnist_files.read)
    assert line.startswith(f"cannot write MNIST to {small / mnist_files.RAW}: Not a directory")
    assert "data.root=FOLDER" in line


def test_torchvision_has_the_archives_of_our_files() -> None:
    from torchvision.datasets import MNIST

    assert [name for name, _ in MNIST.resources] == [
        f"{file.name}.gz" for file in mnist_files.FILES
    ]
    assert all(mirror.endswith("/") for mirror in MNIST.mirrors)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_interrupted_write_leaves_nothing(
    error: type[BaseException] | BaseException,
    small: Path,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(descriptor: int) -> None:
        assert any(name.endswith(".part") for name in names(small))
        raise error

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises((KeyboardInterrupt, DigitrecError)):
        download_mnist(small / mnist_files.RAW, SMALL_FILES, [f"{server}/good/"], RESOURCES)
    assert names(small) == set()


# Downloading, in processes of their own

DOWNLOAD = """
import json, sys
from pathlib import Path
from digitrec.data.idx_files import IdxFile
from digitrec.data.mnist_download import download_mnist

folder, mirror, resources, files = sys.argv[1:]
files = [IdxFile(**file) for file in json.loads(files)]
download_mnist(Path(folder), files, [mirror], json.loads(resources))
"""


def start_download(root: Path, mirror: str) -> subprocess.Popen[str]:
    files = json.dumps([asdict(file) for file in SMALL_FILES])
    arguments = [str(root / mnist_files.RAW), mirror, json.dumps(RESOURCES), files]
    command = [sys.executable, "-c", DOWNLOAD, *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once(small: Path, server: str) -> None:
    processes = [start_download(small, f"{server}/together/") for _ in range(2)]
    raw = small / mnist_files.RAW
    while any(process.poll() is None for process in processes):
        for name, content in CONTENTS.items():
            if (raw / name).exists():
                assert (raw / name).stat().st_size == len(content)  # never half a file
        time.sleep(0.01)
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert all(error.count("downloading") == 4 for error in errors)
    assert names(small) == set(SHAPES)
    mnist_files.read()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
def test_interrupted_process_leaves_nothing(small: Path, server: str) -> None:
    process = start_download(small, f"{server}/stuck/")
    assert process.stderr is not None
    assert process.stderr.readline().startswith(f"downloading {IMAGES}.gz")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert names(small) == set()


def test_torchvision_is_imported_only_for_a_download(small: Path) -> None:
    fill(small)
    download_mnist(small / mnist_files.RAW, SMALL_FILES, [], RESOURCES)
    command = "import digitrec.data.mnist_download, sys; sys.exit('torchvision' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)
