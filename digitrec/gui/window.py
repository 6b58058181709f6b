"""The window: it shows the state of the session and passes on what the user does."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from tkinter import ttk
from types import TracebackType
from typing import TYPE_CHECKING, Any

from digitrec.gui.answer_panel import AnswerPanel
from digitrec.gui.canvas.drawing_canvas import CanvasActions, DrawingCanvas
from digitrec.gui.canvas.replay_player import ReplayPlayer
from digitrec.gui.commands import Commands
from digitrec.gui.control_bar import ControlActions, ControlBar
from digitrec.gui.dialogs.open_dialogs import OpenDialogs
from digitrec.gui.label_panel import LabelPanel
from digitrec.gui.menus import MenuBar
from digitrec.gui.model_panel import ModelPanel, shortened
from digitrec.gui.session.messages import Message, error_text, model_name
from digitrec.gui.session.window_settings import (
    RecentNetwork,
    WindowSettings,
    geometry_on_screen,
    save,
    with_recent,
)
from digitrec.gui.shortcuts import bind_shortcuts
from digitrec.gui.status_bar import StatusBar
from digitrec.gui.theme import Theme
from digitrec.storage.resources import shipped_checkpoint

if TYPE_CHECKING:
    from digitrec.drawing.strokes import Stroke
    from digitrec.gui.session.session import Session

__all__ = ["Window"]

FIRST_SIZE = 900, 640  # pixels of a screen of 96 dpi
# Milliseconds from one look at the background threads to the next.
POLL, POLL_WHILE_LOADING, POLL_WHILE_IDLE = 4, 15, 300
# By how much everything is made smaller at once on a small screen, and how small it may become,
# in pixels for each pixel of a screen of 96 dpi.
SHRINK, SMALLEST_SCALE = 0.94, 0.55
PIXELS_AFTER = 60  # milliseconds until lines are replaced by pixels


class Window:
    """The window with all its parts. It must be created and called in the main thread.

    Attributes:
        root: Tk's window.
        settings: The settings of now, which are saved soon after they have changed.
        settings_file: Where they are saved. None if they are not.
        commands: What buttons, menus and keys do.
        dialogs: The windows beside it that are open.
        failures: Errors that should never occur. The status bar shows the last one.
        signals: Those that ask to close the window, which it does soon.
        closed: Whether the window was closed.
    """

    session: Session

    def __init__(
        self, root: tk.Tk, settings: WindowSettings, settings_file: Path | None = None
    ) -> None:
        """Build the window. It does nothing until `start` is called.

        Args:
            root: Tk's window.
            settings: How it was left the last time.
            settings_file: Where to save the settings. None to save nothing.
        """
        self.root, self.settings = root, settings
        self.started = False
        self._fit = 1.0  # by which everything is made smaller so that it fits the screen
        self.commands, self.dialogs = Commands(self), OpenDialogs(self)
        self.settings_file, self._saved = settings_file, settings
        self._polling = self._painting = ""  # Tk's names of calls that are pending
        self.failures: list[BaseException] = []
        self._warning: Message | None = None
        self.signals: Sequence[int] = ()
        self.closed = False
        root.report_callback_exception = self._failed
        root.protocol("WM_DELETE_WINDOW", self.close)
        self._build()
        screen = root.winfo_screenwidth(), root.winfo_screenheight()
        self._shrink_to(*screen)
        size = [min(self.theme.px(a), b) for a, b in zip(FIRST_SIZE, screen, strict=True)]
        root.geometry(geometry_on_screen(settings.geometry, *screen) or "{}x{}".format(*size))
        bind_shortcuts(root, self.commands)
        self.poll_while_idle()

    def start(self, session: Session) -> None:
        """Show this session from now on."""
        self.session = session
        self.started = True
        self.canvas.start(session.drawing)
        self.refresh()

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        """Make all widgets. They are made anew when the theme or the zoom changes."""
        root, settings, commands = self.root, self.settings, self.commands
        self.theme = theme = Theme(root, settings.theme, settings.zoom * self._fit)
        px = theme.px
        self._shown_picture: Any = None
        self._shown_models: list[Path] | None = None
        self.main = ttk.Frame(root, padding=px(14))
        self.main.pack(fill="both", expand=True)
        self.main.columnconfigure(0, weight=1)
        self.main.rowconfigure(0, weight=1)

        actions = CanvasActions(
            self._add, self._show_unfinished, self._erase, self._resize, self._click
        )
        self.canvas = DrawingCanvas(self.main, theme, actions)
        self.canvas.grid(row=0, column=0, sticky="nsew")
        self.player = ReplayPlayer(self.canvas, done=self.refresh)
        self.control_bar = ControlBar(
            self.main,
            theme,
            ControlActions(
                undo=commands.undo,
                redo=commands.redo,
                clear=commands.clear,
                recognize=commands.read,
                set_live=commands.set_live,
                set_erasing=commands.set_erasing,
                set_pen=commands.set_pen,
            ),
            pen=settings.pen,
            live=settings.live,
        )
        self.control_bar.grid(row=1, column=0, sticky="ew", pady=(px(8), 0))

        side = ttk.Frame(self.main)
        side.grid(row=0, column=1, rowspan=2, sticky="nsew", padx=(px(18), 0))
        side.rowconfigure(1, weight=1)
        side.columnconfigure(0, weight=1)
        self.menu_bar = MenuBar(side, theme, commands, dark=settings.theme == "dark")
        self.menu_bar.grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self.answer_panel = AnswerPanel(side, theme, commands.select)
        self.answer_panel.grid(row=1, column=0, sticky="nsew")
        self.model_panel = ModelPanel(side, theme, commands.drop_model)
        self.model_panel.grid(row=2, column=0, sticky="ew", pady=(px(8), 0))
        self.label_panel = LabelPanel(side, theme, commands.give_label, commands.show_drawings)
        self.label_panel.grid(row=3, column=0, sticky="ew", pady=(px(10), 0))

        self.status_bar = StatusBar(self.main, theme, commands.choose_model)
        self.status_bar.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(px(6), 0))
        if self.started:
            self.canvas.start(self.session.drawing)
            self.refresh()
        self._set_min_size()

    def _set_min_size(self) -> None:
        """Let the window never become so small that something is clipped."""
        self.root.update_idletasks()
        self.main.columnconfigure(0, minsize=self.control_bar.winfo_reqwidth())
        self.root.minsize(self.main.winfo_reqwidth(), self.main.winfo_reqheight())

    def _shrink_to(self, width: int, height: int) -> None:
        """Make everything smaller until it fits a screen of this size, as far as one can read it.

        What the user has set is not changed by that, so that it is back on a larger screen.
        """
        main = self.main
        while main.winfo_reqwidth() > width or main.winfo_reqheight() > height:
            if self.theme.scale * SHRINK < SMALLEST_SCALE:
                return
            self._fit *= SHRINK
            main.destroy()
            self.theme.release()
            self._build()
            main = self.main

    def rebuild(self, changed: WindowSettings) -> None:
        """Rebuild the window with other settings, unless the screen is too small for that."""
        if not self.started:
            return  # what was drawn meanwhile is on the canvas alone
        self._forget_warning()
        self.player.stop()
        self.canvas.finish_input()  # its button may be down, and the new canvas knows nothing of it
        erasing = self.canvas.erasing
        before, self.settings = self.settings, changed
        reopen = self.dialogs.close()
        self.main.destroy()
        self.theme.release()
        self._build()
        self.commands.set_erasing(erasing)
        reopen()
        self.root.focus_set()  # what had it is gone, and the keys would have no effect
        screen = self.root.winfo_screenwidth(), self.root.winfo_screenheight()
        needed = self.main.winfo_reqwidth(), self.main.winfo_reqheight()
        if changed.zoom > before.zoom and (needed[0] > screen[0] or needed[1] > screen[1]):
            self.rebuild(before)
            self.show_warning("The screen is too small for that.")

    # --- changes ------------------------------------------------------------------------------

    def change(self, action: Callable[[Session], object]) -> None:
        """Change something in the session, and show the result."""
        if self.started:
            self._forget_warning()
            self._change(action)

    def _change(self, action: Callable[[Session], object]) -> None:
        self.player.stop()
        action(self.session)
        self.refresh()

    def show_warning(self, text: str) -> None:
        """Show a warning in the status bar until the next change."""
        warning = self._warning = Message(text, "warning")

        def warn(session: Session) -> None:
            session.message = warning

        self._change(warn)

    def _forget_warning(self) -> None:
        if self.session.message is self._warning:
            self.session.message = Message()

    def _add(self, stroke: Stroke) -> None:
        self.change(lambda session: session.add(stroke))

    def _show_unfinished(self, stroke: Stroke) -> None:
        self.session.read_unfinished(stroke)
        self._poll_soon()

    def _erase(self, strokes: Sequence[Stroke]) -> None:
        self.change(lambda session: session.erase(strokes))

    def _click(self, index: int | None) -> None:
        if index is None:
            self.refresh()  # what came while the button was down
        else:
            self.commands.select(index)

    def _resize(self, width: int, height: int) -> None:
        self._shown_picture = None  # it is shown again in its new size
        if self.started:  # this is no change by the user, so that a warning stays
            self._change(lambda session: session.resize(width, height))

    # --- what is shown ------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is being read, opened or stored, or is not painted yet."""
        return not self.started or self.session.busy or bool(self._painting)

    def refresh(self) -> None:
        """Show the state of the session, and keep polling its threads while they work."""
        session, canvas, latest = self.session, self.canvas, self.session.latest
        digits = latest.reading.digits if latest.reading is not None else ()
        self._show_model_names(session.networks.paths)
        if not self.player.playing and not canvas.button_down:
            canvas.strokes.show(session.drawing.strokes)
            canvas.show_hint(session.content.empty)
            if session.content.picture is not self._shown_picture:
                self._shown_picture = session.content.picture
                canvas.overlays.show_picture(session.content.picture)
            canvas.show_boxes(digits, latest.selected)
        rejects = session.networks.rejects()
        self.answer_panel.show(latest.reading, latest.selected, rejects=rejects)
        self.model_panel.show(session.networks.paths, latest.reading)
        number = latest.selected % len(digits) + 1 if len(digits) > 1 else None
        self.label_panel.show_label(session.labelling.given_label, number)
        self.label_panel.show_count(
            session.corrected.count,
            lacking=session.learning.lacking(session.corrected.count),
            progress=session.learning.process.progress if session.learning.running else None,
            learnt=session.learning.candidate is not None,
        )
        self.dialogs.refresh()
        self.control_bar.show(
            undoable=session.content.undoable,
            redoable=session.content.redoable,
            clearable=not session.content.empty,
        )
        self.status_bar.show(session.message, offer_choice=session.networks.failed)
        self._poll_soon()
        if not self._painting and session.networks.paths:
            self._painting = self.root.after(PIXELS_AFTER, self._lines_to_pixels)

    def _show_model_names(self, models: Sequence[Path]) -> None:
        if list(models) == self._shown_models:
            return
        self._shown_models = list(models)
        name = model_name(models[0]) if models else ""
        self.root.title(f"{name} – digitrec" if name else "digitrec")  # noqa: RUF001
        summary = self.session.networks.summary(models[0]) if models else ""
        self.menu_bar.show_model(shortened(name) if name else None, summary)
        if models and models[0] != shipped_checkpoint():
            recent = RecentNetwork(str(models[0]), f"{shortened(name)}  {summary}".strip())
            self.settings = with_recent(self.settings, recent)
        if models and models[0] in (learnt := self.session.learning.learnt, shipped_checkpoint()):
            self.settings = replace(self.settings, learnt=models[0] == learnt)
        self.model_panel.show(models, self.session.latest.reading)
        self._set_min_size()

    def _lines_to_pixels(self) -> None:
        self._painting = ""
        if not self.player.playing:
            self.canvas.lines_to_pixels()

    # --- polling ------------------------------------------------------------------------------

    def _poll_soon(self) -> None:
        if not self._polling and self.session.busy:
            wait = POLL_WHILE_LOADING if self.session.loading else POLL
            self._polling = self.root.after(wait, self.poll)

    def poll(self) -> None:
        """Show what the threads have done, and look again soon."""
        self._polling = ""
        self._take_in()
        self._poll_soon()

    def poll_while_idle(self) -> None:
        """Look whether the network has learnt, or the reader has stopped, and for signals."""
        self.idle_polling = self.root.after(POLL_WHILE_IDLE, self.poll_while_idle)
        if self.signals:
            self.close()
            return
        if not self.started:
            return
        if self.settings != self._saved:
            self._save_settings()
        learning = self.session.learning.running
        self._take_in()
        if self.session.tend() or learning:
            self.refresh()

    def _take_in(self) -> None:
        """Show what the threads have done, and what the network has learnt once it has."""
        learning = self.session.learning.running
        if self.session.poll():
            self.refresh()
        if learning and not self.session.learning.running:
            self.dialogs.show_drawings()

    def _save_settings(self) -> None:
        """Save the settings, so that they are kept however the program ends."""
        self._saved = self.settings
        if self.settings_file is not None:
            with suppress(OSError):  # no drawing is lost: it just opens with its old settings
                save(self.settings_file, replace(self.settings, geometry=self.root.geometry()))

    # --- the end ------------------------------------------------------------------------------

    def _failed(
        self, _: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Show an unexpected error in the status bar. Called by Tk."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.close()
            return
        self.failures.append(error)
        if self.closed:
            return  # there is no status bar any more
        offer_choice = self.started and self.session.networks.failed
        self.status_bar.show(Message(error_text(error), "error"), offer_choice=offer_choice)

    def close(self) -> None:
        """Save the settings, finish storing files, and close the window."""
        if self.closed:
            return
        self.closed = True
        self.player.stop()
        for pending in (self._polling, self._painting, self.idle_polling):
            if pending:
                self.root.after_cancel(pending)
        with ExitStack() as steps:  # each is done even if one before it fails; last comes first
            steps.callback(self.root.destroy)
            steps.callback(self.theme.release)
            steps.callback(self.main.destroy)
            if self.started:
                steps.callback(self.session.close)
            steps.callback(self.dialogs.close)
            steps.callback(self._save_settings)
            self.root.withdraw()
