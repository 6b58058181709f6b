from __future__ import annotations

import os
import tkinter as tk
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from digitrec.errors import PictureError
from digitrec.gui import clipboard
from digitrec.gui.clipboard import picture_in_clipboard

PNG = b"\x89PNG" + bytes(range(256)) * 5


def holding(asked: list[str], error: str = "", *, own: bool = False, **held: str) -> Any:
    """Return a window on X11 whose clipboard holds these texts, and else ends in an error."""

    def call(*words: str) -> str:
        if words[-1] == "TARGETS" and not error.startswith("selection owner"):
            return "TIMESTAMP TARGETS TK_APPLICATION" if own else "TIMESTAMP TARGETS"
        if words[-1] == "windowingsystem":
            return "x11"
        asked.append(words[-1])
        kind = words[-1].partition("/")[2]
        if kind in held:
            return held[kind]
        raise tk.TclError(error or f'selection does not exist or form "{kind}" not defined')

    def text() -> str:
        raise tk.TclError("not defined")

    return SimpleNamespace(tk=SimpleNamespace(call=call), clipboard_get=text)


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let there be no programs but those of an empty folder."""
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    return tmp_path


def add_xclip(folder: Path, script: str) -> None:
    program = folder / "xclip"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_numbers_of_one_byte_and_of_four_are_decoded() -> None:
    bytes_ = "  ".join(f"0x{byte:x}" for byte in PNG) + " "
    assert picture_in_clipboard(holding([], png=bytes_)) == PNG
    fours = [PNG[at : at + 4] for at in range(0, len(PNG), 4)]
    words = " ".join(f"0x{int.from_bytes(four, 'little'):08x}" for four in fours)
    assert picture_in_clipboard(holding([], png=words)) == PNG


@pytest.mark.parametrize(
    "text", ["0x", "0x ends in x", "0xff x", "0xdeadbeef is", "0x1 2x", "0xzz", "0x\xe9", "", " "]
)
def test_text_that_begins_like_numbers_is_no_picture(text: str) -> None:
    assert picture_in_clipboard(holding([], png=text, bmp=text, jpeg=text)) is None


def test_xclip_is_asked_first_for_it_takes_any_size(programs: Path) -> None:
    (programs / "held").write_bytes(PNG)
    add_xclip(programs, f'test "$4" = image/bmp && exec /bin/cat {programs / "held"}')
    asked: list[str] = []
    window = holding(asked, "selection property too large")
    assert picture_in_clipboard(window) is None  # it is not a BMP file, whatever it is called
    add_xclip(programs, f'test "$4" = image/png && exec /bin/cat {programs / "held"}')
    assert picture_in_clipboard(window) == PNG
    assert not asked


def test_xclip_is_not_asked_for_what_this_program_holds(programs: Path) -> None:
    add_xclip(programs, "exec /bin/sleep 60")
    png = " ".join(f"0x{byte:x}" for byte in PNG)
    assert picture_in_clipboard(holding([], own=True, png=png)) == PNG


def test_a_program_that_does_not_answer_xclip_is_told(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "XCLIP_SECONDS", 0.3)
    add_xclip(programs, "exec /bin/sleep 60")
    with pytest.raises(PictureError, match=r"^the clipboard: .*not answer.* save a picture as"):
        picture_in_clipboard(holding([]))


@pytest.mark.parametrize(
    "error", ["selection owner didn't respond", "selection property too large"]
)
def test_what_tk_cannot_fetch_is_told(error: str) -> None:
    asked: list[str] = []
    with pytest.raises(PictureError, match=error):
        picture_in_clipboard(holding(asked, error))
    assert len(asked) == 1  # each question to a program that does not answer takes five seconds


@pytest.mark.parametrize(
    "data", [b"RIFF\x10\0\0\0WEBPVP8 ", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"GIF89a\x01"]
)
def test_pictures_of_other_kinds_are_found(data: bytes) -> None:
    kind = {b"R": "webp", b"G": "gif"}.get(data[:1], "tiff")
    bytes_ = " ".join(f"0x{byte:02x}" for byte in data)
    assert picture_in_clipboard(holding([], **{kind: bytes_})) == data


@pytest.mark.parametrize(
    "text",
    [
        "file:///home/me/a%20b.png\r\n",
        "# copied\r\nfile://localhost/home/me/a%20b.png\r\n",
    ],
)
def test_a_file_that_was_copied_is_found(text: str) -> None:
    held = {"uri-list": text}
    assert picture_in_clipboard(holding([], **held)) == Path("/home/me/a b.png")


def test_a_file_is_found_in_what_nautilus_gives_as_text() -> None:
    window = holding([])
    window.clipboard_get = lambda: "x-special/nautilus-clipboard\ncopy\nfile:///home/me/a.png\n"
    assert picture_in_clipboard(window) == Path("/home/me/a.png")


def test_of_several_files_that_were_copied_one_is_asked_for() -> None:
    text = "file:///home/me/a.png\r\nfile:///home/me/b.png\r\n"
    with pytest.raises(PictureError, match=r"^the clipboard: there are 2 files in it; copy one$"):
        picture_in_clipboard(holding([], **{"uri-list": text}))


@pytest.mark.parametrize("text", ["", "https://a.org/a.png\r\n", "file://[oops/a.png\r\n"])
def test_what_names_no_file_is_nothing(text: str) -> None:
    assert picture_in_clipboard(holding([], **{"uri-list": text})) is None
