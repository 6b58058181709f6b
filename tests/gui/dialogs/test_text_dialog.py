from __future__ import annotations

from tkinter import ttk
from typing import TYPE_CHECKING

import pytest
from driving import Driver, widgets

from digitrec.gui.dialogs import text_dialog
from digitrec.gui.dialogs.text_dialog import show_text

if TYPE_CHECKING:
    import tkinter as tk

pytestmark = pytest.mark.window

TEXT = "\n\n".join(f"Heading {number}\nA sentence." for number in range(4))


def scrollbars(dialog: tk.Toplevel) -> list[ttk.Scrollbar]:
    found = [one for one in widgets(dialog) if isinstance(one, ttk.Scrollbar)]
    return [one for one in found if one.winfo_ismapped()]


@pytest.mark.parametrize(("lines", "bars"), [(26, 0), (5, 1)])
def test_there_is_a_scrollbar_where_there_is_more_to_see(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, lines: int, bars: int
) -> None:
    monkeypatch.setattr(text_dialog, "MAX_LINES", lines)
    dialog = show_text(driver.root, driver.window.theme, "Help", TEXT)
    driver.settle()
    assert len(scrollbars(dialog)) == bars
    dialog.destroy()
