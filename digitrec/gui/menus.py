"""The menus, and what the keys do."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from string import ascii_lowercase
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from digitrec.gui.look import Look

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["MenuRow", "bind_keys"]


class MenuRow(ttk.Frame):
    """Two buttons that open menus: the network, and all the rest."""

    def __init__(self, master: tk.Misc, window: Window) -> None:
        super().__init__(master)
        self.columnconfigure(0, weight=1)
        self.model = ttk.Menubutton(self, text="No network ▾")
        self.model.grid(row=0, column=0, sticky="w")
        self.model_menu = _menu(self.model, window.look)
        self.model_menu.add_command(label="Choose another …", command=window.choose_model)
        self.model_menu.add_command(label="Compare with …", command=window.compare)
        self.model_menu.add_command(label="The one that ships", command=window.choose_shipped)

        button = ttk.Menubutton(self, text="Menu ▾")
        button.grid(row=0, column=1, sticky="e")
        self.menu = _menu(button, window.look)
        command = "⌘" if self.tk.call("tk", "windowingsystem") == "aqua" else "Ctrl-"
        other = "Dark" if window.settings.theme == "light" else "Light"
        entries: list[tuple[str, str, Callable[[], Any]] | None] = [
            ("Open …", f"{command}O", window.open),
            ("Paste", f"{command}V", window.paste),
            ("Save …", f"{command}S", window.save),
            ("Replay", f"{command}R", window.replay),
            None,
            (other, f"{command}D", window.flip_theme),
            ("Larger", f"{command}+", lambda: window.zoom(1)),
            ("Smaller", f"{command}-", lambda: window.zoom(-1)),
            None,
            ("Keys", "F1", window.keys),
            ("Quit", f"{command}Q", window.close),
        ]
        for entry in entries:
            if entry is None:
                self.menu.add_separator()
            else:
                self.menu.add_command(label=entry[0], accelerator=entry[1], command=entry[2])


def _menu(button: ttk.Menubutton, look: Look) -> tk.Menu:
    colours = look.colours
    menu = tk.Menu(
        button,
        tearoff=False,
        font="TkMenuFont",
        background=colours.paper,
        foreground=colours.text,
        activebackground=colours.accent,
        activeforeground=colours.window,
        activeborderwidth=look.px(3),
        borderwidth=1,
        relief="solid",
    )
    button.configure(menu=menu)
    return menu


def bind_keys(window: Window) -> None:
    """Let keys do what buttons and menus do, and some things more."""
    root = window.root
    plain: dict[str, Callable[[], Any]] = {
        "Return": window.read,
        "KP_Enter": window.read,
        "Escape": window.clear,
        "F1": window.keys,
        "e": lambda: window.set_erasing(not window.canvas.erasing),
        "Left": lambda: window.step(-1),
        "Right": lambda: window.step(1),
    }
    with_control: dict[str, Callable[[], Any]] = {
        "z": window.undo,
        "Shift-z": window.redo,
        "y": window.redo,
        "o": window.open,
        "v": window.paste,
        "s": window.save,
        "r": window.replay,
        "m": window.choose_model,
        "d": window.flip_theme,
        "plus": lambda: window.zoom(1),
        "equal": lambda: window.zoom(1),
        "KP_Add": lambda: window.zoom(1),
        "minus": lambda: window.zoom(-1),
        "KP_Subtract": lambda: window.zoom(-1),
        "Key-0": lambda: window.zoom(0),
        "q": window.close,
    }
    control = "Command" if root.tk.call("tk", "windowingsystem") == "aqua" else "Control"
    keys = plain | {f"{control}-{key}": action for key, action in with_control.items()}
    for digit in range(10):
        for key in (f"Key-{digit}", f"KP_{digit}"):
            keys[key] = partial(window.say_it_was, digit)
    # Caps Lock turns letters into capitals.
    keys |= {
        f"{key[:-1]}{key[-1].upper()}": action
        for key, action in keys.items()
        if key.rpartition("-")[2] in {*ascii_lowercase}
    }
    # What has a meaning alone means nothing with a key beside it that nobody told of.
    for key in [key for key in keys if key in ("e", "E") or key.startswith(("Key-", "KP_"))]:
        for modifier in (control, "Alt"):
            keys.setdefault(f"{modifier}-{key}", lambda: None)
    for key, action in keys.items():
        root.bind(f"<{key}>", lambda _, action=action: action())  # type: ignore[misc]
