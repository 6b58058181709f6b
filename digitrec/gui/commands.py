"""What the buttons, menus and keys of the window do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tkinter import ttk
from typing import TYPE_CHECKING

from digitrec.errors import PictureError
from digitrec.gui.clipboard import picture_in_clipboard
from digitrec.gui.dialogs.file_dialogs import ask_model, ask_open, ask_save
from digitrec.gui.dialogs.text_dialog import show_text
from digitrec.gui.session.window_settings import ZOOMS, RecentNetwork
from digitrec.gui.shortcuts import show_shortcuts

if TYPE_CHECKING:
    from digitrec.gui.session.session import Session
    from digitrec.gui.window import Window

__all__ = ["Commands"]


class Commands:
    """The commands of one window. Before the window has a session, most have no effect."""

    def __init__(self, window: Window) -> None:
        self._window = window

    # --- drawing and reading ------------------------------------------------------------------

    def read(self) -> None:
        """Read what is on the canvas."""
        self._window.change(lambda session: session.read())

    def undo(self) -> None:
        """Undo the last step."""
        self._window.change(lambda session: session.undo())

    def redo(self) -> None:
        """Redo the step that was undone last."""
        self._window.change(lambda session: session.redo())

    def clear(self) -> None:
        """Remove everything from the canvas."""
        self._window.change(lambda session: session.clear())

    def select(self, index: int) -> None:
        """Select one of the digits."""
        self._window.change(lambda session: session.latest.select(index))

    def select_next(self, step: int) -> None:
        """Select the next digit of a number, or the one before it if ``step`` is -1."""
        if not self._window.started or isinstance(self._window.root.focus_get(), ttk.Scale):
            return  # the arrow keys move the slider
        latest = self._window.session.latest
        if latest.reading is not None:
            self.select(latest.selected % max(len(latest.reading.digits), 1) + step)

    def set_live(self, live: bool) -> None:
        """Switch on or off that everything is read as soon as it is drawn."""

        def change(session: Session) -> None:
            session.live = live
            if live and not session.content.empty:
                session.read()

        self._window.settings = replace(self._window.settings, live=live)
        self._window.change(change)

    def set_erasing(self, erasing: bool) -> None:
        """Let the left mouse button erase, or draw."""
        self._window.canvas.erasing = erasing
        self._window.control_bar.show_erasing(erasing)

    def toggle_erasing(self) -> None:
        """Let the left mouse button erase if it draws, and draw if it erases."""
        self.set_erasing(not self._window.canvas.erasing)

    def set_pen(self, width: float) -> None:
        """Set the diameter of the pen, in pixels of a screen of 96 dpi."""
        self._window.settings = replace(self._window.settings, pen=width)
        self._window.canvas.pen_width = self._window.theme.scale * width

    def replay(self) -> None:
        """Replay how the drawing was drawn."""
        if not self._window.started:
            return
        if strokes := self._window.session.drawing.strokes:
            self._window.canvas.overlays.hide_boxes()
            self._window.player.play(list(strokes))
        else:
            self._window.show_warning("There is nothing to replay yet. Draw a digit first.")

    # --- files --------------------------------------------------------------------------------

    def open(self) -> None:
        """Ask for a picture or a drawing, and open it."""
        if path := ask_open(self._window.root):
            self._window.change(lambda session: session.open(path))

    def save(self) -> None:
        """Ask where to save the drawing, and save it."""
        if not self._window.started:
            return
        content = self._window.session.content
        if content.empty or content.picture is not None:
            # The session tells the user why it cannot be saved.
            self._window.change(lambda session: session.save(Path("drawing.png")))
        elif path := ask_save(self._window.root):
            self._window.change(lambda session: session.save(path))

    def paste(self) -> None:
        """Open the picture in the clipboard, or the file that the clipboard names."""
        try:
            found = picture_in_clipboard(self._window.root)
        except PictureError as error:
            self._window.show_warning(str(error))
            return
        if found is None:
            self._window.show_warning("There is no picture in the clipboard.")
        else:
            self._window.change(lambda session: session.open(found))

    # --- networks and labels ------------------------------------------------------------------

    def choose_model(self) -> None:
        """Ask for a checkpoint file, and read with its network."""
        self._ask_model("Choose a network", compare=False)

    def compare(self) -> None:
        """Ask for a checkpoint file, and compare with its network."""
        self._ask_model("Compare with another network", compare=True)

    def choose_shipped(self) -> None:
        """Read with the network that comes with the package."""
        from digitrec.storage.resources import shipped_checkpoint

        self._window.change(lambda session: session.choose_model(shipped_checkpoint()))

    def use_model(self, path: Path) -> None:
        """Read with the network of a checkpoint file."""
        self._window.change(lambda session: session.choose_model(path))

    def recent_networks(self) -> Sequence[RecentNetwork]:
        """Return the networks that were chosen before, without those whose file is gone."""
        known = self._window.settings.recent
        return [network for network in known if Path(network.path).is_file()]

    def drop_model(self, path: Path) -> None:
        """Stop comparing with a network."""
        self._window.change(lambda session: session.drop_model(path))

    def _ask_model(self, title: str, *, compare: bool) -> None:
        if not self._window.started:
            return
        session = self._window.session
        use = session.compare_with if compare else session.choose_model
        folder = session.networks.paths[0].parent if session.networks.paths else Path.cwd()
        if path := ask_model(self._window.root, title, folder):
            self._window.change(lambda _: use(path))

    def give_label(self, digit: int) -> None:
        """Say which digit the selected one was, and store it."""
        if self._window.started and self._window.canvas.button_down:
            self._window.show_warning("Lift the pen first, then say which digit it was.")
            return
        self._window.change(lambda session: session.give_label(digit))

    def show_drawings(self) -> None:
        """Show the corrected drawings."""
        self._window.dialogs.show_drawings()

    def show_why(self) -> None:
        """Show why the selected digit is read as it is, or no longer."""
        self._window.dialogs.show_why()

    # --- the window ---------------------------------------------------------------------------

    def show_shortcuts(self) -> None:
        """Show what the keys do."""
        show_shortcuts(self._window.root, self._window.theme)

    def show_help(self) -> None:
        """Show how the window is used."""
        from digitrec.gui.session.help_texts import HELP

        show_text(self._window.root, self._window.theme, "Help", HELP)

    def show_about(self) -> None:
        """Show what this program is, where its files lie, and whose handwriting it learnt from."""
        from digitrec.gui.session.help_texts import about_text

        if self._window.started:
            networks, corrected = self._window.session.networks, self._window.session.corrected
            path = networks.paths[0] if networks.paths else None
            summary = networks.summary(path) if path else ""
            text = about_text(path, summary, self._window.settings_file, corrected.path)
            show_text(self._window.root, self._window.theme, "About digitrec", text)

    def switch_theme(self) -> None:
        """Switch between the light and the dark theme."""
        theme = "light" if self._window.settings.theme == "dark" else "dark"
        self._window.rebuild(replace(self._window.settings, theme=theme))

    def zoom(self, step: int) -> None:
        """Make everything larger (1), smaller (-1), or its normal size (0)."""
        index = ZOOMS.index(self._window.settings.zoom) + step if step else ZOOMS.index(1.0)
        zoom = ZOOMS[min(max(index, 0), len(ZOOMS) - 1)]
        if zoom != self._window.settings.zoom:
            self._window.rebuild(replace(self._window.settings, zoom=zoom))

    def quit(self) -> None:
        """Close the window."""
        self._window.close()
