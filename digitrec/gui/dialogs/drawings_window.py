"""The window "My drawings": view corrected drawings, correct labels, let the network learn."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from digitrec.gui.theme import Theme
from digitrec.gui.tk_images import coloured_ppm, delete_images

if TYPE_CHECKING:
    from digitrec.gui.session.corrected_drawings import CorrectedDrawings, ShownDrawing
    from digitrec.gui.session.session import Session

__all__ = ["DrawingsActions", "DrawingsWindow"]

SIZE = 620, 560  # of the window, in pixels of a screen of 96 dpi
SIDE = 28  # pixels of a thumbnail
HINT = (
    "These are your drawings, sorted by label. Click on one to change it, or select it with the "
    "arrow keys. An orange frame means that it looks like another digit to the network."
)
NOTHING = "No drawings yet. Draw a digit, then press the digit you meant."
PRACTICE = "The network is learning from your drawings. You can keep drawing."


@dataclass(frozen=True)
class DrawingsActions:
    """What the buttons of a `DrawingsWindow` call."""

    relabel: Callable[[int, int], None]
    remove: Callable[[int], None]
    undo: Callable[[], None]
    learn: Callable[[], None]
    use: Callable[[], None]
    discard: Callable[[], None]
    closed: Callable[[], None]


class DrawingsWindow(tk.Toplevel):
    """Shows the corrected drawings by their labels, and the result of learning from them.

    Attributes:
        selected: Key of the drawing that was clicked on. None if none was.
        places: Where each drawing is shown: its key, and its upper left corner on `area`.
    """

    def __init__(self, root: tk.Tk, theme: Theme, actions: DrawingsActions) -> None:
        super().__init__(root, background=theme.colours.window)
        self.title("My drawings")
        self.transient(root)
        self.theme, self._actions = theme, actions
        self.selected: int | None = None
        self.places: list[tuple[int, int, int]] = []
        self._images: list[tk.PhotoImage] = []
        self._corrected: CorrectedDrawings | None = None
        self._drawn: object = None
        px = theme.px
        self._zoom = max(1, px(42) // SIDE)
        self._cell = SIDE * self._zoom + px(8)
        frame = ttk.Frame(self, padding=px(12))
        frame.pack(fill="both", expand=True)
        frame.columnconfigure(0, weight=1)
        frame.rowconfigure(1, weight=1)
        hint = _wrapped(ttk.Label(frame, text=HINT))
        hint.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, px(8)))
        self._build_area(frame)
        self._build_change(frame).grid(row=2, column=0, columnspan=2, sticky="ew", pady=px(8))
        self._build_learning(frame).grid(row=3, column=0, columnspan=2, sticky="ew")
        self.place_of_file = _wrapped(ttk.Label(frame, style="Muted.TLabel"))
        self.place_of_file.grid(row=4, column=0, columnspan=2, sticky="ew", pady=(px(8), 0))
        self._bind_keys()
        width = min(px(SIZE[0]), root.winfo_screenwidth())
        height = min(px(SIZE[1]), root.winfo_screenheight() - px(30))
        self.geometry(f"{width}x{height}")
        self.area.focus_set()

    def _build_area(self, frame: ttk.Frame) -> None:
        """Make the canvas on which the drawings are shown, which can be scrolled."""
        theme, px = self.theme, self.theme.px
        self.area = tk.Canvas(
            frame,
            width=px(320),
            height=px(110),
            background=theme.colours.canvas,
            takefocus=True,
            highlightthickness=px(2),
            highlightbackground=theme.colours.border,
            highlightcolor=theme.colours.accent,
            yscrollincrement=px(12),
        )
        self.area.grid(row=1, column=0, sticky="nsew")
        bar = ttk.Scrollbar(frame, command=self.area.yview)
        bar.grid(row=1, column=1, sticky="ns")
        self.area.configure(yscrollcommand=bar.set)
        self.area.bind("<Configure>", lambda _: self._draw())
        self.area.bind("<Button-1>", self._click)
        for event in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            self.area.bind(event, self._scroll)

    def _bind_keys(self) -> None:
        for key in ("Left", "Right", "Up", "Down", "Home", "End"):
            self.area.bind(f"<{key}>", lambda _, key=key: self._step(key))  # type: ignore[misc]
        self.bind("<Escape>", lambda _: self.destroy())
        self.bind("<Delete>", lambda _: self._remove())
        control = "Command" if self.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        for key in ("z", "Z"):  # with Caps Lock, letters are capitals
            self.bind(f"<{control}-{key}>", lambda _: self._actions.undo())
        for digit in range(10):
            for key in (f"<Key-{digit}>", f"<KP_{digit}>"):
                self.bind(key, lambda _, digit=digit: self._relabel(digit))  # type: ignore[misc]

    def destroy(self) -> None:
        """Close the window, and delete its images."""
        super().destroy()
        delete_images(*self._images)
        self._images = []
        self._actions.closed()

    def _build_change(self, master: tk.Misc) -> ttk.Frame:
        px = self.theme.px
        frame = ttk.Frame(master)
        frame.columnconfigure(0, weight=1)
        self.remark = _wrapped(ttk.Label(frame, style="Strong.TLabel"))
        self.remark.grid(row=0, column=0, sticky="ew", pady=(0, px(4)))
        row = ttk.Frame(frame)
        row.grid(row=1, column=0, sticky="ew")
        ttk.Label(row, text="Call it").grid(row=0, column=0, padx=(0, px(6)))
        self.digits = [
            ttk.Button(
                row,
                text=str(digit),
                width=2,
                style="Digit.TButton",
                command=lambda digit=digit: self._relabel(digit),  # type: ignore[misc]
            )
            for digit in range(10)
        ]
        for digit, button in enumerate(self.digits):
            button.grid(row=0, column=digit + 1, padx=(0, px(3)), sticky="ew")
            row.columnconfigure(digit + 1, weight=1)
        self.remove = ttk.Button(row, text="Remove", command=self._remove)
        self.remove.grid(row=0, column=11, padx=(px(6), px(3)))
        self.undo = ttk.Button(row, text="Undo", command=self._actions.undo)
        self.undo.grid(row=0, column=12)
        return frame

    def _build_learning(self, master: tk.Misc) -> ttk.Frame:
        px = self.theme.px
        frame = ttk.Frame(master)
        frame.columnconfigure(1, weight=1)
        self.learn = ttk.Button(
            frame, text="Learn my writing", style="Accent.TButton", command=self._actions.learn
        )
        self.learn.grid(row=0, column=0, padx=(0, px(10)))
        self.progress = ttk.Progressbar(frame, maximum=1.0)
        self.said = _wrapped(ttk.Label(frame))
        self.said.grid(row=0, column=1, sticky="ew")
        self.progress.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(px(8), 0))
        self.decision = ttk.Frame(frame)
        self.use = ttk.Button(
            self.decision, text="Use it", style="Accent.TButton", command=self._actions.use
        )
        self.use.pack(side="left", padx=(0, px(6)))
        self.discard = ttk.Button(self.decision, text="Discard", command=self._actions.discard)
        self.discard.pack(side="left")
        self.decision.grid(row=1, column=0, columnspan=2, sticky="w", pady=(px(8), 0))
        return frame

    # --- what is shown ------------------------------------------------------------------------

    def show(self, session: Session) -> None:
        """Show the drawings and the learning of a session."""
        self._corrected = corrected = session.corrected
        if corrected.find(self.selected) is None:
            self.selected = None
        state = (corrected.shown, corrected.read, corrected.doubtful, self.selected)
        if self._drawn is None or any(a is not b for a, b in zip(state, self._drawn, strict=True)):  # type: ignore[call-overload]
            self._drawn = state
            self._draw()
        self._show_change(corrected)
        self._show_learning(session)
        text = f"Your drawings are saved in {session.learning.learnt.parent}"
        self.place_of_file.configure(text=text)

    def _show_change(self, corrected: CorrectedDrawings) -> None:
        chosen = corrected.find(self.selected)
        for digit, button in enumerate(self.digits):
            is_label = chosen is not None and chosen.labelled.label == digit
            button.configure(style="Digit.Accent.TButton" if is_label else "Digit.TButton")
        for button in (*self.digits, self.remove):
            button.state(["!disabled" if chosen else "disabled"])
        self.undo.state(["!disabled" if corrected.undoable else "disabled"])
        if chosen is not None:
            text = corrected.remark(chosen)
        elif corrected.shown:
            others = sum(map(corrected.disagrees, corrected.shown))
            text = f"{_count(len(corrected.shown))}."
            if others:
                verb = "looks" if others == 1 else "look"
                text += f" {others} of them {verb} like another digit."
        else:
            text = corrected.unreadable
        said, style = corrected.said, "Strong.TLabel"
        if said.tone == "error":
            text, style = said.text, "error.TLabel"
        elif chosen is None:
            text = f"{said.text} {text}".strip()
        self.remark.configure(text=text, style=style)

    def _show_learning(self, session: Session) -> None:
        learning = session.learning
        lacking = learning.lacking(session.corrected.count)
        outcome = learning.outcome
        if learning.running:
            text, tone = PRACTICE, "info"
        elif outcome is not None:
            text, tone = outcome.text, outcome.tone
        elif lacking is None:
            text, tone = "", "info"
        elif lacking:
            text, tone = f"Keep {_count(lacking, 'more ')} first.", "info"
        else:
            text, tone = "It takes about a minute.", "info"
        self.said.configure(text=text, style=f"{tone}.TLabel")
        self.learn.state(["disabled" if learning.running or lacking != 0 else "!disabled"])
        self.progress.configure(value=learning.process.progress)
        for widget, shown in (
            (self.progress, learning.running),
            (self.decision, learning.candidate is not None),
        ):
            if shown:
                widget.grid()
            else:
                widget.grid_remove()

    def _draw(self) -> None:
        """Draw the thumbnails: a block of rows for each label."""
        corrected = self._corrected
        self.area.delete("all")
        delete_images(*self._images)
        self._images, self.places = [], []
        if corrected is None or corrected.shown is None:
            return
        colours, px, cell = self.theme.colours, self.theme.px, self._cell
        width = self.area.winfo_width()
        left = px(40)
        columns = max((width - left - px(4)) // cell, 1)
        y = px(4)
        if not corrected.shown:
            self.area.create_text(
                width // 2, px(40), text=NOTHING, width=width - px(30),
                font=self.theme.font(14), fill=colours.muted, justify="center",
            )  # fmt: skip
        for label in range(10):
            own = [one for one in corrected.shown if one.labelled.label == label]
            if not own:
                continue
            font, middle = self.theme.font(24, "bold"), y + cell // 2
            self.area.create_text(left // 2, middle, text=str(label), font=font, fill=colours.text)
            self._draw_block(own, left, y, columns)
            y += -(-len(own) // columns) * cell + px(6)
        self.area.configure(scrollregion=(0, 0, width, max(y, self.area.winfo_height())))

    def _draw_block(
        self, drawings: Sequence[ShownDrawing], left: int, top: int, columns: int
    ) -> None:
        """Draw the thumbnails of one label as one image, which is quick, and frames on it."""
        import numpy as np

        cell, side, colours = self._cell, SIDE * self._zoom, self.theme.colours
        rows, gap = -(-len(drawings) // columns), (cell - side) // 2
        ink = np.zeros((rows * cell, min(columns, len(drawings)) * cell), np.uint8)
        for index, one in enumerate(drawings):
            row, column = divmod(index, columns)
            y, x = row * cell + gap, column * cell + gap
            ink[y : y + side, x : x + side] = np.kron(
                one.thumbnail, np.ones((self._zoom, self._zoom), np.uint8)
            )
            self.places.append((one.key, left + column * cell, top + row * cell))
        image = tk.PhotoImage(master=self, data=coloured_ppm(ink, colours.canvas, colours.ink))
        self._images.append(image)
        self.area.create_image(left, top, image=image, anchor="nw")
        assert self._corrected is not None
        for one, (_, x, y) in zip(drawings, self.places[-len(drawings) :], strict=True):
            self._draw_frame(one, x, y)

    def _draw_frame(self, one: ShownDrawing, x: int, y: int) -> None:
        assert self._corrected is not None
        colours, px = self.theme.colours, self.theme.px
        disagrees, selected = self._corrected.disagrees(one), one.key == self.selected
        if not disagrees and not selected:
            return
        style: dict[str, Any] = {
            "outline": colours.accent if selected else colours.warning,
            "width": px(3) if selected else px(2),
        }
        edge = px(2)
        corners = x + edge, y + edge, x + self._cell - edge, y + self._cell - edge
        self.area.create_rectangle(*corners, **style)
        if disagrees:
            self.area.create_text(
                x + self._cell - px(4), y + self._cell - px(3), anchor="se",
                text=f"{self._corrected.read[one.key]}?",
                font=self.theme.font(11, "bold"), fill=colours.warning,
            )  # fmt: skip

    # --- what the user does -------------------------------------------------------------------

    def _click(self, event: tk.Event[tk.Canvas]) -> None:
        self.area.focus_set()
        x, y = self.area.canvasx(event.x), self.area.canvasy(event.y)
        for key, left, top in self.places:
            if left <= x < left + self._cell and top <= y < top + self._cell:
                self._select(None if key == self.selected else key)
                return
        self._select(None)

    def _step(self, key: str) -> None:
        """Select another drawing by a key; the first one if none is selected."""
        if not self.places:
            return
        keys = [place[0] for place in self.places]
        at = keys.index(self.selected) if self.selected in keys else -1
        _, x, y = self.places[at]
        if key in ("Up", "Down") and at >= 0:
            sign = -1 if key == "Up" else 1
            rows = [(sign * (one[2] - y), abs(one[1] - x), one[0]) for one in self.places]
            beyond = [row for row in rows if row[0] > 0]
            self._select(min(beyond)[2] if beyond else self.selected)
        else:
            index = {"Left": max(at - 1, 0), "End": len(keys) - 1, "Home": 0}.get(key, at + 1)
            self._select(keys[min(index, len(keys) - 1)])
        self._scroll_to_selected()

    def _scroll_to_selected(self) -> None:
        [top] = [y for key, _, y in self.places if key == self.selected]
        high = float(self.area.cget("scrollregion").split()[3])
        shown = self.area.canvasy(0), self.area.canvasy(self.area.winfo_height())
        if top < shown[0]:
            self.area.yview_moveto(top / high)
        elif top + self._cell > shown[1]:
            self.area.yview_moveto(
                (top + self._cell + self.theme.px(12) - self.area.winfo_height()) / high
            )

    def _select(self, key: int | None) -> None:
        self.selected = key
        self._draw()
        if self._corrected is not None:
            self._show_change(self._corrected)

    def _relabel(self, digit: int) -> None:
        if self.selected is not None:
            self._actions.relabel(self.selected, digit)

    def _remove(self) -> None:
        if self.selected is not None:
            self._actions.remove(self.selected)

    def _scroll(self, event: tk.Event[tk.Canvas]) -> None:
        up = event.num == 4 or event.delta > 0
        self.area.yview_scroll(-2 if up else 2, "units")


def _count(number: int, more: str = "") -> str:
    return f"1 {more}drawing" if number == 1 else f"{number:,} {more}drawings"


def _wrapped(label: ttk.Label) -> ttk.Label:
    """Let a label break its text where it ends."""
    label.bind("<Configure>", lambda event: label.configure(wraplength=event.width))
    return label
