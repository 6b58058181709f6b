from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from digitrec.data import mnist
from digitrec.data.mnist import IdxFile
from digitrec.errors import DigitrecError

SHAPES = {
    "train-images-idx3-ubyte": (60, 28, 28),
    "train-labels-idx1-ubyte": (60,),
    "t10k-images-idx3-ubyte": (10, 28, 28),
    "t10k-labels-idx1-ubyte": (10,),
}


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def idx(shape: tuple[int, ...], seed: int) -> bytes:
    """Make an IDX file of unsigned bytes: its magic number, its dimensions, random data."""
    data = np.random.default_rng(seed).integers(0, 10, shape, dtype=np.uint8)
    return bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes() + data.tobytes()


CONTENTS = {name: idx(shape, seed) for seed, (name, shape) in enumerate(SHAPES.items())}
ARCHIVES = {f"{name}.gz": gzip.compress(raw, mtime=0) for name, raw in CONTENTS.items()}
RESOURCES = [(archive, md5(content)) for archive, content in ARCHIVES.items()]
SMALL_FILES = tuple(IdxFile(name, SHAPES[name], md5(raw)) for name, raw in CONTENTS.items())
IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = SHAPES


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
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Stand small files in for MNIST's, with an empty cache folder, which is returned."""
    monkeypatch.setattr(mnist, "FILES", SMALL_FILES)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv(mnist.ROOT_VARIABLE, raising=False)
    return tmp_path / "cache" / "digitrec"


@pytest.fixture
def torchvision_mirror(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "mirrors", [f"{server}/good/"])
    monkeypatch.setattr(MNIST, "resources", RESOURCES)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, closed_port: str) -> None:
    from torchvision.datasets import MNIST

    monkeypatch.setattr(MNIST, "mirrors", [closed_port])


def fill(root: Path) -> Path:
    raw = root / mnist.RAW
    raw.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (raw / name).write_bytes(content)
    return raw


def names(root: Path) -> set[str]:
    return {path.name for path in (root / mnist.RAW).iterdir()}


def message(call: Callable[..., object], *args: object) -> str:
    with pytest.raises(DigitrecError) as caught:
        call(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Reading


def test_arrays_are_those_of_the_files(small: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    data = mnist.read(str(tmp_path))
    for name, images in ((IMAGES, data.train_images), (TEST_IMAGES, data.test_images)):
        assert images.dtype == np.uint8
        assert images.shape == SHAPES[name]
        assert images.tobytes() == CONTENTS[name][16:]
        assert images.flags.writeable  # else torch.from_numpy warns
    for name, labels in ((LABELS, data.train_labels), (TEST_LABELS, data.test_labels)):
        assert labels.dtype == np.int64
        assert bytes(labels.tolist()) == CONTENTS[name][8:]
    assert data.root == tmp_path
    assert len(data.checksum) == 16
    assert repr(data) == f"Mnist(checksum={data.checksum!r}, root={tmp_path!r})"


def test_checksum_tells_data_sets_apart(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = fill(tmp_path)
    before = mnist.read(str(tmp_path)).checksum
    assert mnist.read(str(tmp_path)).checksum == before
    other = idx(SHAPES[LABELS], seed=99)
    (raw / LABELS).write_bytes(other)
    files = [IdxFile(f.name, f.shape, md5(other)) if f.name == LABELS else f for f in SMALL_FILES]
    monkeypatch.setattr(mnist, "FILES", files)
    assert mnist.read(str(tmp_path)).checksum != before


def test_environment_variable_names_the_root_and_an_argument_wins(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("one", "two"):
        fill(tmp_path / folder)
    monkeypatch.setenv("DIGITREC_DATA", str(tmp_path / "one"))
    assert mnist.read().root == tmp_path / "one"
    assert mnist.read(str(tmp_path / "two")).root == tmp_path / "two"


def test_root_may_be_relative_or_below_home(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert mnist.read("data").root == mnist.read("~/data").root == tmp_path / "data"


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "{base}/digitrec"),
        ("linux", None, "{home}/.cache/digitrec"),
        ("darwin", None, "{home}/Library/Caches/digitrec"),
        ("win32", "LOCALAPPDATA", "{base}/digitrec"),
        ("win32", None, "{home}/AppData/Local/digitrec"),
    ],
)
def test_cache_folder(
    platform: str,
    variable: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, str(tmp_path / "base"))
    wanted = Path(expected.format(base=tmp_path / "base", home=tmp_path / "home"))
    assert mnist.cache_folder() == wanted


# Named roots that are wrong


@pytest.mark.parametrize("check", [mnist.check_root, mnist.read])
@pytest.mark.parametrize("setting", ["data.root", "DIGITREC_DATA"])
@pytest.mark.parametrize(
    ("root", "fault"),
    [
        ("nowhere", "does not exist"),
        ("a-file", "is a file, not a folder"),
        ("a-file/below", "does not exist"),
        ("empty", f"lacks {', '.join(SHAPES)}"),
        ("partly", f"lacks {LABELS}, {TEST_IMAGES};"),
        ("x" * 5000, "cannot look into"),
    ],
)
def test_wrong_root(
    check: Callable[..., object],
    setting: str,
    root: str,
    fault: str,
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a-file").touch()
    (tmp_path / "empty").mkdir()
    partly = fill(tmp_path / "partly")
    (partly / LABELS).unlink()
    (partly / TEST_IMAGES).unlink()
    (partly / TEST_IMAGES).symlink_to("dangling")
    if setting == "data.root":
        line = message(check, str(tmp_path / root))
    else:
        monkeypatch.setenv(setting, str(tmp_path / root))
        line = message(check, None)
    assert line.startswith(f"{setting}: ")
    assert fault in line
    assert root in line
    if "cannot" not in fault:
        assert "data=synthetic" in line
        assert ("leave data.root out" if setting == "data.root" else "unset DIGITREC_DATA") in line
    assert not small.exists()  # a named root is never replaced by a download


@pytest.mark.parametrize("inside", ["MNIST/raw", "MNIST"])
def test_root_named_too_deep_is_hinted_at(inside: str, small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    assert f"found in {raw}" in message(mnist.check_root, str(tmp_path / inside))


def test_packed_files_are_hinted_at(small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    (raw / IMAGES).rename(raw / f"{IMAGES}.gz")
    assert "only the .gz" in message(mnist.check_root, str(tmp_path))


def test_cache_folder_passes_the_check_before_it_is_filled(small: Path) -> None:
    mnist.check_root(None)
    assert not small.exists()


# Damaged files

FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated": (lambda content: content[:1000], "is truncated: 1,000 of {size:,} bytes"),
    "empty": (lambda content: b"", "is truncated: 0 of {size:,} bytes"),
    "too long": (lambda content: content + b"\0", "is too long: {longer:,} of {size:,} bytes"),
    "flipped": (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "is corrupt: its md5"),
    "header": (lambda content: b"\1" + content[1:], "is corrupt: its md5"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_damaged_file_is_named(kind: str, small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    damage, fault = FAULTS[kind]
    content = CONTENTS[TEST_IMAGES]
    (raw / TEST_IMAGES).write_bytes(damage(content))
    mnist.check_root(str(tmp_path))  # reads nothing
    line = message(mnist.read, str(tmp_path))
    expected = fault.format(size=len(content), longer=len(content) + 1)
    assert line.startswith(f"{raw / TEST_IMAGES} {expected}")
    assert "put the original file there, or leave data.root out" in line
    assert names(tmp_path) == set(SHAPES)


@pytest.mark.parametrize("other", [LABELS, TEST_IMAGES])
def test_swapped_files_are_named(other: str, small: Path, tmp_path: Path) -> None:
    raw = fill(tmp_path)
    (raw / IMAGES).write_bytes(CONTENTS[other])
    (raw / other).write_bytes(CONTENTS[IMAGES])
    line = message(mnist.read, str(tmp_path))
    assert line.startswith(f"{raw / IMAGES} holds what belongs in {other}")


def test_unreadable_file(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")  # chmod does not stop root in a container

    raw = fill(tmp_path)
    monkeypatch.setattr(np, "fromfile", refuse)
    line = message(mnist.read, str(tmp_path))
    assert line.startswith(f"cannot read {raw / IMAGES}: Permission denied; ")


# Downloading


def test_download_fetches_only_what_is_missing(
    small: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = fill(small)
    (raw / LABELS).unlink()
    mnist.download(small, [f"{server}/good/"], RESOURCES)
    assert capsys.readouterr().err == f"downloading {LABELS}.gz to {raw}\n"
    assert mnist.read().root == small
    assert names(small) == set(SHAPES)


@pytest.mark.parametrize("manner", ["absent", "wrong", "half"])
def test_next_mirror_is_tried(manner: str, small: Path, server: str) -> None:
    mnist.download(small, [f"{server}/{manner}/", f"{server}/good/"], RESOURCES)
    assert names(small) == set(SHAPES)
    mnist.read()


def test_silent_and_closed_mirrors_are_passed_by(
    small: Path, server: str, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "TIMEOUT", 0.5)
    (fill(small) / IMAGES).unlink()
    mnist.download(small, [closed_port, f"{server}/stuck/", f"{server}/good/"], RESOURCES)
    mnist.read()


def test_archive_that_does_not_hold_the_file_is_refused(
    small: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        mnist, "FILES", (IdxFile(IMAGES, SHAPES[IMAGES], "0" * 32), *SMALL_FILES[1:])
    )
    line = message(mnist.download, small, [f"{server}/good/"], RESOURCES)
    assert "are not the file" in line
    assert names(small) == set()


def test_all_mirrors_fail(small: Path, server: str, closed_port: str) -> None:
    mirrors = [closed_port, *(f"{server}/{manner}/" for manner in ("absent", "wrong", "half"))]
    line = message(mnist.download, small, mirrors, RESOURCES)
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
    assert mnist.read().root == small
    assert capsys.readouterr().err.count("downloading") == 4
    mnist.read()
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("torchvision_mirror")
def test_read_mends_a_damaged_cache(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fill(small) / TEST_LABELS
    path.write_bytes(CONTENTS[TEST_LABELS][:7])
    mnist.read()
    assert path.read_bytes() == CONTENTS[TEST_LABELS]
    warning, progress = capsys.readouterr().err.splitlines()
    assert warning.startswith(f"warning: {path} is truncated: 7 of 18 bytes; downloading it again")
    assert progress.startswith(f"downloading {TEST_LABELS}.gz")


@pytest.mark.usefixtures("offline")
def test_read_says_what_to_do_offline(small: Path) -> None:
    line = message(mnist.read)
    assert "data.root=FOLDER" in line
    assert "data=synthetic" in line


@pytest.mark.usefixtures("offline")
def test_cache_folder_that_cannot_be_made(small: Path) -> None:
    small.parent.mkdir()
    small.write_text("in the way")
    line = message(mnist.read)
    assert line.startswith(f"cannot write MNIST to {small / mnist.RAW}: Not a directory")
    assert "data.root=FOLDER" in line


def test_torchvision_has_the_archives_of_our_files() -> None:
    from torchvision.datasets import MNIST

    assert [name for name, _ in MNIST.resources] == [f"{file.name}.gz" for file in mnist.FILES]
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
        mnist.download(small, [f"{server}/good/"], RESOURCES)
    assert names(small) == set()


# Downloading, in processes of their own

DOWNLOAD = """
import json, sys
from pathlib import Path
from digitrec.data import mnist
from digitrec.data.mnist import IdxFile

root, mirror, resources, files = sys.argv[1:]
mnist.FILES = [IdxFile(**file) for file in json.loads(files)]
mnist.download(Path(root), [mirror], json.loads(resources))
"""


def start_download(root: Path, mirror: str) -> subprocess.Popen[str]:
    files = json.dumps([asdict(file) for file in SMALL_FILES])
    arguments = [str(root), mirror, json.dumps(RESOURCES), files]
    command = [sys.executable, "-c", DOWNLOAD, *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once(small: Path, server: str) -> None:
    processes = [start_download(small, f"{server}/together/") for _ in range(2)]
    raw = small / mnist.RAW
    while any(process.poll() is None for process in processes):
        for name, content in CONTENTS.items():
            if (raw / name).exists():
                assert (raw / name).stat().st_size == len(content)  # never half a file
        time.sleep(0.01)
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert all(error.count("downloading") == 4 for error in errors)
    assert names(small) == set(SHAPES)
    mnist.read()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
def test_interrupted_process_leaves_nothing(small: Path, server: str) -> None:
    process = start_download(small, f"{server}/stuck/")
    assert process.stderr is not None
    assert process.stderr.readline().startswith(f"downloading {IMAGES}.gz")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert names(small) == set()


def test_torchvision_is_not_imported_for_nothing(small: Path) -> None:
    fill(small)
    mnist.download(small, [], RESOURCES)
    command = "import digitrec.data.mnist, sys; sys.exit('torchvision' in sys.modules)"
    subprocess.run([sys.executable, "-c", command], check=True)


# The real thing


def real_copy(tmp_path: Path) -> Path:
    """Give links to the real files, any of which a test may put its own file in place of."""
    raw = tmp_path / mnist.RAW
    raw.mkdir(parents=True)
    for file in mnist.FILES:
        real = Path(os.environ["DIGITREC_DATA"]) / mnist.RAW / file.name
        (raw / file.name).symlink_to(real.absolute())
    return raw


@pytest.mark.mnist
def test_real_mnist() -> None:
    data = mnist.read()
    assert data.train_images.shape == (60_000, 28, 28)
    assert data.test_images.shape == (10_000, 28, 28)
    assert data.checksum == "689ff270f6b2962d"
    assert data.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    # Class counts and mean grey as the literature has them.
    assert np.bincount(data.test_labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]
    assert data.train_images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


@pytest.mark.mnist
@pytest.mark.parametrize("kind", FAULTS)
def test_real_file_damaged(kind: str, tmp_path: Path) -> None:
    raw = real_copy(tmp_path)
    damage, fault = FAULTS[kind]
    content = (raw / LABELS).read_bytes()
    (raw / LABELS).unlink()
    (raw / LABELS).write_bytes(damage(content))
    line = message(mnist.read, str(tmp_path))
    assert line.startswith(f"{raw / LABELS} {fault.format(size=60_008, longer=60_009)}")


@pytest.mark.mnist
def test_real_files_swapped(tmp_path: Path) -> None:
    raw = real_copy(tmp_path)
    (raw / IMAGES).rename(raw / "aside")
    (raw / TEST_IMAGES).rename(raw / IMAGES)
    (raw / "aside").rename(raw / TEST_IMAGES)
    line = message(mnist.read, str(tmp_path))
    assert line.startswith(f"{raw / IMAGES} holds what belongs in {TEST_IMAGES}")
