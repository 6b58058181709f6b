"""Draw a slider in any size, because the theme has pictures of only one size."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk
from typing import Any

__all__ = ["SLIDER_STYLE", "create_slider_style"]

SLIDER_STYLE = "Pen.Horizontal.TScale"
_OVERSAMPLING = 8  # drawn larger by this factor and scaled down, so that edges are smooth


def create_slider_style(
    root: tk.Tk, style: ttk.Style, side: int, bar: int, colours: dict[str, str]
) -> list[Any]:
    """Define the ttk style `SLIDER_STYLE`.

    Args:
        root: The window that the style is for.
        style: The styles of that window.
        side: Width and height of the knob in pixels.
        bar: Height of the bar in pixels.
        colours: Colours (#rrggbb) of "background", "rim", "focus", "knob", "centre" and "bar".

    Returns:
        The images that the style consists of. They must be kept as long as it is used.
    """
    from PIL import Image, ImageDraw, ImageTk

    def knob(rim: str, rim_width: float, centre_radius: float) -> ImageTk.PhotoImage:
        large = Image.new("RGB", (side * _OVERSAMPLING,) * 2, colours["background"])
        draw = ImageDraw.Draw(large)
        middle = side * _OVERSAMPLING / 2
        for radius, colour in (
            (0.98, rim),
            (0.98 - rim_width, colours["knob"]),
            (centre_radius, colours["centre"]),
        ):
            reach = middle * radius
            draw.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), colour)
        small = large.resize((side, side), Image.Resampling.LANCZOS)
        return ImageTk.PhotoImage(small, master=root)

    normal = knob(colours["rim"], 0.05, 0.5)
    active = knob(colours["rim"], 0.05, 0.62)
    focus = knob(colours["focus"], 0.1, 0.5)
    strip = Image.new("RGB", (side, side), colours["background"])
    top = (side - bar) // 2
    ImageDraw.Draw(strip).rectangle((0, top, side, top + bar - 1), fill=colours["bar"])
    trough = ImageTk.PhotoImage(strip, master=root)

    # An element cannot be defined twice, so each theme and size has elements of its own.
    name = f"Pen{len(style.element_names())}"
    style.element_create(
        f"{name}.slider", "image", normal, ("active", active), ("focus", focus), sticky=""
    )
    style.element_create(f"{name}.trough", "image", trough, sticky="ew", border=0)
    slider: Any = (f"{name}.slider", {"side": "left", "sticky": ""})
    style.layout(SLIDER_STYLE, [(f"{name}.trough", {"sticky": "ew", "children": [slider]})])
    style.configure(SLIDER_STYLE, background=colours["background"])
    return [normal, active, focus, trough]
