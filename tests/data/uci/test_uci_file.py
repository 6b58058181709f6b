from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from lzw import compress
from small_pen import written

from digitrec.data.data_folder import find_data_folder
from digitrec.data.uci import digits as uci_digits
from digitrec.data.uci import file as uci_file
from digitrec.errors import DigitrecError


def test_a_named_folder_without_the_file_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(DigitrecError, match=r"^data\.root: .* lacks pendigits/pendigits-orig\.tra"):
        uci_file.check_root(str(tmp_path))
    (tmp_path / "pendigits").mkdir()
    (tmp_path / "pendigits" / "pendigits-orig.tra.Z").touch()
    with pytest.raises(DigitrecError, match=r"only the \.Z, which needs unpacking"):
        uci_digits.read(str(tmp_path))


def test_a_damaged_file_in_a_named_folder_is_rejected_and_kept(pen_root: Path) -> None:
    (pen_root / uci_file.FILE).write_text(written(1))
    with pytest.raises(DigitrecError, match="is damaged"):
        uci_digits.read(str(pen_root))
    assert (pen_root / uci_file.FILE).read_text() == written(1)


@pytest.fixture
def mirror() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A server of the archive; what it serves can be changed."""
    served = {"/pendigits-orig.tra.Z": compress(written(2).encode())}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(pen_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DIGITREC_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("digitrec.data.data_folder.cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache" / uci_file.FILE


def test_without_a_named_folder_the_archive_is_downloaded_once(
    cache: Path, mirror: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, served = mirror
    monkeypatch.setattr(uci_file, "MIRRORS", (f"{address}nowhere/", address))
    uci_file.check_root(None)
    assert not cache.exists()
    digits = uci_digits.read()
    assert len(digits) == 60
    assert cache.read_bytes() == written(2).encode()
    served.clear()
    assert len(uci_digits.read()) == 60


def test_a_damaged_file_in_the_cache_is_downloaded_again(
    cache: Path, mirror: tuple[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uci_file, "MIRRORS", (mirror[0],))
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"half a file")
    assert len(uci_digits.read()) == 60


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"<html>", compress(b"another file"), b"\x1f\x9d\x90"])
def test_another_file_than_the_archive_is_rejected(
    content: bytes,
    cache: Path,
    mirror: tuple[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, served = mirror
    monkeypatch.setattr(uci_file, "MIRRORS", (address,))
    served["/pendigits-orig.tra.Z"] = content
    with pytest.raises(DigitrecError, match=r"cannot download .*that are not the file.*data\.root"):
        uci_digits.read()
    assert not cache.exists()


@pytest.mark.slow
@pytest.mark.mnist
def test_the_original_file_survives_compress() -> None:
    text = (find_data_folder(None).path / uci_file.FILE).read_bytes()
    assert uci_file._unpack(compress(text)) == text
