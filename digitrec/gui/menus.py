"""The two menus: one for the network, one for everything else."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from digitrec.gui.theme import Theme

if TYPE_CHECKING:
    from digitrec.gui.commands import Commands

__all__ = ["MenuBar"]

OWN_ENTRIES = 3  # of the menu of networks, before the recent ones


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
        model_menu.configure(postcommand=lambda: self._show_recent(model_menu, commands))
        self.model_menu = model_menu
        self.summary = ttk.Label(self, style="Muted.TLabel")
        self.summary.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(theme.px(2), 0))
        self.summary.bind(
            "<Configure>", lambda event: self.summary.configure(wraplength=event.width)
        )

        button = ttk.Menubutton(self, text="Menu ▾")
        button.grid(row=0, column=1, sticky="e")
        menu = _menu(button, theme)
        control = "⌘" if self.tk.call("tk", "windowingsystem") == "aqua" else "Ctrl-"
        entries: list[tuple[str, str, Callable[[], Any]] | None] = [
            ("Open …", f"{control}O", commands.open),
            ("Paste", f"{control}V", commands.paste),
            ("Save …", f"{control}S", commands.save),
            ("Replay", f"{control}R", commands.replay),
            ("Why?", f"{control}W", commands.show_why),
            ("My drawings", "", commands.show_drawings),
            None,
            ("Light theme" if dark else "Dark theme", f"{control}D", commands.switch_theme),
            ("Larger", f"{control}+", lambda: commands.zoom(1)),
            ("Smaller", f"{control}-", lambda: commands.zoom(-1)),
            None,
            ("Help", "", commands.show_help),
            ("Keys", "F1", commands.show_shortcuts),
            ("About", "", commands.show_about),
            ("Quit", f"{control}Q", commands.quit),
        ]
        for entry in entries:
            if entry is None:
                menu.add_separator()
            else:
                menu.add_command(label=entry[0], accelerator=entry[1], command=entry[2])

    def show_model(self, name: str | None, summary: str) -> None:
        """Show the name of the network that reads, and what it is. None if there is no network."""
        self.model.configure(text=f"{name or 'No network'} ▾")
        self.summary.configure(text=summary)

    def _show_recent(self, menu: tk.Menu, commands: Commands) -> None:
        """List the networks that the user has chosen before."""
        last = menu.index("end")
        if last is not None and last >= OWN_ENTRIES:
            menu.delete(OWN_ENTRIES, "end")
        for number, recent in enumerate(commands.recent_networks()):
            if not number:
                menu.add_separator()
            path = Path(recent.path)
            menu.add_command(
                label=recent.name,
                command=lambda path=path: commands.use_model(path),  # type: ignore[misc]
            )


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
