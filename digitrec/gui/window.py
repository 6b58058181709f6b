"""The window: it shows what stands in the session, and passes on what a person does."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tkinter import ttk
from types import TracebackType
from typing import TYPE_CHECKING, Any

from digitrec.gui import dialogs, settings
from digitrec.gui.answer import AnswerPanel
from digitrec.gui.canvas import Canvas, Pen
from digitrec.gui.controls import Actions, Controls
from digitrec.gui.foot import Foot
from digitrec.gui.labels import LabelPanel
from digitrec.gui.look import Look
from digitrec.gui.menus import MenuRow, bind_keys
from digitrec.gui.messages import Message, model_name
from digitrec.gui.models import ModelActions, ModelPanel, shortened
from digitrec.gui.player import Player
from digitrec.gui.settings import ZOOMS, Settings

if TYPE_CHECKING:
    from digitrec.drawing.strokes import Stroke
    from digitrec.gui.session import Session

__all__ = ["Window"]

FIRST_SIZE = 900, 640  # pixels of a screen of 96 dots an inch
POLL, POLL_LOADING = 4, 15  # milliseconds between two looks at what the threads have done
SETTLE = 60  # milliseconds after which lines become pixels


class Window:
    """All that is in the window. Tk's own thread makes it and calls it."""

    session: Session

    def __init__(self, root: tk.Tk, kept: Settings, settings_file: Path | None = None) -> None:
        self.root, self.settings = root, kept
        self._started = False
        self._settings_file = settings_file
        self._polling = self._settling = ""
        self.failures: list[BaseException] = []
        """Errors that should not have happened; the message tells of the last."""
        self.closed = False
        root.report_callback_exception = self._failed
        root.protocol("WM_DELETE_WINDOW", self.close)
        self._build()
        root.geometry(self._first_geometry())
        bind_keys(self)
        self._beat()

    def start(self, session: Session) -> None:
        """Show this session. Until then the window is there to see, and does nothing."""
        self.session = session
        self._started = True
        self.canvas.start(session.drawing)
        self.refresh()

    # --- what is in it ------------------------------------------------------------------------

    def _build(self) -> None:
        """Make all widgets; made anew when the theme or the size of all changes."""
        root, px = self.root, self._make_look()
        self._photo_of = self._named = None
        self.main = ttk.Frame(root, padding=px(14))
        self.main.pack(fill="both", expand=True)
        self.main.columnconfigure(0, weight=1)
        self.main.rowconfigure(0, weight=1)

        pen = Pen(self._stroke, self._sketch, self._erase, self._resize)
        self.canvas = Canvas(self.main, self.look, pen)
        self.canvas.grid(row=0, column=0, sticky="nsew")
        self.player = Player(self.canvas, done=self.refresh)
        self.controls = Controls(
            self.main,
            self.look,
            Actions(
                undo=self.undo,
                redo=self.redo,
                clear=self.clear,
                recognize=self.read,
                live=self._set_live,
                erase=self.set_erasing,
                pen=self._set_pen,
            ),
            pen=self.settings.pen,
            live=self.settings.live,
        )
        self.controls.grid(row=1, column=0, sticky="ew", pady=(px(8), 0))

        side = ttk.Frame(self.main)
        side.grid(row=0, column=1, rowspan=2, sticky="nsew", padx=(px(18), 0))
        side.rowconfigure(1, weight=1)
        side.columnconfigure(0, weight=1)
        self.menus = MenuRow(side, self)
        self.menus.grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self.answer = AnswerPanel(side, self.look, self._select)
        self.answer.grid(row=1, column=0, sticky="nsew")
        self.model_panel = ModelPanel(
            side, self.look, ModelActions(self.choose_model, self.compare, self._drop)
        )
        self.model_panel.grid(row=2, column=0, sticky="ew", pady=(px(8), 0))
        self.labels = LabelPanel(side, self.look, self.say_it_was, self.learn)
        self.labels.grid(row=3, column=0, sticky="ew", pady=(px(10), 0))

        self.foot = Foot(self.main, self.look, self.choose_model)
        self.foot.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(px(10), 0))
        if self._started:
            self.canvas.start(self.session.drawing)
            self.refresh()
        self._keep_room()

    def _keep_room(self) -> None:
        """Let nothing be clipped, however small somebody makes the window."""
        self.root.update_idletasks()
        self.main.columnconfigure(0, minsize=self.controls.winfo_reqwidth())
        self.root.minsize(self.main.winfo_reqwidth(), self.main.winfo_reqheight())

    def _make_look(self) -> Callable[[float], int]:
        self.look = Look(self.root, self.settings.theme, self.settings.zoom)
        return self.look.px

    def _first_geometry(self) -> str:
        screen = self.root.winfo_screenwidth(), self.root.winfo_screenheight()
        width, height = (min(self.look.px(a), b) for a, b in zip(FIRST_SIZE, screen, strict=True))
        return settings.on_screen(self.settings.geometry, *screen) or f"{width}x{height}"

    # --- what a person does -------------------------------------------------------------------

    def _do(self, action: Callable[[Session], object]) -> None:
        """Let something happen in the session, and show what came of it."""
        if self._started:
            self.player.stop()
            action(self.session)
            self.refresh()

    def read(self) -> None:
        """Read what is on the canvas."""
        self._do(lambda session: session.read())

    def undo(self) -> None:
        """Take the last step back."""
        self._do(lambda session: session.undo())

    def redo(self) -> None:
        """Take the step undone last once more."""
        self._do(lambda session: session.redo())

    def clear(self) -> None:
        """Take everything away."""
        self._do(lambda session: session.clear())

    def say_it_was(self, digit: int) -> None:
        """Keep the digit selected with its right label."""
        self._do(lambda session: session.say_it_was(digit))

    def learn(self) -> None:
        """Let the network learn from the drawings kept."""
        self._do(lambda session: session.learn())

    def _stroke(self, stroke: Stroke) -> None:
        self._do(lambda session: session.add(stroke))

    def _sketch(self, stroke: Stroke) -> None:
        self.session.sketch(stroke)
        self._wake()

    def _erase(self, strokes: Sequence[Stroke]) -> None:
        self._do(lambda session: session.erase(strokes))

    def _resize(self, width: int, height: int) -> None:
        self._photo_of = None
        self._do(lambda session: session.resize(width, height))

    def _select(self, index: int) -> None:
        self._do(lambda session: session.select(index))

    def step(self, by: int) -> None:
        """Go from digit to digit of a number."""
        reading = self.session.reading if self._started else None
        if reading is not None and not isinstance(self.root.focus_get(), ttk.Scale):
            self._select(self.session.selected % max(len(reading.digits), 1) + by)

    def _set_live(self, live: bool) -> None:
        def change(session: Session) -> None:
            session.live = live
            if live and not session.empty:
                session.read()

        self.settings = replace(self.settings, live=live)
        self._do(change)

    def set_erasing(self, erasing: bool) -> None:
        """Let the left button erase, or draw."""
        self.canvas.erasing = erasing
        self.controls.eraser.state(["selected" if erasing else "!selected"])
        self.canvas.area.configure(cursor="dotbox" if erasing else "pencil")

    def _set_pen(self, width: float) -> None:
        self.settings = replace(self.settings, pen=width)
        self.canvas.pen_width = self.look.scale * width

    def open(self) -> None:
        """Ask for a picture or strokes, and open them."""
        if path := dialogs.ask_open(self.root):
            self._do(lambda session: session.open(path))

    def save(self) -> None:
        """Ask where to save the drawing, and save it there."""
        if not self._started:
            return
        if self.session.empty or self.session.picture is not None:
            self._do(lambda session: session.save(Path("drawing.png")))  # says why not
        elif path := dialogs.ask_save(self.root):
            self._do(lambda session: session.save(path))

    def paste(self) -> None:
        """Open the picture that is in the clipboard, or the file that it names."""
        found = dialogs.clipboard(self.root)
        if found is None:
            self._tell("There is no picture in the clipboard.")
        else:
            self._do(lambda session: session.open(found))

    def choose_model(self) -> None:
        """Ask for a weights file to read with."""
        self._ask_model("Choose a network", compare=False)

    def compare(self) -> None:
        """Ask for a weights file to compare with."""
        self._ask_model("Compare with another network", compare=True)

    def _ask_model(self, title: str, *, compare: bool) -> None:
        if not self._started:
            return
        use = self.session.compare_with if compare else self.session.choose_model
        folder = self.session.models[0].parent if self.session.models else Path.cwd()
        if path := dialogs.ask_model(self.root, title, folder):
            self._do(lambda _: use(path))

    def choose_shipped(self) -> None:
        """Read with the network that ships with the package."""
        from digitrec.storage.resources import shipped_checkpoint

        self._do(lambda session: session.choose_model(shipped_checkpoint()))

    def _drop(self, path: Path) -> None:
        self._do(lambda session: session.drop_model(path))

    def keys(self) -> None:
        """Show what the keys do."""
        dialogs.show_keys(self.root, self.look)

    def flip_theme(self) -> None:
        """Change between light and dark."""
        theme = "light" if self.settings.theme == "dark" else "dark"
        self._rebuild(replace(self.settings, theme=theme))

    def zoom(self, step: int) -> None:
        """Make all there is larger (1) or smaller (-1), or as it usually is (0)."""
        place = ZOOMS.index(self.settings.zoom) + step if step else ZOOMS.index(1.0)
        zoom = ZOOMS[min(max(place, 0), len(ZOOMS) - 1)]
        if zoom != self.settings.zoom:
            self._rebuild(replace(self.settings, zoom=zoom))

    def _rebuild(self, changed: Settings) -> None:
        self.player.stop()
        before, self.settings = self.settings, changed
        self.main.destroy()
        self.look.release()
        self._build()
        self.root.focus_set()  # what had it is gone, and keys would do nothing
        screen = self.root.winfo_screenwidth(), self.root.winfo_screenheight()
        needed = self.main.winfo_reqwidth(), self.main.winfo_reqheight()
        if changed.zoom > before.zoom and (needed[0] > screen[0] or needed[1] > screen[1]):
            self._rebuild(before)
            self._tell("The screen has no room for more.")

    def _tell(self, text: str) -> None:
        def tell(session: Session) -> None:
            session.message = Message(text, "warning")

        self._do(tell)

    def replay(self) -> None:
        """Draw the drawing once more, as it was drawn."""
        if not self._started:
            return
        if self.session.drawing.strokes:
            self.canvas.area.delete("box")
            self.player.play(list(self.session.drawing.strokes))
        else:
            self._tell("Nothing is drawn yet that could be replayed.")

    # --- what is shown ------------------------------------------------------------------------

    # What is shown now.
    _photo_of: Any = None
    _named: tuple[str, ...] | None = None

    def refresh(self) -> None:
        """Show what stands in the session, and look again while something is under way."""
        session, canvas = self.session, self.canvas
        names = [model_name(path) for path in session.models]
        if tuple(names) != self._named:
            self._named = tuple(names)
            self.root.title(f"{names[0]} – digitrec" if names else "digitrec")  # noqa: RUF001
            name = shortened(names[0]) if names else "No network"
            self.menus.model.configure(text=f"{name} ▾")
            self.model_panel.show(session.models, names, session.reading)
            self._keep_room()
        if not self.player.playing and not canvas.drawing_now:
            canvas.show_strokes(session.drawing.strokes)
            canvas.show_hint(session.empty)
            if session.picture is not self._photo_of:
                self._photo_of = session.picture
                canvas.show_picture(session.picture)
            canvas.show_boxes(session.reading.digits if session.reading else (), session.selected)
        several = session.reading is not None and len(session.reading.digits) > 1
        place = session.selected % len(session.reading.digits) + 1 if several else None  # type: ignore[union-attr]
        self.answer.show(session.reading, session.selected)
        self.model_panel.show(session.models, names, session.reading)
        self.labels.show(session.label, place)
        self.labels.show_kept(
            session.stored,
            lacking=session.learning.lacking(session.stored),
            learning=session.learning.running,
        )
        self.controls.show(
            undoable=session.drawing.undoable,
            redoable=session.drawing.redoable,
            clearable=not session.empty,
        )
        self.foot.show(session.message, offer=session.model_failed)
        self._wake()
        if not self._settling and session.models:
            self._settling = self.root.after(SETTLE, self._settle)

    def _settle(self) -> None:
        self._settling = ""
        if not self.player.playing:
            self.canvas.settle()

    def _wake(self) -> None:
        if not self._polling and self.session.busy:
            wait = POLL_LOADING if self.session.loading else POLL
            self._polling = self.root.after(wait, self._poll)

    def _poll(self) -> None:
        self._polling = ""
        if self.session.poll():
            self.refresh()
        self._wake()

    def _beat(self) -> None:
        """Give Python a moment now and then to mind Ctrl-C, and hear what has been learnt."""
        self._beating = self.root.after(300, self._beat)
        if self._started and self.session.learning.running and self.session.poll():
            self.refresh()

    def _failed(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Say in words what should not have happened; called by Tk."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.close()
            return
        self.failures.append(error)
        text = f"This should not have happened: {kind.__name__}: {error}"
        offer = self._started and self.session.model_failed
        self.foot.show(Message(" ".join(text.split()), "error"), offer=offer)

    def close(self) -> None:
        """Remember how the window is, finish storing, and go."""
        if self.closed:
            return
        self.closed = True
        self.player.stop()
        kept = replace(self.settings, geometry=self.root.geometry())
        for pending in (self._polling, self._settling, self._beating):
            if pending:
                self.root.after_cancel(pending)
        self.root.withdraw()
        try:
            if self._settings_file is not None:
                settings.save(self._settings_file, kept)
        except OSError:
            pass  # the next window opens as the first did; no drawing is lost by it
        finally:
            if self._started:
                self.session.close()
            self.main.destroy()
            self.look.release()
            self.root.destroy()
