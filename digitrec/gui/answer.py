"""What the network answers: the digits, large; ten probabilities; and what the network saw."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from digitrec.gui.look import Look, mix, release
from digitrec.gui.messages import percent

if TYPE_CHECKING:
    from digitrec.recognition.results import Digit, Reading

__all__ = ["AnswerPanel"]

SIDE = 28  # of the network's image
NOTHING = "–"  # noqa: RUF001 (a dash, where no digit is)


class AnswerPanel(ttk.Frame):
    """Shows a reading; a click on one of its digits tells which it was."""

    def __init__(self, master: tk.Misc, look: Look, choose: Callable[[int], None]) -> None:
        super().__init__(master)
        self.look, self._choose = look, choose
        self.columnconfigure(0, weight=1)
        self.rowconfigure(2, weight=1)
        colours, px = look.colours, look.px
        blank: dict[str, Any] = {"background": colours.window, "highlightthickness": 0}
        self.text = tk.Canvas(self, width=px(170), height=px(96), **blank)
        self.text.grid(row=0, column=0, sticky="nsew")
        self.confidence = ttk.Label(self, font=look.font(16), anchor="center")
        self.confidence.grid(row=1, column=0, sticky="ew", pady=(0, px(10)))
        zoom = max(1, px(112) // SIDE)
        self._zoom = zoom
        seen = ttk.Frame(self)
        seen.grid(row=0, column=1, rowspan=2, sticky="ne", pady=(0, px(10)))
        border = tk.Frame(seen, background=colours.line, padx=1, pady=1)
        border.pack()
        self._large = tk.PhotoImage(master=self, width=SIDE * zoom, height=SIDE * zoom)
        self.seen = tk.Label(border, image=self._large, borderwidth=0, background=colours.paper)
        self.seen.pack()
        ttk.Label(seen, text="what the network saw", style="Muted.TLabel").pack(pady=(px(3), 0))
        self.bars = tk.Canvas(self, width=px(300), height=px(10 * 16), **blank)
        self.bars.grid(row=2, column=0, columnspan=2, sticky="nsew")
        self._reading: Reading | None = None
        self._index = 0
        for canvas in (self.text, self.bars):
            canvas.bind("<Configure>", lambda _: self._draw())
        self.shown: Reading | None = None
        """The reading that is on the screen."""

    def destroy(self) -> None:
        """Go, and take the picture along."""
        super().destroy()
        release(self._large)

    def show(self, reading: Reading | None, selected: int) -> None:
        """Show a reading and the digit selected in it; None shows that there is none."""
        # By its place among the digits: drawn anew while a stroke waits for its answer, the same
        # answer would keep the new one waiting.
        index = selected % len(reading.digits) if reading is not None and reading.digits else 0
        if (reading, index) != (self._reading, self._index):
            self._reading, self._index = reading, index
            self._draw()
        self.shown = reading

    def _draw(self) -> None:
        digits = self._reading.digits if self._reading else ()
        digit = digits[self._index] if digits else None
        self._draw_text([d.prediction.text or "?" for d in digits], self._index)
        self._draw_seen(digit)
        self._draw_bars(digit)
        if digit is None:
            said = ""
        elif digit.prediction.digit is None:
            said = "no digit"
        else:
            said = percent(digit.prediction.confidence)
        self.confidence.configure(text=said)

    def _draw_text(self, texts: list[str], selected: int) -> None:
        self.text.delete("all")
        colours, width = self.look.colours, max(self.text.winfo_width(), 1)
        height = max(self.text.winfo_height(), 1)
        size = 84.0
        if len(texts) > 2:
            size = max(84 * 2.6 / len(texts), 12.0)
        step = self.look.px(size * 0.64)
        texts = texts or [NOTHING]
        if len(texts) * step > width:  # too long for even the smallest: its end is what is new
            most = max(width // step, 1)
            first = min(max(selected - most // 2, 0), len(texts) - most)
            shown = list(enumerate(texts))[first : first + most]
        else:
            shown = list(enumerate(texts))
        left = (width - step * (len(shown) - 1)) / 2
        for place, (index, text) in enumerate(shown):
            read = text.isdigit()
            colour = colours.text if read else colours.muted if text == NOTHING else colours.warning
            if len(texts) > 1 and index == selected and read:
                colour = colours.accent
            item = self.text.create_text(
                left + place * step,
                height / 2,
                text=text,
                font=self.look.font(size, "bold" if len(texts) > 1 else "normal"),
                fill=colour,
            )
            self.text.tag_bind(item, "<Button-1>", lambda _, i=index: self._choose(i))  # type: ignore[misc]
        self.text.configure(cursor="hand2" if len(texts) > 1 else "")

    def _draw_seen(self, digit: Digit | None) -> None:
        self._large.blank()
        if digit is None:
            return
        import numpy as np

        from digitrec.gui.pixels import coloured, ppm

        ink = np.rint(digit.prediction.image * 255).astype(np.uint8)
        colours = self.look.colours
        large = np.kron(ink, np.ones((self._zoom, self._zoom), np.uint8))
        self._large.put(ppm(coloured(large, colours.paper, colours.ink)), to=(0, 0))

    def _draw_bars(self, digit: Digit | None) -> None:
        self.bars.delete("all")
        colours, px = self.look.colours, self.look.px
        width, height = self.bars.winfo_width(), self.bars.winfo_height()
        row = height / 10
        probabilities = [0.0] * 10 if digit is None else digit.prediction.probabilities.tolist()
        rejection = None if digit is None else digit.prediction.rejection
        if rejection is not None and rejection.kind != "not a digit":
            probabilities = [0.0] * 10  # no network was asked
        best = max(range(10), key=lambda i: probabilities[i])
        left, right = px(22), width - px(62)
        half = min(px(4), row / 4)
        for label, probability in enumerate(probabilities):
            y = row * (label + 0.5)
            strong = digit is not None and label == best and probability > 0
            colour = colours.text if strong else colours.muted
            weight = "bold" if strong else "normal"
            text: dict[str, Any] = {"font": self.look.font(14, weight), "fill": colour}
            self.bars.create_text(px(4), y, text=str(label), anchor="w", **text)
            self.bars.create_rectangle(
                left, y - half, right, y + half, fill=colours.trough, outline=""
            )
            end = left + (right - left) * probability
            if end - left >= 1:
                fill = colours.accent if strong else mix(colours.trough, colours.accent, 0.55)
                self.bars.create_rectangle(left, y - half, end, y + half, fill=fill, outline="")
            if digit is not None:
                self.bars.create_text(width, y, text=percent(probability), anchor="e", **text)
