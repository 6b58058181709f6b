"""The window: it shows what stands in the session, and passes on what a person does."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tkinter import ttk
from types import TracebackType
from typing import Any

from digitrec.gui import dialogs, settings
from digitrec.gui.answer import AnswerPanel
from digitrec.gui.canvas import Canvas, Pen
from digitrec.gui.controls import Actions, Controls
from digitrec.gui.labels import LabelPanel
from digitrec.gui.look import Look
from digitrec.gui.messages import Message
from digitrec.gui.models import ModelActions, ModelPanel, shortened
from digitrec.gui.replay import due, timetable
from digitrec.gui.session import Session, model_name
from digitrec.gui.settings import ZOOMS, Settings
from digitrec.ink import Stroke

__all__ = ["Window"]

TIP = "The right button erases. The keys 0 to 9 say what it was. F1 shows all keys."
FIRST_SIZE = 900, 640  # pixels of a screen of 96 dots an inch
POLL, POLL_LOADING = 4, 15  # milliseconds between two looks at what the threads have done
SETTLE = 60  # milliseconds after which lines become pixels
FRAME = 16  # milliseconds between two frames of a replay


class Window:
    """All that is in the window. Tk's own thread makes it and calls it."""

    def __init__(
        self, root: tk.Tk, session: Session, kept: Settings, settings_file: Path | None = None
    ) -> None:
        self.root, self.session, self.settings = root, session, kept
        self._settings_file = settings_file
        self._polling = self._settling = self._replaying = ""
        self.failures: list[BaseException] = []
        """Errors that should not have happened; the message tells of the last."""
        self.closed = False
        root.report_callback_exception = self._failed
        root.protocol("WM_DELETE_WINDOW", self.close)
        self._build()
        root.geometry(self._first_geometry())
        self._bind()
        self._beat()

    # --- what is in it ------------------------------------------------------------------------

    def _build(self) -> None:
        """Make all widgets; made anew when the theme or the size of all changes."""
        root, session, px = self.root, self.session, self._make_look()
        self.main = ttk.Frame(root, padding=px(14))
        self.main.pack(fill="both", expand=True)
        self.main.columnconfigure(0, weight=1)
        self.main.rowconfigure(0, weight=1)

        pen = Pen(self._stroke, self._sketch, self._erase, self._resize)
        self.canvas = Canvas(self.main, self.look, session.drawing, pen)
        self.canvas.grid(row=0, column=0, sticky="nsew")
        self.controls = Controls(
            self.main,
            self.look,
            Actions(
                undo=self._does(session.undo),
                redo=self._does(session.redo),
                clear=self._does(session.clear),
                recognize=self._does(session.read),
                live=self._set_live,
                erase=self._set_erasing,
                pen=self._set_pen,
            ),
            pen=self.settings.pen,
            live=session.live,
        )
        self.controls.grid(row=1, column=0, sticky="ew", pady=(px(8), 0))

        side = ttk.Frame(self.main)
        side.grid(row=0, column=1, rowspan=2, sticky="nsew", padx=(px(18), 0))
        side.rowconfigure(1, weight=1)
        side.columnconfigure(0, weight=1)
        self._build_menus(side).grid(row=0, column=0, sticky="ew", pady=(0, px(6)))
        self.answer = AnswerPanel(side, self.look, self._select)
        self.answer.grid(row=1, column=0, sticky="nsew")
        self.model_panel = ModelPanel(
            side, self.look, ModelActions(self.choose_model, self.compare, self._drop)
        )
        self.model_panel.grid(row=2, column=0, sticky="ew", pady=(px(8), 0))
        self.labels = LabelPanel(side, self.look, self._say)
        self.labels.grid(row=3, column=0, sticky="ew", pady=(px(10), 0))

        foot = ttk.Frame(self.main)
        foot.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(px(10), 0))
        foot.columnconfigure(0, weight=1)
        self.message = ttk.Label(foot, anchor="w")
        self.message.grid(row=0, column=0, sticky="ew")
        self.message.bind(
            "<Configure>", lambda event: self.message.configure(wraplength=event.width)
        )
        self.choose_another = ttk.Button(
            foot, text="Choose another network …", command=self.choose_model
        )
        self.choose_another.grid(row=0, column=1, padx=(px(10), 0))
        # Its row is as high as the button, whether that is there or not: nothing jumps.
        foot.rowconfigure(0, minsize=self.choose_another.winfo_reqheight())
        self.choose_another.grid_remove()

        self.refresh()
        root.update_idletasks()
        root.minsize(self.main.winfo_reqwidth(), self.main.winfo_reqheight())

    def _make_look(self) -> Callable[[float], int]:
        self.look = Look(self.root, self.settings.theme, self.settings.zoom)
        return self.look.px

    def _build_menus(self, master: tk.Misc) -> ttk.Frame:
        row = ttk.Frame(master)
        row.columnconfigure(0, weight=1)
        self.model_button = ttk.Menubutton(row)
        models = self._menu(self.model_button)
        models.add_command(label="Choose another …", command=self.choose_model)
        models.add_command(label="Compare with …", command=self.compare)
        models.add_command(label="The one that ships", command=self._choose_shipped)
        self.model_button.grid(row=0, column=0, sticky="w")
        button = ttk.Menubutton(row, text="Menu ▾")
        button.grid(row=0, column=1, sticky="e")
        command = "⌘" if self.root.tk.call("tk", "windowingsystem") == "aqua" else "Ctrl-"
        menu = self._menu(button)
        entries: list[tuple[str, str, Callable[[], Any]] | None] = [
            ("Open …", f"{command}O", self.open),
            ("Paste", f"{command}V", self.paste),
            ("Save …", f"{command}S", self.save),
            ("Replay", f"{command}R", self.replay),
            None,
            ("Dark" if self.settings.theme == "light" else "Light", f"{command}D", self.flip_theme),
            ("Larger", f"{command}+", lambda: self.zoom(1)),
            ("Smaller", f"{command}-", lambda: self.zoom(-1)),
            None,
            ("Keys", "F1", self.keys),
            ("Quit", f"{command}Q", self.close),
        ]
        for entry in entries:
            if entry is None:
                menu.add_separator()
            else:
                menu.add_command(label=entry[0], accelerator=entry[1], command=entry[2])
        return row

    def _menu(self, button: ttk.Menubutton) -> tk.Menu:
        colours = self.look.colours
        menu = tk.Menu(
            button,
            tearoff=False,
            font="TkMenuFont",
            background=colours.paper,
            foreground=colours.text,
            activebackground=colours.accent,
            activeforeground=colours.window,
            activeborderwidth=self.look.px(3),
            borderwidth=1,
            relief="solid",
        )
        button.configure(menu=menu)
        return menu

    def _first_geometry(self) -> str:
        """Return the size and place of last time, where they are on this screen; else the first."""
        root = self.root
        screen = root.winfo_screenwidth(), root.winfo_screenheight()
        size, _, place = self.settings.geometry.partition("+")
        x, _, y = place.partition("+")
        if x.isdigit() and y.isdigit() and int(x) < screen[0] - 50 and int(y) < screen[1] - 50:
            return self.settings.geometry
        if not size:
            width, height = (
                min(self.look.px(a), b) for a, b in zip(FIRST_SIZE, screen, strict=True)
            )
            size = f"{width}x{height}"
        return size

    def _bind(self) -> None:
        root = self.root
        control = "Command" if root.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        plain: dict[str, Callable[[], Any]] = {
            "<Return>": self._does(self.session.read),
            "<KP_Enter>": self._does(self.session.read),
            "<Escape>": self._does(self.session.clear),
            "<F1>": self.keys,
            "<Key-e>": lambda: self._set_erasing(not self.canvas.erasing),
            "<Left>": lambda: self._step(-1),
            "<Right>": lambda: self._step(1),
        }
        with_control: dict[str, Callable[[], Any]] = {
            "z": self._does(self.session.undo),
            "Shift-Z": self._does(self.session.redo),
            "Shift-z": self._does(self.session.redo),
            "y": self._does(self.session.redo),
            "o": self.open,
            "v": self.paste,
            "s": self.save,
            "r": self.replay,
            "m": self.choose_model,
            "d": self.flip_theme,
            "plus": lambda: self.zoom(1),
            "equal": lambda: self.zoom(1),
            "KP_Add": lambda: self.zoom(1),
            "minus": lambda: self.zoom(-1),
            "KP_Subtract": lambda: self.zoom(-1),
            "0": lambda: self.zoom(0),
            "q": self.close,
        }
        keys = plain | {f"<{control}-{key}>": action for key, action in with_control.items()}
        for key, action in keys.items():
            root.bind(key, lambda _, action=action: action())  # type: ignore[misc]
        for digit in range(10):
            for key in (f"<Key-{digit}>", f"<KP_{digit}>"):
                root.bind(key, lambda _, digit=digit: self._say(digit))  # type: ignore[misc]

    # --- what a person does -------------------------------------------------------------------

    def _does(self, action: Callable[[], Any]) -> Callable[[], None]:
        def do() -> None:
            self._stop_replay()
            action()
            self.refresh()

        return do

    def _stroke(self, stroke: Stroke) -> None:
        self._does(lambda: self.session.add(stroke))()

    def _sketch(self, stroke: Stroke) -> None:
        self.session.sketch(stroke)
        self._wake()

    def _erase(self, strokes: Sequence[Stroke]) -> None:
        self._does(lambda: self.session.erase(strokes))()

    def _resize(self, width: int, height: int) -> None:
        self.session.resize(width, height)
        self._photo_of = None
        self.refresh()

    def _say(self, digit: int) -> None:
        self._does(lambda: self.session.say_it_was(digit))()

    def _select(self, index: int) -> None:
        self._does(lambda: self.session.select(index))()

    def _step(self, by: int) -> None:
        reading = self.session.reading
        if reading is not None and not isinstance(self.root.focus_get(), ttk.Scale):
            self._select(self.session.selected % max(len(reading.digits), 1) + by)

    def _set_live(self, live: bool) -> None:
        self.session.live = live
        self.settings = replace(self.settings, live=live)
        if live and not self.session.empty:
            self.session.read()
        self.refresh()

    def _set_erasing(self, erasing: bool) -> None:
        self.canvas.erasing = erasing
        self.controls.erasing.set(erasing)
        self.canvas.area.configure(cursor="dotbox" if erasing else "pencil")

    def _set_pen(self, width: float) -> None:
        self.settings = replace(self.settings, pen=width)
        self.canvas.pen_width = self.look.scale * width

    def open(self) -> None:
        """Ask for a picture or strokes, and open them."""
        if path := dialogs.ask_open(self.root):
            self._does(lambda: self.session.open(path))()

    def save(self) -> None:
        """Ask where to save the drawing, and save it there."""
        if self.session.empty or self.session.picture is not None:
            self._does(lambda: self.session.save(Path("drawing.png")))()  # says why not
        elif path := dialogs.ask_save(self.root):
            self._does(lambda: self.session.save(path))()

    def paste(self) -> None:
        """Open the picture that is in the clipboard, or the file that it names."""
        found = dialogs.clipboard(self.root)
        if found is None:
            self.session.message = Message("There is no picture in the clipboard.", "warning")
            self.refresh()
        else:
            self._does(lambda: self.session.open(found))()

    def choose_model(self) -> None:
        """Ask for a weights file to read with."""
        self._ask_model("Choose a network", self.session.choose_model)

    def compare(self) -> None:
        """Ask for a weights file to compare with."""
        self._ask_model("Compare with another network", self.session.compare_with)

    def _ask_model(self, title: str, use: Callable[[Path], None]) -> None:
        folder = self.session.models[0].parent if self.session.models else Path.cwd()
        if path := dialogs.ask_model(self.root, title, folder):
            self._does(lambda: use(path))()

    def _choose_shipped(self) -> None:
        from digitrec.resources import shipped_checkpoint

        self._does(lambda: self.session.choose_model(shipped_checkpoint()))()

    def _drop(self, path: Path) -> None:
        self._does(lambda: self.session.drop_model(path))()

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
        self._stop_replay()
        before, self.settings = self.settings, changed
        self.main.destroy()
        self._build()
        screen = self.root.winfo_screenwidth(), self.root.winfo_screenheight()
        needed = self.main.winfo_reqwidth(), self.main.winfo_reqheight()
        if changed.zoom > before.zoom and (needed[0] > screen[0] or needed[1] > screen[1]):
            self._rebuild(before)
            self.session.message = Message("The screen has no room for more.", "warning")
            self.refresh()

    # --- replay -------------------------------------------------------------------------------

    def replay(self) -> None:
        """Draw the drawing once more, as it was drawn."""
        self._stop_replay()
        strokes = list(self.session.drawing.strokes)
        if not strokes:
            self.session.message = Message(
                "Nothing is drawn yet that could be replayed.", "warning"
            )
            self.refresh()
            return
        table, began = timetable(strokes), time.perf_counter()

        def frame() -> None:
            seconds = time.perf_counter() - began
            if seconds >= table[-1][-1] or self.canvas.drawing_now:
                self._stop_replay()
                self.refresh()
                return
            self.canvas.area.delete("box")
            self.canvas.show_strokes(due(strokes, table, seconds))
            self._replaying = self.root.after(FRAME, frame)

        frame()

    def _stop_replay(self) -> None:
        if self._replaying:
            self.root.after_cancel(self._replaying)
            self._replaying = ""

    # --- what is shown ------------------------------------------------------------------------

    _photo_of: Any = None

    def refresh(self) -> None:
        """Show what stands in the session, and look again while something is under way."""
        session, canvas = self.session, self.canvas
        names = [model_name(path) for path in session.models]
        title = f"{names[0]} – digitrec" if names else "digitrec"  # noqa: RUF001
        if self.root.title() != title:
            self.root.title(title)
        self.model_button.configure(text=f"{shortened(names[0]) if names else 'No network'} ▾")
        if not self._replaying and not canvas.drawing_now:
            canvas.show_strokes(session.drawing.strokes)
            canvas.show_hint(session.empty)
            canvas.show_boxes(session.reading.digits if session.reading else (), session.selected)
        if session.picture is not self._photo_of:
            self._photo_of = session.picture
            canvas.show_picture(session.picture)
        several = session.reading is not None and len(session.reading.digits) > 1
        place = session.selected % len(session.reading.digits) + 1 if several else None  # type: ignore[union-attr]
        self.answer.show(session.reading, session.selected)
        self.model_panel.show(session.models, names, session.reading)
        self.labels.show(session.label, session.stored, place)
        self.controls.show(
            undoable=session.drawing.undoable,
            redoable=session.drawing.redoable,
            clearable=not session.empty,
        )
        said = session.message
        self.message.configure(text=said.text or TIP, style=f"{said.tone}.TLabel")
        if session.model_failed:
            self.choose_another.grid()
        else:
            self.choose_another.grid_remove()
        self._wake()
        if not self._settling and session.models:
            self._settling = self.root.after(SETTLE, self._settle)

    def _settle(self) -> None:
        self._settling = ""
        if not self._replaying:
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
        """Give Python a moment now and then, in which it minds Ctrl-C on the terminal."""
        self._beating = self.root.after(300, self._beat)

    def _failed(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Say in words what should not have happened; called by Tk."""
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.close()
            return
        self.failures.append(error)
        text = f"This should not have happened: {kind.__name__}: {error}"
        self.session.message = Message(" ".join(text.split()), "error")
        self.message.configure(text=self.session.message.text, style="error.TLabel")

    def close(self) -> None:
        """Remember how the window is, finish storing, and go."""
        if self.closed:
            return
        self.closed = True
        kept = replace(self.settings, geometry=self.root.geometry())
        for pending in (self._polling, self._settling, self._replaying, self._beating):
            if pending:
                self.root.after_cancel(pending)
        self.root.withdraw()
        try:
            if self._settings_file is not None:
                settings.save(self._settings_file, kept)
        except OSError:
            pass  # the next window opens as the first did; no drawing is lost by it
        finally:
            self.session.close()
            self.root.destroy()
