"""The panel with the answer: the digits, their ten probabilities, and what the network saw."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import font, ttk
from typing import TYPE_CHECKING, Any, NamedTuple

from digitrec.gui.session.messages import percent
from digitrec.gui.theme import Theme, mix
from digitrec.gui.tk_images import coloured_ppm, delete_images

if TYPE_CHECKING:
    from digitrec.recognition.results import Digit, Reading

__all__ = ["AnswerPanel"]

SIDE = 28  # pixels of the image that the network sees
NO_DIGIT_YET = "–"  # noqa: RUF001 (a dash is meant)
ROWS = 11  # bars: ten digits, and whether it is one
ANY_DIGIT = "a digit?"
NEVER = "This network takes everything for a digit."
# Sizes of the font in pixels of a screen of 96 dpi; and the room of a line and a bar, in sizes of
# the font.
LARGEST, SMALLEST = 84.0, 16.0
LINE_HEIGHT, BAR_HEIGHT = 1.14, 1.25
MEASURED = 200  # pixels: the size of the font in which the widths of characters are measured


class Shown(NamedTuple):
    """A character of the answer: a digit, "?", or a mark between digits.

    width: in sizes of the font.
    """

    text: str
    mark: bool
    width: float


class AnswerPanel(ttk.Frame):
    """Shows a reading. A click on one of its digits selects it.

    Attributes:
        shown: The reading that is shown.
    """

    def __init__(self, master: tk.Misc, theme: Theme, select: Callable[[int], None]) -> None:
        super().__init__(master)
        self.theme, self._select = theme, select
        self.columnconfigure(0, weight=1)
        self.rowconfigure(2, weight=1)
        colours, px = theme.colours, theme.px
        # A plus or a percent sign is wider than a digit, a point is narrower.
        self._font = font.Font(self, family=theme.family, size=-MEASURED, weight="bold")
        self._widths: dict[str, float] = {}
        plain: dict[str, Any] = {"background": colours.window, "highlightthickness": 0}
        self.digits = tk.Canvas(self, width=px(170), height=px(96), **plain)
        self.digits.grid(row=0, column=0, sticky="nsew")
        self.scrollbar = ttk.Scrollbar(self.digits, command=self.digits.yview)
        self.digits.configure(yscrollcommand=self.scrollbar.set, yscrollincrement=px(12))
        for event in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            self.digits.bind(event, self._scroll)
        self.confidence = ttk.Label(self, font=theme.font(16), anchor="center")
        self.confidence.grid(row=1, column=0, sticky="ew", pady=(0, px(4)))
        frame = ttk.Frame(self)
        frame.grid(row=0, column=1, rowspan=2, sticky="ne", pady=(0, px(4)))
        border = tk.Frame(frame, background=colours.border, padx=1, pady=1)
        border.pack()
        self.zoom = zoom = max(1, px(112) // SIDE)
        self.seen = tk.PhotoImage(master=self, width=SIDE * zoom, height=SIDE * zoom)
        tk.Label(border, image=self.seen, borderwidth=0, background=colours.canvas).pack()
        caption = ttk.Label(frame, text="what the network saw", style="Muted.TLabel")
        caption.pack(pady=(px(3), 0))
        self.bars = tk.Canvas(self, width=px(300), height=px(ROWS * 14), **plain)
        self.bars.grid(row=2, column=0, columnspan=2, sticky="nsew")
        self._reading: Reading | None = None
        self._selected = 0
        self._rejects = True
        for canvas in (self.digits, self.bars):
            canvas.bind("<Configure>", lambda _: self._draw())
        self.shown: Reading | None = None

    def destroy(self) -> None:
        """Destroy the panel and its image."""
        super().destroy()
        delete_images(self.seen)

    def show(self, reading: Reading | None, selected: int, *, rejects: bool = True) -> None:
        """Show a reading and the digit that is selected in it.

        Args:
            reading: The reading. None if there is none.
            selected: Index of the digit.
            rejects: Whether the network rejects non-digits.
        """
        # The same answer is not drawn again: that would delay the answer to the next stroke.
        index = selected % len(reading.digits) if reading is not None and reading.digits else 0
        if (reading, index, rejects) != (self._reading, self._selected, self._rejects):
            self._reading, self._selected, self._rejects = reading, index, rejects
            self._draw()
        self.shown = reading

    def _draw(self) -> None:
        digits = self._reading.digits if self._reading else ()
        digit = digits[self._selected] if digits else None
        self._draw_digits(self._rows(self._reading) if self._reading else [])
        self._draw_seen(digit)
        self._draw_bars(digit)
        if digit is None:
            text = ""
        elif digit.prediction.digit is None:
            text = "not a digit"
        else:
            text = percent(digit.prediction.confidence)
        self.confidence.configure(text=text)

    def _rows(self, reading: Reading) -> list[list[Shown]]:
        """Return what the first network reads, row by row."""
        from digitrec.recognition.results import Mark  # with NumPy, which takes a while to import

        rows = reading.answers[0].page.in_order
        return [
            [self._character(one.text or "?", mark=isinstance(one, Mark)) for one in row]
            for row in rows
        ]

    def _character(self, text: str, *, mark: bool) -> Shown:
        if text not in self._widths:
            self._widths[text] = self._font.measure(text) / MEASURED
        return Shown(text, mark, self._widths[text])

    def _draw_digits(self, rows: Sequence[Sequence[Shown]]) -> None:
        """Draw the rows, as large as there is room; longer ones are wrapped, more are scrolled."""
        self.digits.delete("all")
        width, height = max(self.digits.winfo_width(), 1), max(self.digits.winfo_height(), 1)
        several = sum(map(len, rows)) > 1
        nothing = [[self._character(NO_DIGIT_YET, mark=False)]]
        lines, size = _arranged(rows or nothing, width, height, self.theme.scale)
        pitch = size * LINE_HEIGHT
        top = max((height - pitch * len(lines)) / 2, 0.0)
        index = 0
        for number, line in enumerate(lines):
            left = (width - size * _width(line)) / 2
            for text, mark, share in line:
                selected = several and index == self._selected and not mark
                middle = left + size * share / 2
                left += size * share
                item = self.digits.create_text(
                    middle,
                    top + (number + 0.5) * pitch,
                    text=text,
                    font=(self.theme.family, -round(size), "bold" if several else "normal"),
                    fill=self._colour(text, selected=selected, mark=mark),
                    tags="selected" if selected else (),
                )
                if mark:
                    continue  # only digits have probabilities to show
                self.digits.tag_bind(item, "<Button-1>", lambda _, i=index: self._select(i))  # type: ignore[misc]
                index += 1
        self.digits.configure(
            cursor="hand2" if several else "",
            scrollregion=(0, 0, width, max(height, round(pitch * len(lines)))),
        )
        if pitch * len(lines) > height:
            self.scrollbar.place(relx=1, rely=0, relheight=1, anchor="ne")
        else:
            self.scrollbar.place_forget()
        self._show_selected(pitch * len(lines), height)

    def _show_selected(self, content: float, height: int) -> None:
        """Scroll so that the selected digit is in the middle, as far as that is possible."""
        found = self.digits.coords("selected")
        middle = found[1] if found else 0.0
        self.digits.yview_moveto(max(middle - height / 2, 0.0) / max(content, height))

    def _scroll(self, event: tk.Event[tk.Canvas]) -> None:
        up = event.num == 4 or event.delta > 0
        if self.scrollbar.winfo_ismapped():
            self.digits.yview_scroll(-1 if up else 1, "units")

    def _colour(self, text: str, *, selected: bool, mark: bool) -> str:
        colours = self.theme.colours
        if text.isdigit() or (mark and text != "?"):
            return colours.accent if selected else colours.text
        return colours.muted if text == NO_DIGIT_YET else colours.warning

    def _draw_seen(self, digit: Digit | None) -> None:
        self.seen.blank()
        if digit is None:
            return
        import numpy as np

        ink = np.rint(digit.prediction.image * 255).astype(np.uint8)
        enlarged = np.kron(ink, np.ones((self.zoom, self.zoom), np.uint8))
        colours = self.theme.colours
        self.seen.put(coloured_ppm(enlarged, colours.canvas, colours.ink), to=(0, 0))

    def _draw_bars(self, digit: Digit | None) -> None:
        """Draw how likely each digit is, and below them, how likely it is a digit at all."""
        self.bars.delete("all")
        probabilities = [0.0] * 10 if digit is None else digit.prediction.probabilities.tolist()
        rejection = None if digit is None else digit.prediction.rejection
        asked = rejection is None or rejection.kind == "not a digit"
        if not asked:
            probabilities = [0.0] * 10
        best = max(range(10), key=lambda i: probabilities[i])
        row = self.bars.winfo_height() / ROWS
        for label, probability in enumerate(probabilities):
            strong = rejection is None and digit is not None and label == best and probability > 0
            text = "" if digit is None else percent(probability)
            self._draw_bar(row * (label + 0.5), str(label), probability, text, strong=strong)
        y = row * (ROWS - 0.5)
        width, line = self.bars.winfo_width(), row * (ROWS - 1)
        self.bars.create_line(0, line, width, line, fill=self.theme.colours.border)
        if not self._rejects:
            # Its training showed it digits alone, and the probability would mean nothing.
            font, colour = self.theme.font(12), self.theme.colours.warning
            x = self.theme.px(4)
            self.bars.create_text(x, y, text=NEVER, anchor="w", font=font, fill=colour)
            return
        digit_probability = (
            digit.prediction.digit_probability if digit is not None and asked else 0.0
        )
        text = "" if digit is None else percent(digit_probability)
        warn = rejection is not None
        self._draw_bar(y, ANY_DIGIT, digit_probability, text, strong=warn, warning=warn)

    def _draw_bar(
        self, y: float, label: str, share: float, text: str, *, strong: bool, warning: bool = False
    ) -> None:
        """Draw one bar with its label at the left and its share in words at the right."""
        colours, px = self.theme.colours, self.theme.px
        width = self.bars.winfo_width()
        left, right = px(22) if len(label) == 1 else px(76), width - px(62)
        row = self.bars.winfo_height() / ROWS
        half = min(px(4), row / 4)
        colour = colours.warning if warning else colours.text if strong else colours.muted
        weight = "bold" if strong else "normal"
        style: dict[str, Any] = {
            # Not larger than its row, or the lowest letters would be cut off.
            "font": self.theme.font(min(14, row / self.theme.scale / BAR_HEIGHT), weight),
            "fill": colour,
        }
        self.bars.create_text(px(4), y, text=label, anchor="w", **style)
        self.bars.create_rectangle(left, y - half, right, y + half, fill=colours.trough, outline="")
        end = left + (right - left) * share
        if end - left >= 1:
            full = colours.warning if warning else colours.accent
            fill = full if strong else mix(colours.trough, full, 0.55)
            self.bars.create_rectangle(left, y - half, end, y + half, fill=fill, outline="")
        if text:
            self.bars.create_text(width, y, text=text, anchor="e", **style)


def _arranged(
    rows: Sequence[Sequence[Shown]], width: int, height: int, scale: float
) -> tuple[list[Sequence[Shown]], float]:
    """Arrange rows in lines that are not wider than ``width``.

    Returns:
        The lines, and the size of their font in pixels.
    """
    largest = scale * LARGEST
    fits = min(
        (width - scale * 4) / max(map(_width, rows)),
        height / (LINE_HEIGHT * len(rows)),
    )
    if fits >= scale * SMALLEST:
        return list(rows), min(fits, largest)
    size = scale * SMALLEST
    room = (width - scale * 30) / size  # some at the right is left to the scroll bar
    return [line for row in rows for line in _wrapped(row, room)], size


def _wrapped(row: Sequence[Shown], room: float) -> list[Sequence[Shown]]:
    """Break a row into lines that are not wider than ``room``, but for a single character."""
    lines: list[list[Shown]] = [[]]
    for character in row:
        if lines[-1] and _width(lines[-1]) + character.width > room:
            lines.append([])
        lines[-1].append(character)
    return list(lines)


def _width(line: Sequence[Shown]) -> float:
    return sum(character.width for character in line)
