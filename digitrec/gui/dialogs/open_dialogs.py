"""The windows beside the main one that are open, such as "My drawings"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from digitrec.gui.dialogs.drawings_window import DrawingsActions, DrawingsWindow

if TYPE_CHECKING:
    from digitrec.gui.window import Window

__all__ = ["OpenDialogs"]


class OpenDialogs:
    """Opens and closes the windows beside a main window, and keeps them up to date.

    Attributes:
        drawings: "My drawings". None while it is not open.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self.drawings: DrawingsWindow | None = None

    def show_drawings(self) -> None:
        """Open "My drawings", or bring it to the front."""
        window = self._window
        if not window.started:
            return
        if self.drawings is not None:
            self.drawings.lift()
            return
        kept, change = window.session.kept, window.change
        self.drawings = DrawingsWindow(
            window.root,
            window.theme,
            DrawingsActions(
                relabel=lambda key, label: change(lambda _: kept.relabel(key, label)),
                remove=lambda key: change(lambda _: kept.remove(key)),
                undo=lambda: change(lambda _: kept.undo()),
                learn=lambda: change(lambda session: session.learn()),
                use=lambda: change(lambda session: session.use_learnt()),
                discard=lambda: change(lambda session: session.discard_learnt()),
                closed=self._drawings_closed,
            ),
        )
        change(lambda _: kept.open())

    def refresh(self) -> None:
        """Show the state of the session."""
        if self.drawings is not None:
            self.drawings.show(self._window.session)

    def close(self) -> Callable[[], None]:
        """Close all, and return what opens them again."""
        if self.drawings is None:
            return lambda: None
        self.drawings.destroy()
        return self.show_drawings

    def _drawings_closed(self) -> None:
        self.drawings = None
        self._window.session.kept.close()
