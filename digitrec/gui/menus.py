"""The two menus: one for the network, one for everything else."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from digitrec.gui.theme import Theme

if TYPE_CHECKING:
    from digitrec.gui.commands import Commands

__all__ = ["MenuBar"]


class MenuBar(ttk.Frame):
    """Two buttons that open menus."""

    def __init__(self, master: tk.Misc, theme: Theme, commands: Commands, *, dark: bool) -> None:
        """Make the menus. ``dark`` says whether the dark theme is used now."""
        super().__init__(master)
        self.columnconfigure(0, weight=1)
        self.model = ttk.Menubutton(self, text="No network ▾")
        self.model.grid(row=0, column=0, sticky="w")
        model_menu = _menu(self.model, theme)
        model_menu.add_command(label="Choose another …", command=commands.choose_model)
        model_menu.add_command(label="Compare with …", command=commands.compare)
        model_menu.add_command(label="Use the built-in one", command=commands.choose_shipped)

        button = ttk.Menubutton(self, text="Menu ▾")
        button.grid(row=0, column=1, sticky="e")
        menu = _menu(button, theme)
        control = "⌘" if self.tk.call("tk", "windowingsystem") == "aqua" else "Ctrl-"
        entries: list[tuple[str, str, Callable[[], Any]] | None] = [
            ("Open …", f"{control}O", commands.open),
            ("Paste", f"{control}V", commands.paste),
            ("Save …", f"{control}S", commands.save),
            ("Replay", f"{control}R", commands.replay),
            None,
            ("Light theme" if dark else "Dark theme", f"{control}D", commands.switch_theme),
            ("Larger", f"{control}+", lambda: commands.zoom(1)),
            ("Smaller", f"{control}-", lambda: commands.zoom(-1)),
            None,
            ("Keys", "F1", commands.show_shortcuts),
            ("Quit", f"{control}Q", commands.quit),
        ]
        for entry in entries:
            if entry is None:
                menu.add_separator()
            else:
                menu.add_command(label=entry[0], accelerator=entry[1], command=entry[2])

    def show_model(self, name: str | None) -> None:
        """Show the name of the network that reads. None if there is no network."""
        self.model.configure(text=f"{name or 'No network'} ▾")


def _menu(button: ttk.Menubutton, theme: Theme) -> tk.Menu:
    colours = theme.colours
    menu = tk.Menu(
        button,
        tearoff=False,
        font="TkMenuFont",
        background=colours.canvas,
        foreground=colours.text,
        activebackground=colours.accent,
        activeforeground=colours.window,
        activeborderwidth=theme.px(3),
        borderwidth=1,
        relief="solid",
    )
    button.configure(menu=menu)
    return menu
