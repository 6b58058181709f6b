"""Do to a window what a user does, by means of Tk's events."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Driver:
    """A window, and what a user can do to it."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self.root, self.session = window.root, window.session
        self.root.focus_force()
        self.wait(lambda: not self.session.busy)

    @property
    def area(self) -> Any:
        return self.window.canvas.area

    def wait(self, so: Callable[[], bool] = lambda: False, seconds: float = 60) -> None:
        """Run the window until a condition is met."""
        end = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < end, (self.session.message, self.session.busy)
            self.root.update()
            time.sleep(0.001)
        self.root.update()

    def settle(self) -> None:
        """Wait until everything is done and painted."""
        self.wait(lambda: not self.window.busy)
        assert not self.window.failures

    def draw(self, path: list[tuple[float, float]], button: int = 1) -> None:
        """Press the button, move along the path, and release it."""
        points = [(round(x), round(y)) for x, y in path]
        self.area.event_generate(f"<ButtonPress-{button}>", x=points[0][0], y=points[0][1])
        for x, y in points:
            self.area.event_generate(f"<B{button}-Motion>", x=x, y=y)
        self.area.event_generate(f"<ButtonRelease-{button}>", x=points[-1][0], y=points[-1][1])

    def press(self, *keys: str) -> None:
        for key in keys:
            self.root.focus_force()
            self.root.update()
            self.root.event_generate(f"<{key}>")
            self.root.update()

    @property
    def answer(self) -> str:
        """The digits that the answer panel shows."""
        text = self.window.answer_panel.digits
        return "".join(text.itemcget(item, "text") for item in text.find_all())

    @property
    def message(self) -> str:
        return str(self.window.status_bar.message["text"])


Open = Callable[..., Driver]


def widgets(widget: Any) -> list[Any]:
    return [widget, *(inner for child in widget.winfo_children() for inner in widgets(child))]


def dialog(
    driver: Driver, ask: Callable[[], Any], answer: Path | None, kind: str | None = None
) -> None:
    """Open a file dialog, type a name and press OK, or cancel it.

    Args:
        driver: The window.
        ask: Opens the dialog.
        answer: The name. None to cancel.
        kind: How the name of the file type starts that is chosen first.
    """

    def reply() -> None:
        found = driver.root.tk.splitlist(driver.root.tk.eval("winfo children ."))
        box = next((w for w in found if "filedialog" in w), "")
        if not box:
            driver.root.after(20, reply)
            return
        if answer is None:
            driver.root.tk.eval(f"{box}.contents.f2.cancel invoke")
            return
        if kind is not None:
            menu = f"{box}.contents.f2.menu.m"
            driver.root.tk.call(menu, "invoke", f"{kind}*")
        entry = f"{box}.contents.f2.ent"
        driver.root.tk.call(entry, "delete", 0, "end")
        driver.root.tk.call(entry, "insert", 0, str(answer))
        driver.root.tk.eval(f"{box}.contents.f2.ok invoke")

    driver.root.after(20, reply)
    ask()
