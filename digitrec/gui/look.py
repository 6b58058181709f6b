"""Colours, fonts and sizes: all that makes the window look as it does, light or dark, at any size.

The theme of the widgets is Sun Valley (sv-ttk). Every colour here is set, and none comes from the
system, which may be dark where this is light.
"""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass
from tkinter import font, ttk
from typing import Any

import sv_ttk

from digitrec.gui.slider import slider

__all__ = ["DARK", "LIGHT", "Look", "Palette", "mix", "release"]


@dataclass(frozen=True)
class Palette:
    """The colours, #rrggbb."""

    window: str
    text: str
    muted: str  # text of less weight
    accent: str
    line: str  # borders
    trough: str  # of bars
    paper: str  # what one draws on
    ink: str
    good: str
    warning: str
    error: str


LIGHT = Palette(
    window="#fafafa",
    text="#1c1c1c",
    muted="#626262",
    accent="#005fb8",
    line="#d4d4d4",
    trough="#e6e6e6",
    paper="#ffffff",
    ink="#16181d",
    good="#0f6b0f",
    warning="#8a5200",
    error="#b3261e",
)
DARK = Palette(
    window="#1c1c1c",
    text="#fafafa",
    muted="#a6a6a6",
    accent="#57c8ff",
    line="#404040",
    trough="#363636",
    paper="#292a2d",
    ink="#f4f4f5",
    good="#7ddb72",
    warning="#fcc45c",
    error="#ff9aa2",
)

# Tk on X11 does not know the desktop's own font; these are what desktops use.
_FAMILIES = ("Inter", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "Roboto")
# Sizes in pixels of a screen of 96 dots an inch.
_FONTS = {
    "SunValleyCaptionFont": 12,
    "SunValleyBodyFont": 14,
    "SunValleyBodyStrongFont": 14,
    "SunValleyBodyLargeFont": 18,
    "TkDefaultFont": 14,
    "TkTextFont": 14,
    "TkMenuFont": 14,
    "TkHeadingFont": 14,
    "TkCaptionFont": 14,
    "TkTooltipFont": 12,
    "TkIconFont": 14,
    "TkSmallCaptionFont": 12,
    "TkFixedFont": 13,
}
_USUAL_DPI = 96
# The theme's sliders are pictures of one size; where all is larger than this they look lost.
_DRAWN_UP_TO = 1.2


class Look:
    """How all that is in the window looks, at one theme and size.

    Made anew where either changes; what stands in the window is then built anew as well.
    """

    def __init__(self, root: tk.Tk, theme: str, zoom: float) -> None:
        self.colours = DARK if theme == "dark" else LIGHT
        # Tk's scaling is in pixels a point, of which an inch has 72. On macOS a pixel is a point,
        # and the system takes care of the screen's density itself.
        usual = 1.0 if root.tk.call("tk", "windowingsystem") == "aqua" else _USUAL_DPI / 72
        self.scale = max(float(root.tk.call("tk", "scaling")) / usual, 1.0) * zoom
        sv_ttk.set_theme(theme, root)
        # The theme colours widgets when it hears that it was chosen, which is after they are made,
        # and takes labels of other colours for its own: let it do so now, and not then.
        for name in (root.winfo_class(), "Menu"):
            root.unbind_class(name, "<<ThemeChanged>>")
        root.tk.call("configure_colors")
        self.family = _family(root)
        for name, size in _FONTS.items():
            named = font.nametofont(name, root)
            named.configure(family=self.family, size=-self.px(size), weight="normal")
            if name in ("SunValleyBodyStrongFont", "TkHeadingFont"):
                named.configure(weight="bold")
        self._configure_styles(root)

    def px(self, size: float) -> int:
        """Turn pixels of a screen of 96 dots an inch into pixels of this window, at least 1."""
        return max(1, round(size * self.scale))

    def font(self, size: float, weight: str = "normal") -> tuple[str, int, str]:
        """Return a font of so many pixels."""
        return self.family, -self.px(size), weight

    def _configure_styles(self, root: tk.Tk) -> None:
        style, colours = ttk.Style(root), self.colours
        root.configure(background=colours.window)
        style.configure(".", background=colours.window, foreground=colours.text)
        padding = (self.px(10), self.px(4), self.px(10), self.px(5))
        for name in ("TButton", "Accent.TButton", "Toggle.TButton"):
            style.configure(name, padding=padding)
        style.configure("TMenubutton", padding=padding)
        # Without the theme's arrow, a picture of one size; the text brings its own.
        style.layout(
            "TMenubutton",
            [
                (
                    "Menubutton.button",
                    {
                        "children": [
                            ("Menubutton.padding", {"children": [("Menubutton.label", {})]}),
                        ]
                    },
                )
            ],
        )
        # Narrow, for ten of them have to stand in a row.
        for name in ("Digit.TButton", "Digit.Accent.TButton"):
            style.configure(name, padding=(0, self.px(3), 0, self.px(4)))
        style.configure("Muted.TLabel", foreground=colours.muted, font="SunValleyCaptionFont")
        style.configure("Strong.TLabel", font="SunValleyBodyStrongFont")
        for tone in ("good", "warning", "error"):
            style.configure(f"{tone}.TLabel", foreground=getattr(colours, tone))
        style.configure("info.TLabel", foreground=colours.muted)
        root.option_add("*Menu.font", "TkMenuFont")
        # Tk's list of files is white whatever the theme: its names are dark in both.
        root.option_add("*cHull.canvas.foreground", LIGHT.text, "interactive")
        self._pictures: list[Any] = []
        if self.scale > _DRAWN_UP_TO:
            self._pictures = slider(root, style, self)
            style.configure("Pen.Horizontal.TScale", background=colours.window)

    def release(self) -> None:
        """Give back what Tk holds for this look; nothing that wears it may be there any more."""
        release(*self._pictures)
        self._pictures = []

    @property
    def slider_style(self) -> str:
        """Style of a slider that is sharp at this size."""
        return "Pen.Horizontal.TScale" if self.scale > _DRAWN_UP_TO else "Horizontal.TScale"


def _family(root: tk.Tk) -> str:
    default: str = font.nametofont("TkDefaultFont", root).actual("family")
    if root.tk.call("tk", "windowingsystem") != "x11":
        return default
    # Asked one by one: a list of all there are takes longer than the rest of the window.
    for family in _FAMILIES:
        if root.tk.call("font", "actual", (family, -14), "-family") == family:
            return family
    return default


def release(*pictures: Any) -> None:
    """Delete Tk's pictures now, in Tk's thread.

    Python would do it whenever it comes upon them, which may be in a thread that then has to wait
    for Tk's.
    """
    for picture in pictures:
        if picture is not None:
            picture.__del__()
            picture.name = None  # so that it is not deleted once more


def mix(one: str, other: str, share: float) -> str:
    """Mix two colours: ``share`` of the other, from 0 to 1."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
