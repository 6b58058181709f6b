"""The window "Why?": which ink decided, and what the layers of the network see."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import TYPE_CHECKING, NamedTuple

from digitrec.gui.theme import Theme
from digitrec.gui.tk_images import coloured_ppm, delete_images, signed_ppm

if TYPE_CHECKING:
    from digitrec.gui.session.reader_messages import Explained
    from digitrec.gui.session.session import Session

__all__ = ["WhyWindow"]

SIDE = 28  # pixels of the image that the network sees
COLUMNS = 4  # of the maps
NOTHING = "Draw a digit. When you stop, you see here why it is read as it is."
INK = (
    "Blue ink made the network say {}. Orange ink spoke against it. "
    "The network was asked again and again, each time with a different bit of ink erased."
)
MAPS = (
    "Each small picture is what one detector sees. Where the picture is blue, the detector found "
    "the shape it looks for: an edge, a curve, a corner."
)
SOME = " These are the {} strongest of {}."
LAYERS = "What the layers see"
NO_MAPS = "This network has no layers that see pictures."


class _Section(NamedTuple):
    """A part of the window: an image between its title and words about it.

    Attributes:
        head: The title, and buttons.
        image: The image.
        said: The words.
        longest: The longest of them, for which there is room from the start.
    """

    head: ttk.Frame
    image: tk.PhotoImage
    said: ttk.Label
    longest: str


class WhyWindow(tk.Toplevel):
    """Explains what is read in the digit that is selected.

    Attributes:
        layer: Which layer's maps are shown, in words.
    """

    def __init__(
        self,
        root: tk.Tk,
        theme: Theme,
        choose_layer: Callable[[int], None],
        closed: Callable[[], None],
    ) -> None:
        """Make the window.

        Args:
            root: The main window.
            theme: Colours and sizes.
            choose_layer: Called with the layer whose maps to show, from 0.
            closed: Called when this window is closed.
        """
        super().__init__(root, background=theme.colours.window)
        self.title("Why?")
        self.transient(root)
        self.resizable(False, False)
        self.theme, self._choose_layer, self._closed = theme, choose_layer, closed
        self._shown: tuple[Explained | None, int] | None = None
        frame = ttk.Frame(self, padding=theme.px(12))
        frame.pack(fill="both", expand=True)
        self.zoom = max(1, theme.px(196) // SIDE)
        side = self.zoom * SIDE
        self.ink, self.maps = (
            tk.PhotoImage(master=self, width=side, height=side) for _ in range(2)
        )
        self.said_of_ink, self.said_of_maps = (
            ttk.Label(frame, wraplength=theme.px(250), justify="left", anchor="nw")
            for _ in range(2)
        )
        longest = MAPS + SOME.format(16, 128)
        sections = (
            _Section(self._head_of_ink(frame), self.ink, self.said_of_ink, INK.format(0)),
            _Section(self._head_of_maps(frame), self.maps, self.said_of_maps, longest),
        )
        self._lay_out(frame, sections)
        self.bind("<Escape>", lambda _: self.destroy())
        self.update_idletasks()
        self.geometry(_beside(root, self.winfo_reqwidth(), self.winfo_reqheight()))

    def _head_of_ink(self, frame: ttk.Frame) -> ttk.Frame:
        head = ttk.Frame(frame)
        title = ttk.Label(head, text="Which ink decided", style="Strong.TLabel")
        title.grid(row=0, column=0, sticky="w")
        return head

    def _head_of_maps(self, frame: ttk.Frame) -> ttk.Frame:
        """Make the title that names a layer, and the buttons for the layers beside it."""
        px = self.theme.px
        head = ttk.Frame(frame)
        head.columnconfigure(0, weight=1)
        self.layer = ttk.Label(head, text=LAYERS, style="Strong.TLabel")
        self.layer.grid(row=0, column=0, sticky="w")
        self.earlier, self.later = (
            ttk.Button(head, text=text, style="Digit.TButton", width=2, command=command)
            for text, command in (("◀", self._show_earlier), ("▶", self._show_later))
        )
        self.earlier.grid(row=0, column=1, padx=(px(6), px(3)))
        self.later.grid(row=0, column=2)
        return head

    def _lay_out(self, frame: ttk.Frame, sections: Sequence[_Section]) -> None:
        """Place sections side by side, or one below the other in a narrow window."""
        px, narrow = self.theme.px, self._should_be_narrow()
        for number, (head, image, said, longest) in enumerate(sections):
            row, column = (3 * number, 0) if narrow else (0, number)
            left = px(18) if column else 0
            head.grid(row=row, column=column, sticky="sew", padx=(left, 0))
            place = self._place_of_image(frame, image)
            place.grid(row=row + 1, column=column, sticky="w", padx=(left, 0), pady=px(5))
            said.configure(text=longest)
            said.grid(row=row + 2, column=column, sticky="new", padx=(left, 0))
            # As high as the longest text, so that nothing jumps.
            frame.rowconfigure(row + 2, minsize=said.winfo_reqheight() + px(8 if narrow else 0))
            frame.columnconfigure(column, minsize=px(250) + left)

    def _should_be_narrow(self) -> bool:
        """Tell whether a narrow, high window has room on the screen beside the main window."""
        px, root = self.theme.px, self.master.winfo_toplevel()
        room = root.winfo_screenwidth() - root.winfo_rootx() - root.winfo_width() - px(20)
        return room >= px(274) and root.winfo_screenheight() >= px(700)

    def _place_of_image(self, frame: ttk.Frame, image: tk.PhotoImage) -> tk.Frame:
        colours = self.theme.colours
        border = tk.Frame(frame, background=colours.border, padx=1, pady=1)
        tk.Label(border, image=image, borderwidth=0, background=colours.canvas).pack()
        return border

    def destroy(self) -> None:
        """Close the window, and delete its images."""
        super().destroy()
        delete_images(self.ink, self.maps)
        self._closed()

    def show(self, session: Session) -> None:
        """Show the explanation that a session has."""
        explanation = session.explanation
        state = explanation.current, explanation.digit
        if self._shown is not None and state[0] is self._shown[0] and state[1] == self._shown[1]:
            return
        self._shown = state
        found = state[0]
        self._show_ink(found, explanation.digit)
        self._show_maps(found)

    def _show_ink(self, found: Explained | None, digit: int) -> None:
        self.ink.blank()
        self.said_of_ink.configure(text=NOTHING if found is None else INK.format(digit))
        if found is None:
            return
        import numpy as np

        strongest = max(float(np.abs(found.deciding).max()), 1e-6)
        enlarged = np.kron(found.deciding / strongest, np.ones((self.zoom, self.zoom)))
        colours = self.theme.colours
        self.ink.put(
            signed_ppm(enlarged, colours.warning, colours.canvas, colours.accent), to=(0, 0)
        )

    def _show_maps(self, found: Explained | None) -> None:
        self.maps.blank()
        layers = found.layers if found is not None else 0
        for button, possible in (
            (self.earlier, found is not None and found.layer > 0),
            (self.later, found is not None and found.layer < layers - 1),
        ):
            button.state(["!disabled" if possible else "disabled"])
        if found is None or not layers:
            self.layer.configure(text=LAYERS)
            self.said_of_maps.configure(text="" if found is None else NO_MAPS)
            return
        self.layer.configure(text=f"What layer {found.layer + 1} of {layers} sees")
        count = len(found.maps)
        some = SOME.format(count, found.detectors) if count < found.detectors else ""
        self.said_of_maps.configure(text=MAPS + some)
        import numpy as np

        side = self.zoom * SIDE // COLUMNS  # of one map
        sheet = np.zeros((side * COLUMNS, side * COLUMNS), np.uint8)
        for index, one in enumerate(found.maps):
            row, column = divmod(index, COLUMNS)
            rows, columns = (np.arange(side - 2) * size // (side - 2) for size in one.shape)
            y, x = row * side, column * side
            sheet[y : y + side - 2, x : x + side - 2] = one[rows[:, None], columns]
        colours = self.theme.colours
        self.maps.put(coloured_ppm(sheet, colours.canvas, colours.accent), to=(0, 0))

    def _show_earlier(self) -> None:
        self._change(-1)

    def _show_later(self) -> None:
        self._change(1)

    def _change(self, step: int) -> None:
        if self._shown is not None and self._shown[0] is not None:
            self._choose_layer(self._shown[0].layer + step)


def _beside(root: tk.Tk, width: int, height: int) -> str:
    """Return a place on the screen, in Tk's notation, where a window hides little of the main one.

    Args:
        root: The main window.
        width: Of the window to place, in pixels.
        height: The same.
    """
    left, top = root.winfo_rootx(), root.winfo_rooty()
    screen = root.winfo_screenwidth(), root.winfo_screenheight()
    if left + root.winfo_width() + width <= screen[0]:
        return f"+{left + root.winfo_width()}+{top}"
    if top + root.winfo_height() + height <= screen[1]:
        return f"+{left}+{top + root.winfo_height()}"
    return f"+{max(screen[0] - width, 0)}+{max(screen[1] - height, 0)}"
