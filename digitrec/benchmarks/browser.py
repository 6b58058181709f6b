"""A headless Chromium, driven by its own protocol over two pipes: no other package is needed."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["CHROMIUM", "Browser"]

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
PATIENCE = 60.0  # seconds for one answer; a busy machine takes its time


class Browser:
    """One page at a time: its console, its script, its keys and its picture."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        # Chromium reads commands from its file descriptor 3 and writes answers to 4. Ours are
        # moved out of the way of these numbers first.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (*os.pipe(), *os.pipe())]
        read_commands, self._commands, self._answers, write_answers = ends
        self._process = os.posix_spawn(
            CHROMIUM,
            [
                CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--no-first-run", f"--user-data-dir={profile}", "--remote-debugging-pipe",
            ],
            os.environ,
            setpgroup=0,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, read_commands, 3),
                (os.POSIX_SPAWN_DUP2, write_answers, 4),
            ],
        )  # fmt: skip
        os.close(read_commands)
        os.close(write_answers)
        self._buffer, self._number, self._session = b"", 0, ""
        self._events: list[dict[str, Any]] = []
        self.requests: list[str] = []  # addresses asked for by the page that is open
        self.complaints: list[str] = []  # what the page wrote to the console, and what it threw
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def open(self, path: Path, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Load a file in a window of this size, and wait until it has come up."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self._events.clear()
        self.requests.clear()
        self.complaints.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        self._wait(lambda: any(e["method"] == "Page.loadEventFired" for e in self._events))
        self._sort_events()

    def evaluate(self, script: str) -> Any:
        """Return what a script gives in the page."""
        done = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        self._sort_events()
        return done["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press a key and let go of it."""
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text,
                windowsVirtualKeyCode=code,
            )  # fmt: skip

    def draw(self, points: Sequence[tuple[float, float]], *, touch: bool = False) -> None:
        """Press a button of the mouse, or a finger, move it along a path, and let go of it."""
        last = len(points) - 1
        for i, (x, y) in enumerate(points):
            if touch:
                kind = "touchMove" if i else "touchStart"
                self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
            else:
                self._mouse("mouseMoved" if i else "mousePressed", x, y)
        if touch:
            self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        else:
            self._mouse("mouseReleased", *points[last])

    def _mouse(self, kind: str, x: float, y: float) -> None:
        self.call(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left",
            buttons=int(kind != "mouseReleased"), clickCount=1,
        )  # fmt: skip

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        done = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(done["data"]))

    def close(self) -> None:
        """End it."""
        os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._commands)
        os.close(self._answers)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the protocol and return its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        answers: list[dict[str, Any]] = []
        self._wait(lambda: bool(answers), answers, self._number)
        assert "error" not in answers[0], answers[0]
        result: dict[str, Any] = answers[0]["result"]
        return result

    def _wait(
        self, ready: Any, answers: list[dict[str, Any]] | None = None, number: int = 0
    ) -> None:
        end = time.monotonic() + PATIENCE
        while not ready():
            left = end - time.monotonic()
            assert left > 0, "Chromium does not answer"
            if not select.select([self._answers], [], [], left)[0]:
                continue
            chunk = os.read(self._answers, 1 << 20)
            assert chunk, "Chromium has ended"
            *messages, self._buffer = (self._buffer + chunk).split(b"\0")
            for message in map(json.loads, messages):
                if answers is not None and message.get("id") == number:
                    answers.append(message)
                elif "method" in message:
                    self._events.append(message)

    def _sort_events(self) -> None:
        for event in self._events:
            values = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                self.requests.append(values["request"]["url"])
            elif event["method"] == "Runtime.exceptionThrown":
                self.complaints.append(str(values["exceptionDetails"]))
            elif event["method"] == "Runtime.consoleAPICalled":
                self.complaints.append(str(values["args"]))
            elif event["method"] == "Log.entryAdded":
                self.complaints.append(str(values["entry"]))
        self._events.clear()
