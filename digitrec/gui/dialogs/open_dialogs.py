"""The windows beside the main one that are open, such as "My drawings"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from digitrec.gui.dialogs.drawings_window import DrawingsActions, DrawingsWindow
from digitrec.gui.dialogs.why_window import WhyWindow

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["OpenDialogs"]

REST = 250  # milliseconds that the pen rests before a digit is explained


class OpenDialogs:
    """Opens and closes the windows beside a main window, and keeps them up to date.

    Attributes:
        drawings: "My drawings". None while it is not open.
        why: "Why?". None while it is not open.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self.drawings: DrawingsWindow | None = None
        self.why: WhyWindow | None = None
        self._resting = ""  # Tk's name of the call that is made when the pen has rested

    def show_drawings(self) -> None:
        """Open "My drawings", or bring it to the front."""
        window = self._window
        if not window.started:
            return
        if self.drawings is not None:
            self.drawings.lift()
            return
        corrected, change = window.session.corrected, window.change
        self.drawings = DrawingsWindow(
            window.root,
            window.theme,
            DrawingsActions(
                relabel=lambda key, label: change(lambda _: corrected.relabel(key, label)),
                remove=lambda key: change(lambda _: corrected.remove(key)),
                undo=lambda: change(lambda _: corrected.undo()),
                learn=lambda: change(lambda session: session.learn()),
                use=lambda: change(lambda session: session.use_learnt()),
                discard=lambda: change(lambda session: session.discard_learnt()),
                closed=self._drawings_closed,
            ),
        )
        change(lambda _: corrected.open())

    def show_why(self) -> None:
        """Open "Why?", or close it if it is open."""
        window = self._window
        if self.why is not None:
            self.why.destroy()
        elif window.started:
            self.why = WhyWindow(window.root, window.theme, self._choose_layer, self._why_closed)
            window.refresh()

    def refresh(self) -> None:
        """Show the state of the session."""
        session, root = self._window.session, self._window.root
        if self.drawings is not None:
            self.drawings.show(session)
        if self.why is not None:
            self.why.show(session)
            if session.explanation.outdated:
                if self._resting:
                    root.after_cancel(self._resting)
                self._resting = root.after(REST, self._explain)

    def close(self) -> Callable[[], None]:
        """Close all, and return what opens them again."""
        reopen = []
        if self.drawings is not None:
            self.drawings.destroy()
            reopen.append(self.show_drawings)
        if self.why is not None:
            self.why.destroy()
            reopen.append(self.show_why)
        if self._resting:
            self._window.root.after_cancel(self._resting)
            self._resting = ""

        def reopen_all() -> None:
            for show in reopen:
                show()

        return reopen_all

    def _explain(self) -> None:
        self._resting = ""
        if self.why is not None and not self._window.canvas.button_down:
            self._window.session.explanation.ask()
            self._window.refresh()

    def _choose_layer(self, layer: int) -> None:
        self._window.session.explanation.layer = layer
        self._explain()

    def _why_closed(self) -> None:
        self.why = None

    def _drawings_closed(self) -> None:
        self.drawings = None
        self._window.session.corrected.close()
