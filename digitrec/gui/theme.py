"""Colours, fonts and sizes of everything in the window: a light and a dark theme, at any zoom.

The widgets are those of the Sun Valley theme (sv-ttk). All colours are set here and none is taken
from the system, whose own theme may be dark while the window is light.
"""

from __future__ import annotations

import tkinter as tk
from dataclasses import dataclass
from tkinter import font, ttk
from typing import Any

import sv_ttk

from digitrec.gui.slider_images import SLIDER_STYLE, create_slider_style
from digitrec.gui.tk_images import delete_images

__all__ = ["Theme", "mix"]


@dataclass(frozen=True)
class Palette:
    """The colours of a theme, as #rrggbb.

    Attributes:
        window: Background of the window.
        text: Text.
        muted: Less important text.
        accent: What is selected, and the longest bar.
        border: Lines around things.
        trough: Background of bars.
        canvas: Background of the canvas.
        ink: What is drawn on the canvas.
        good: Messages of success.
        warning: Warnings.
        error: Errors.
    """

    window: str
    text: str
    muted: str
    accent: str
    border: str
    trough: str
    canvas: str
    ink: str
    good: str
    warning: str
    error: str


LIGHT = Palette(
    window="#fafafa",
    text="#1c1c1c",
    muted="#626262",
    accent="#005fb8",
    border="#d4d4d4",
    trough="#e6e6e6",
    canvas="#ffffff",
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
    border="#404040",
    trough="#363636",
    canvas="#292a2d",
    ink="#f4f4f5",
    good="#7ddb72",
    warning="#fcc45c",
    error="#ff9aa2",
)

# On X11, Tk does not know the desktop's font. These are the fonts that desktops use.
_FONT_FAMILIES = ("Inter", "Cantarell", "Ubuntu", "Noto Sans", "Open Sans", "Roboto")
# Named fonts of the theme and of Tk, with their sizes in pixels of a screen of 96 dpi.
_FONT_SIZES = {
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
_NORMAL_DPI = 96
# The theme's own slider has one size. Above this scale it looks too small, and ours is used.
_MAX_SCALE_OF_THEME_SLIDER = 1.2


class Theme:
    """The look of the window in one theme and size.

    A new one is made when either changes, and then all widgets are made anew.

    Attributes:
        colours: The colours.
        scale: Size of everything: pixels of this window for each pixel of a screen of 96 dpi.
        family: The font family.
    """

    def __init__(self, root: tk.Tk, name: str, zoom: float) -> None:
        """Use the theme "light" or "dark" in a window, enlarged by the factor ``zoom``."""
        self.colours = DARK if name == "dark" else LIGHT
        # Tk's scaling is in pixels per point, of which there are 72 per inch. On macOS a pixel is
        # a point, and the system itself takes care of dense screens.
        normal = 1.0 if root.tk.call("tk", "windowingsystem") == "aqua" else _NORMAL_DPI / 72
        self.scale = max(float(root.tk.call("tk", "scaling")) / normal, 1.0) * zoom
        sv_ttk.set_theme(name, root)
        # The theme colours widgets in an event handler that runs after they were made, and then
        # overwrites the colours of our labels. So let it do its work now, and not then.
        for widget_class in (root.winfo_class(), "Menu"):
            root.unbind_class(widget_class, "<<ThemeChanged>>")
        root.tk.call("configure_colors")
        self.family = _font_family(root)
        for font_name, size in _FONT_SIZES.items():
            named = font.nametofont(font_name, root)
            named.configure(family=self.family, size=-self.px(size), weight="normal")
            if font_name in ("SunValleyBodyStrongFont", "TkHeadingFont"):
                named.configure(weight="bold")
        self._images: list[Any] = []
        self._configure_styles(root)

    def px(self, size: float) -> int:
        """Convert pixels of a screen of 96 dpi to pixels of this window, at least 1."""
        return max(1, round(size * self.scale))

    def font(self, size: float, weight: str = "normal") -> tuple[str, int, str]:
        """Return a font of this size, in pixels of a screen of 96 dpi."""
        return self.family, -self.px(size), weight

    def release(self) -> None:
        """Delete what Tk holds for this theme. No widget may use it any more."""
        delete_images(*self._images)
        self._images = []

    @property
    def slider_style(self) -> str:
        """The ttk style of a slider that is sharp at this size."""
        return SLIDER_STYLE if self._draws_slider else "Horizontal.TScale"

    @property
    def _draws_slider(self) -> bool:
        return self.scale > _MAX_SCALE_OF_THEME_SLIDER

    def _configure_styles(self, root: tk.Tk) -> None:
        style, colours = ttk.Style(root), self.colours
        root.configure(background=colours.window)
        style.configure(".", background=colours.window, foreground=colours.text)
        padding = (self.px(10), self.px(4), self.px(10), self.px(5))
        for name in ("TButton", "Accent.TButton", "Toggle.TButton"):
            style.configure(name, padding=padding)
        style.configure("TMenubutton", padding=padding)
        # Without the theme's arrow, which has only one size. The text has an arrow of its own.
        label: Any = ("Menubutton.padding", {"children": [("Menubutton.label", {})]})
        style.layout("TMenubutton", [("Menubutton.button", {"children": [label]})])
        # Narrow buttons, because ten of them stand side by side.
        for name in ("Digit.TButton", "Digit.Accent.TButton"):
            style.configure(name, padding=(0, self.px(3), 0, self.px(4)))
        style.configure("Muted.TLabel", foreground=colours.muted, font="SunValleyCaptionFont")
        style.configure("Strong.TLabel", font="SunValleyBodyStrongFont")
        for tone in ("good", "warning", "error"):
            style.configure(f"{tone}.TLabel", foreground=getattr(colours, tone))
        style.configure("info.TLabel", foreground=colours.muted)
        root.option_add("*Menu.font", "TkMenuFont")
        # Tk's list of files is white in both themes, so its text must be dark in both.
        root.option_add("*cHull.canvas.foreground", LIGHT.text, "interactive")
        if self._draws_slider:
            slider_colours = {
                "background": colours.window,
                "rim": colours.border,
                "focus": colours.text,
                "knob": colours.canvas,
                "centre": colours.accent,
                "bar": colours.muted,
            }
            sizes = self.px(20), self.px(4)
            self._images = create_slider_style(root, style, *sizes, slider_colours)


def _font_family(root: tk.Tk) -> str:
    default: str = font.nametofont("TkDefaultFont", root).actual("family")
    if root.tk.call("tk", "windowingsystem") != "x11":
        return default
    # One by one, because Tk needs longer to list all fonts than to build the rest of the window.
    for family in _FONT_FAMILIES:
        if root.tk.call("font", "actual", (family, -14), "-family") == family:
            return family
    return default


def mix(one: str, other: str, share: float) -> str:
    """Mix two colours (#rrggbb). ``share``, from 0 to 1, is that of the other one."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
