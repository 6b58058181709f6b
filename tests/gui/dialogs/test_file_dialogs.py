from __future__ import annotations

from pathlib import Path

import pytest
from driving import Driver

from digitrec.gui.dialogs.file_dialogs import ask_open
from digitrec.imaging.files.pdf_pages import reads_pdf
from digitrec.imaging.files.picture_files import SUFFIXES

pytestmark = pytest.mark.window


def shown(driver: Driver, folder: Path) -> set[str]:
    """Open the dialog, and return which files of a folder it does not hide."""
    patterns: list[str] = []

    def look() -> None:
        tk = driver.root.tk
        [box] = [w for w in tk.splitlist(tk.eval("winfo children .")) if "filedialog" in w]
        found = tk.eval(f"set ::tk::dialog::file::{box.removeprefix('.')}(filter)")
        patterns.extend(tk.splitlist(found))
        tk.eval(f"{box}.contents.f2.cancel invoke")

    driver.root.after(20, look)
    assert ask_open(driver.root) is None
    names = driver.root.tk.call("glob", "-directory", str(folder), "-tails", *patterns)
    return set(driver.root.tk.splitlist(names))


def test_all_that_can_be_opened_is_shown(driver: Driver, tmp_path: Path) -> None:
    names = {f"a{suffix}" for suffix in (*SUFFIXES, ".json")}
    names |= {"IMG_0001.JPG", "IMG_0002.HEIC", "SCAN.TIF"}  # as cameras and scanners write them
    if reads_pdf():
        names |= {"scan.pdf", "SCAN.PDF"}
    folder = tmp_path / "files"
    folder.mkdir()
    for name in (*names, "notes.txt", "model.h5"):
        (folder / name).touch()
    assert shown(driver, folder) == names


@pytest.mark.parametrize("command", ["open", "save", "choose_model", "compare"])
def test_the_window_can_be_closed_while_a_dialog_asks(driver: Driver, command: str) -> None:
    driver.draw([(100, 50), (100, 300)])
    driver.settle()
    driver.root.after(100, driver.window.close)
    getattr(driver.window.commands, command)()
    assert driver.window.closed
    assert not driver.window.failures
