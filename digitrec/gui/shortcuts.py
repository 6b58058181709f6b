"""The keyboard shortcuts, and the dialog that lists them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from string import ascii_lowercase
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from digitrec.gui.theme import Theme

if TYPE_CHECKING:
    from digitrec.gui.commands import Commands

__all__ = ["bind_shortcuts", "show_shortcuts"]

SHORTCUTS = (
    ("Enter", "read what is drawn, or press the selected button"),
    ("Esc", "clear the canvas"),
    ("{}Z", "undo"),
    ("{}Shift-Z", "redo"),
    ("Right mouse button", "erase strokes"),
    ("E", "make the left mouse button erase, or draw again"),
    ("0 … 9", "say which digit it was, and store the drawing"),
    ("← →", "select another digit of a number"),
    ("{}O", "open a picture or a drawing"),
    ("{}V", "paste a picture"),
    ("{}S", "save the drawing"),
    ("{}R", "replay the drawing"),
    ("{}W", "see why: which ink decided, what the layers see"),
    ("{}M", "choose another network"),
    ("{}D", "dark or light theme"),
    ("{}+  {}-  {}0", "larger, smaller, normal size"),
    ("F1", "show these keys"),
)


def bind_shortcuts(root: tk.Tk, commands: Commands) -> None:
    """Bind all keys of a window to what they do."""
    plain: dict[str, Callable[[], Any]] = {
        "Return": commands.read,
        "KP_Enter": commands.read,
        "Escape": commands.clear,
        "F1": commands.show_shortcuts,
        "e": commands.toggle_erasing,
        "Left": lambda: commands.select_next(-1),
        "Right": lambda: commands.select_next(1),
    }
    with_control: dict[str, Callable[[], Any]] = {
        "z": commands.undo,
        "Shift-z": commands.redo,
        "y": commands.redo,
        "o": commands.open,
        "v": commands.paste,
        "s": commands.save,
        "r": commands.replay,
        "w": commands.show_why,
        "m": commands.choose_model,
        "d": commands.switch_theme,
        "plus": lambda: commands.zoom(1),
        "equal": lambda: commands.zoom(1),
        "KP_Add": lambda: commands.zoom(1),
        "minus": lambda: commands.zoom(-1),
        "KP_Subtract": lambda: commands.zoom(-1),
        "Key-0": lambda: commands.zoom(0),
        "q": commands.quit,
    }
    control = "Command" if root.tk.call("tk", "windowingsystem") == "aqua" else "Control"
    keys = plain | {f"{control}-{key}": action for key, action in with_control.items()}
    for digit in range(10):
        for key in (f"Key-{digit}", f"KP_{digit}"):
            keys[key] = partial(commands.give_label, digit)
    # With Caps Lock, letters are capitals.
    keys |= {
        f"{key[:-1]}{key[-1].upper()}": action
        for key, action in keys.items()
        if key.rpartition("-")[2] in {*ascii_lowercase}
    }
    # Tk calls the action of a plain key even if another key is held down with it. These must not
    # do anything then.
    for key in [key for key in keys if key in ("e", "E") or key.startswith(("Key-", "KP_"))]:
        for modifier in (control, "Alt"):
            keys.setdefault(f"{modifier}-{key}", lambda: None)
    for kind in ("TButton", "TCheckbutton", "TMenubutton"):
        for key in ("Return", "KP_Enter"):  # presses the button that has the focus, as Space does
            root.tk.eval(f"bind {kind} <{key}> {{event generate %W <space>; break}}")
    for key, action in keys.items():
        root.bind(f"<{key}>", lambda _, action=action: action())  # type: ignore[misc]


def show_shortcuts(root: tk.Tk, theme: Theme) -> None:
    """Open a dialog that lists the keys. Escape and Enter close it."""
    dialog = tk.Toplevel(root, background=theme.colours.window)
    dialog.title("Keys")
    dialog.transient(root)
    dialog.resizable(False, False)
    frame = ttk.Frame(dialog, padding=theme.px(20))
    frame.pack()
    control = "⌘-" if root.tk.call("tk", "windowingsystem") == "aqua" else "Ctrl-"
    for row, (key, meaning) in enumerate(SHORTCUTS):
        ttk.Label(frame, text=key.replace("{}", control), style="Strong.TLabel").grid(
            row=row, column=0, sticky="w", padx=(0, theme.px(24)), pady=theme.px(2)
        )
        ttk.Label(frame, text=meaning).grid(row=row, column=1, sticky="w")
    close = ttk.Button(frame, text="Close", command=dialog.destroy)
    close.grid(row=len(SHORTCUTS), column=1, sticky="e", pady=(theme.px(14), 0))
    dialog.bind("<Escape>", lambda _: dialog.destroy())
    dialog.bind("<Return>", lambda _: dialog.destroy())
    close.focus_set()
