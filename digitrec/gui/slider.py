"""A slider for screens and sizes that the theme has none for: drawn to measure."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitrec.gui.look import Look

__all__ = ["slider"]

_FINER = 8  # drawn so many times as large, and reduced: smooth edges


def slider(root: tk.Tk, style: ttk.Style, look: Look) -> list[Any]:
    """Define the style Pen.Horizontal.TScale; its pictures are to be kept while it is used."""
    from PIL import Image, ImageDraw, ImageTk

    colours = look.colours
    side, bar = look.px(20), look.px(4)

    def disc(*rings: tuple[float, str]) -> ImageTk.PhotoImage:
        large = Image.new("RGB", (side * _FINER,) * 2, colours.window)
        pen = ImageDraw.Draw(large)
        for radius, colour in rings:
            middle, reach = side * _FINER / 2, side * _FINER / 2 * radius
            pen.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), colour)
        small = large.resize((side, side), Image.Resampling.LANCZOS)
        return ImageTk.PhotoImage(small, master=root)

    rest = disc((0.98, colours.line), (0.93, colours.paper), (0.5, colours.accent))
    active = disc((0.98, colours.line), (0.93, colours.paper), (0.62, colours.accent))
    focus = disc((0.98, colours.text), (0.88, colours.paper), (0.5, colours.accent))
    strip = Image.new("RGB", (side, side), colours.window)
    top = (side - bar) // 2
    ImageDraw.Draw(strip).rectangle((0, top, side, top + bar - 1), fill=colours.muted)
    trough = ImageTk.PhotoImage(strip, master=root)

    # An element cannot be made anew: each theme and size has elements of its own.
    name = f"Pen{len(style.element_names())}"
    style.element_create(
        f"{name}.slider", "image", rest, ("active", active), ("focus", focus), sticky=""
    )
    style.element_create(f"{name}.trough", "image", trough, sticky="ew", border=0)
    style.layout(
        "Pen.Horizontal.TScale",
        [
            (
                f"{name}.trough",
                {"sticky": "ew", "children": [(f"{name}.slider", {"side": "left", "sticky": ""})]},
            )
        ],
    )
    return [rest, active, focus, trough]
