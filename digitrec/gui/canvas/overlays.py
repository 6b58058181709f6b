"""What the canvas shows beside the strokes: a hint, a picture, and boxes around the digits."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from digitrec.gui.theme import Theme, mix
from digitrec.gui.tk_images import delete_images

# The window is shown before Pillow is imported, so that is done in a function.
if TYPE_CHECKING:
    from PIL import Image

    from digitrec.recognition.results import Digit

__all__ = ["Overlays"]

HINT = "Draw a digit or a number here"
REDUCING_GAP = 2.0  # how many times larger than shown a picture is kept until its last filter


class Overlays:
    """Shows a hint, a picture and boxes on a Tk canvas."""

    def __init__(self, area: tk.Canvas, theme: Theme) -> None:
        self._area, self._theme = area, theme
        self._photo: Any = None
        self._view = (1.0, 0.0, 0.0)  # scale and position on the canvas of what has the boxes
        self._digits: Sequence[Digit] = ()  # those of the boxes, also where a single one has none

    def delete(self) -> None:
        """Delete the picture when the canvas is destroyed."""
        delete_images(self._photo)
        self._photo = None

    def hide(self) -> None:
        """Hide everything."""
        self._area.delete("hint", "box", "picture")

    def hide_boxes(self) -> None:
        """Hide the boxes."""
        self._area.delete("box")

    def show_hint(self, shown: bool) -> None:
        """Show what the empty canvas is for, or hide it."""
        self._area.delete("hint")
        if not shown:
            return
        theme = self._theme
        self._area.create_text(
            self._area.winfo_width() // 2,
            self._area.winfo_height() // 2,
            text=HINT,
            font=theme.font(17),
            fill=mix(theme.colours.canvas, theme.colours.muted, 0.75),
            width=self._area.winfo_width() - theme.px(40),
            justify="center",
            tags="hint",
        )

    def show_picture(self, picture: Image.Image | None) -> None:
        """Show a picture in the centre, as large as the canvas allows. None hides it.

        Args:
            picture: In mode L, RGB or RGBA, whose background is white then.
        """
        self._area.delete("picture")
        delete_images(self._photo)
        self._photo = None
        self._view = (1.0, 0.0, 0.0)
        if picture is None:
            return
        from PIL import Image, ImageTk

        room = self._area.winfo_width(), self._area.winfo_height()
        scale = min(room[0] / picture.width, room[1] / picture.height) * 0.96
        width, height = (max(1, round(side * scale)) for side in picture.size)
        filter_ = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.NEAREST
        self._view = (scale, (room[0] - width) / 2, (room[1] - height) / 2)
        # In its own mode, and first coarsely: a large picture would stop the window for seconds.
        shown = picture.resize((width, height), filter_, reducing_gap=REDUCING_GAP)
        if shown.mode == "RGBA":
            shown = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)
        self._photo = ImageTk.PhotoImage(shown, master=self._area)
        self._area.create_image(room[0] // 2, room[1] // 2, image=self._photo, tags="picture")

    def show_boxes(self, digits: Sequence[Digit], selected: int) -> None:
        """Show a box around each digit of a number. A single digit needs none."""
        self.hide_boxes()
        self._digits = digits
        if len(digits) < 2:
            return
        for index, digit in enumerate(digits):
            if digit.box is not None:
                self._show_box(digit, digit.box, selected=index == selected % len(digits))

    @property
    def picture_shown(self) -> bool:
        """Whether a picture is shown."""
        return self._photo is not None

    def digit_at(self, x: float, y: float) -> int | None:
        """Return the index of the digit whose box holds a place; None if there is none."""
        scale, left, top = self._view
        x, y = (x - left) / scale, (y - top) / scale
        boxes = [(index, digit.box) for index, digit in enumerate(self._digits)]
        inside = [i for i, b in boxes if b and b[0] <= x <= b[2] and b[1] <= y <= b[3]]
        return inside[0] if inside else None

    def _show_box(
        self, digit: Digit, box: tuple[float, float, float, float], *, selected: bool
    ) -> None:
        colours, px = self._theme.colours, self._theme.px
        rejected = digit.prediction.digit is None
        colour = colours.warning if rejected else colours.accent
        if not rejected and not selected:
            colour = mix(colours.canvas, colours.accent, 0.55)
        room = (self._area.winfo_width() - px(3), self._area.winfo_height() - px(3))
        gap = px(5)
        scale, *corner = self._view
        shown = [value * scale + corner[i % 2] for i, value in enumerate(box)]
        left, top = (max(value - gap, px(2)) for value in shown[:2])
        right, bottom = (
            min(value + gap, most) for value, most in zip(shown[2:], room, strict=True)
        )
        self._area.create_rectangle(
            left,
            top,
            right,
            bottom,
            outline=colour,
            width=px(2) if selected else px(1),
            dash=(4, 3) if rejected else (),
            tags="box",
        )
        above = top > px(22)
        self._area.create_text(
            left + px(1),
            top - px(2) if above else bottom + px(2),
            text=digit.prediction.text or "?",
            anchor="sw" if above else "nw",
            font=self._theme.font(14, "bold"),
            fill=colour,
            tags="box",
        )
