"""The canvas: where one draws, and where boxes mark the digits that were read.

What is drawn are strokes. While the pen is down they are shown as Tk's lines, softened by a fainter
and wider line below; as soon as there is time they are shown as the very pixels that
`digitrec.drawing.strokes` makes of them.

The right button is an eraser. It takes away whole strokes, all that it touches between its going
down and up, as one step that undo takes back: part of a stroke cannot be erased, for a stroke is
what a pen drew from down to up, with its times, and half of one is nothing that anybody wrote.
"""

from __future__ import annotations

import math
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from digitrec.gui.look import Look, mix, release

# The window is there to see before NumPy is imported, and what is built on it: in functions.
if TYPE_CHECKING:
    from PIL import Image

    from digitrec.drawing.strokes import Drawing, Stroke
    from digitrec.recognition.results import Digit

__all__ = ["Canvas", "Pen"]

SKETCH_SECONDS = 0.08  # from one reading of an unfinished stroke to the next
SMALLEST = 320  # pixels of each side
HINT = "Draw a digit here, or a number"

Point = tuple[float, float, float]  # x, y, seconds


class Pen:
    """What a person does on the canvas is told to these."""

    def __init__(
        self,
        stroke: Callable[[Stroke], None],
        sketch: Callable[[Stroke], None],
        erase: Callable[[Sequence[Stroke]], None],
        resize: Callable[[int, int], None],
    ) -> None:
        self.stroke, self.sketch, self.erase, self.resize = stroke, sketch, erase, resize


class Canvas(tk.Frame):
    """A canvas that keeps no drawing of its own: it shows one, and tells what the pen does."""

    drawing: Drawing

    def __init__(self, master: tk.Misc, look: Look, pen: Pen) -> None:
        super().__init__(master, background=look.colours.line, padx=1, pady=1)
        self.look, self._pen = look, pen
        self.pen_width = 16.0
        self.erasing = False
        """Whether the left button erases too."""
        self._points: list[Point] = []
        self._began = 0.0  # when this drawing was begun
        self._sketched = 0.0
        self._eraser: list[tuple[float, float]] = []
        self._rubbed: dict[int, Stroke] = {}
        self._fresh: dict[int, Stroke] = {}  # shown as lines, not yet as pixels
        self._shown: list[Stroke] = []
        self._photo: Any = None
        self._view = (1.0, 0.0, 0.0)  # of what has boxes: its scale, and its corner on the canvas
        self.area = tk.Canvas(
            self,
            background=look.colours.paper,
            highlightthickness=0,
            borderwidth=0,
            cursor="pencil",
            takefocus=True,
            width=SMALLEST,
            height=SMALLEST,
        )
        self.area.pack(fill="both", expand=True)
        self._paper = tk.PhotoImage(master=self, width=1, height=1)
        self.area.create_image(0, 0, image=self._paper, anchor="nw", tags="paper")
        # Until it is started it shows but its hint.
        self.area.bind("<Configure>", lambda _: self.show_hint(True))

    def destroy(self) -> None:
        """Go, and take the pictures along."""
        super().destroy()
        release(self._paper, self._photo)
        self._photo = None

    def start(self, drawing: Drawing) -> None:
        """Draw on this from now on."""
        self.drawing = drawing
        self._bind()
        self._resized(self.area.winfo_width(), self.area.winfo_height())

    def _bind(self) -> None:
        area, aqua = self.area, self.tk.call("tk", "windowingsystem") == "aqua"
        area.bind("<ButtonPress-1>", self._down)
        area.bind("<B1-Motion>", self._move)
        area.bind("<ButtonRelease-1>", self._up)
        for button in (2, 3) if aqua else (3,):
            area.bind(f"<ButtonPress-{button}>", self._rub)
            area.bind(f"<B{button}-Motion>", self._rub)
            area.bind(f"<ButtonRelease-{button}>", self._rubbed_out)
        area.bind("<Configure>", lambda event: self._resized(event.width, event.height))
        area.bind("<FocusIn>", lambda _: self.configure(background=self.look.colours.accent))
        area.bind("<FocusOut>", lambda _: self.configure(background=self.look.colours.line))

    @property
    def drawing_now(self) -> bool:
        """Whether the pen or the eraser is down."""
        return bool(self._points or self._eraser)

    # --- the pen ------------------------------------------------------------------------------

    def _down(self, event: tk.Event[tk.Canvas]) -> None:
        self.area.focus_set()
        if self.erasing:
            self._rub(event)
            return
        self._finish()  # a release that never came, as when a dialog opened
        if not self.drawing.strokes:
            self._began = time.perf_counter()
        self._points = [self._point(event)]
        self.area.delete("hint", "box", "picture")
        self._line(self._points * 2)

    def _move(self, event: tk.Event[tk.Canvas]) -> None:
        if self._eraser:
            self._rub(event)
        if not self._points:
            return
        point = self._point(event)
        if point[:2] == self._points[-1][:2]:
            return
        self._points.append(point)
        self._line(self._points[-2:])
        if point[2] - self._sketched >= SKETCH_SECONDS:
            self._sketched = point[2]
            self._pen.sketch(self._stroke())

    def _up(self, event: tk.Event[tk.Canvas]) -> None:
        if self._eraser:
            self._rubbed_out(event)
        elif self._points:
            self._move(event)
            self._finish()

    def _finish(self) -> None:
        if self._points:
            stroke, self._points = self._stroke(), []
            self.area.itemconfigure("new", tags=("line", f"s{id(stroke)}"))
            self.area.itemconfigure("new-soft", tags=("soft", f"s{id(stroke)}"))
            self._fresh[id(stroke)] = stroke
            self._shown.append(stroke)
            self._pen.stroke(stroke)

    def _stroke(self) -> Stroke:
        import numpy as np

        from digitrec.drawing.strokes import Stroke

        points = np.array(self._points)
        return Stroke(points[:, :2], self.pen_width, points[:, 2])

    def _point(self, event: tk.Event[tk.Canvas]) -> Point:
        # Pixel x covers x to x + 1; the pen's tip is in its middle.
        seconds = time.perf_counter() - self._began
        if self._points:
            seconds = max(seconds, self._points[-1][2])
        return event.x + 0.5, event.y + 0.5, seconds

    def _line(self, points: Sequence[Sequence[float]], tags: Sequence[str] = ("new",)) -> None:
        """Draw a line through points, below it a fainter one that takes the steps off its edge."""
        flat = [value for x, y, *_ in points for value in (x, y)]
        colours, width = self.look.colours, self.pen_width
        style: dict[str, Any] = {"capstyle": "round", "joinstyle": "round"}
        faint = mix(colours.paper, colours.ink, 0.35)
        soft = [f"{tags[0]}-soft" if tags[0] == "new" else "soft", *tags[1:]]
        self.area.create_line(*flat, width=width + 1, fill=faint, tags=soft, **style)
        self.area.create_line(
            *flat, width=max(width - 1, 1), fill=colours.ink, tags=tuple(tags), **style
        )
        self.area.tag_lower(soft[0])
        self.area.tag_lower("paper")

    # --- the eraser ---------------------------------------------------------------------------

    def _rub(self, event: tk.Event[tk.Canvas]) -> None:
        import numpy as np

        from digitrec.drawing.eraser import strokes_touched

        self._finish()
        self._eraser.append((event.x + 0.5, event.y + 0.5))
        path = np.array(self._eraser[-2:])
        left = [stroke for stroke in self.drawing.strokes if id(stroke) not in self._rubbed]
        met = strokes_touched(left, path, self.look.px(6))
        if met:
            self._rubbed |= {id(stroke): stroke for stroke in met}
            self._repaint([stroke for stroke in left if id(stroke) not in self._rubbed])

    def _rubbed_out(self, event: tk.Event[tk.Canvas]) -> None:
        rubbed = list(self._rubbed.values())
        self._eraser, self._rubbed = [], {}
        if rubbed:
            self._pen.erase(rubbed)

    # --- what is shown ------------------------------------------------------------------------

    def show_strokes(self, strokes: Sequence[Stroke]) -> None:
        """Show these strokes, if others are shown."""
        if [*map(id, strokes)] != [*map(id, self._shown)]:
            self._repaint(strokes)

    def settle(self) -> None:
        """Show as pixels what is shown as lines; a moment's work for what was just drawn."""
        if not self._fresh or self.drawing_now:
            return
        left, top, right, bottom = zip(*(s.box for s in self._fresh.values()), strict=True)
        self._paint(min(left) - 1, min(top) - 1, max(right) + 1, max(bottom) + 1)
        self._fresh.clear()
        self.area.delete("line", "soft")

    def _repaint(self, strokes: Sequence[Stroke]) -> None:
        """Show all strokes as lines, to be settled when there is time."""
        self.area.delete("line", "soft")
        self._paper.blank()
        self._shown = list(strokes)
        self._fresh = {id(stroke): stroke for stroke in strokes}
        width = self.pen_width
        for stroke in strokes:
            self.pen_width = stroke.width
            points = stroke.points.tolist()
            self._line(points if len(points) > 1 else points * 2, ("line", f"s{id(stroke)}"))
        self.pen_width = width

    def _paint(self, left: float, top: float, right: float, bottom: float) -> None:
        """Put the ink's own pixels where the box is."""
        from digitrec.drawing.rasterise import rasterise
        from digitrec.drawing.strokes import Stroke
        from digitrec.gui.pixels import coloured, ppm

        x, y = max(math.floor(left), 0), max(math.floor(top), 0)
        width = min(math.ceil(right), self.drawing.width) - x
        height = min(math.ceil(bottom), self.drawing.height) - y
        if width < 1 or height < 1:
            return
        moved = [
            Stroke(stroke.points - (x, y), stroke.width)
            for stroke in self._shown
            if stroke.box[0] < x + width
            and stroke.box[2] > x
            and stroke.box[1] < y + height
            and stroke.box[3] > y
        ]
        colours = self.look.colours
        ink = coloured(rasterise(moved, width, height), colours.paper, colours.ink)
        self._paper.put(ppm(ink), to=(x, y))

    def _resized(self, width: int, height: int) -> None:
        self._paper.configure(width=width, height=height)
        self._pen.resize(width, height)
        self._repaint(self._shown)

    def show_picture(self, picture: Image.Image | None) -> None:
        """Show a picture in the middle, as large as there is room for; None shows none."""
        self.area.delete("picture")
        release(self._photo)
        self._photo = None
        self._view = (1.0, 0.0, 0.0)
        if picture is None:
            return
        from PIL import Image, ImageTk

        room = self.area.winfo_width(), self.area.winfo_height()
        scale = min(room[0] / picture.width, room[1] / picture.height) * 0.96
        size = [max(1, round(side * scale)) for side in picture.size]
        how = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
        self._view = (scale, (room[0] - size[0]) / 2, (room[1] - size[1]) / 2)
        shown = picture.convert("RGBA").resize((size[0], size[1]), how)
        white = Image.new("RGBA", shown.size, "white")
        self._photo = ImageTk.PhotoImage(Image.alpha_composite(white, shown), master=self)
        self.area.create_image(room[0] // 2, room[1] // 2, image=self._photo, tags="picture")

    def show_hint(self, shown: bool) -> None:
        """Say on the empty canvas what it is for."""
        self.area.delete("hint")
        if shown and not self.drawing_now:
            self.area.create_text(
                self.area.winfo_width() // 2,
                self.area.winfo_height() // 2,
                text=HINT,
                font=self.look.font(17),
                fill=mix(self.look.colours.paper, self.look.colours.muted, 0.75),
                width=self.area.winfo_width() - self.look.px(40),
                justify="center",
                tags="hint",
            )

    def show_boxes(self, digits: Sequence[Digit], selected: int) -> None:
        """Mark the digits of a number; a single digit needs no box."""
        self.area.delete("box")
        if len(digits) < 2 or self.drawing_now:
            return
        for index, digit in enumerate(digits):
            if digit.box is not None:
                self._box(digit, index == selected % len(digits))

    def _box(self, digit: Digit, selected: bool) -> None:
        assert digit.box is not None
        colours, px = self.look.colours, self.look.px
        read = digit.prediction.digit is not None
        colour = colours.warning if not read else colours.accent
        if read and not selected:
            colour = mix(colours.paper, colours.accent, 0.55)
        room = (self.area.winfo_width() - px(3), self.area.winfo_height() - px(3))
        gap = px(5)
        scale, *corner = self._view
        box = [value * scale + corner[i % 2] for i, value in enumerate(digit.box)]
        left, top = (max(value - gap, px(2)) for value in box[:2])
        right, bottom = (min(value + gap, most) for value, most in zip(box[2:], room, strict=True))
        self.area.create_rectangle(
            left,
            top,
            right,
            bottom,
            outline=colour,
            width=px(2) if selected else px(1),
            dash=() if read else (4, 3),
            tags="box",
        )
        above = top > px(22)
        self.area.create_text(
            left + px(1),
            top - px(2) if above else bottom + px(2),
            text=digit.prediction.text or "?",
            anchor="sw" if above else "nw",
            font=self.look.font(14, "bold"),
            fill=colour,
            tags="box",
        )
