"""Anything, in any order: the window is never stuck."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from driving import Open, widgets
from handwriting import path, rejecting
from learners import outcome, pretending
from PIL import Image

from digitrec.drawing import stroke_file
from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.storage.resources import shipped_checkpoint

pytestmark = pytest.mark.window


@pytest.mark.slow
def test_five_hundred_random_actions(open_window: Open, tmp_path: Path) -> None:
    driver = open_window()
    driver.session.learning.process.command = pretending(tmp_path, outcome(shipped_checkpoint()))
    rng = np.random.default_rng(7)
    saved = tmp_path / "saved.json"
    stroke_file.save(saved, Drawing(900, 900, [Stroke(np.array(path(0)), 9)]))
    picture = tmp_path / "picture.png"
    Image.fromarray(rng.integers(0, 255, (40, 60), np.uint8)).save(picture)
    models = [shipped_checkpoint(), rejecting(tmp_path), tmp_path / "none.h5"]
    keys = ["Control-z", "Control-Shift-Z", "Control-y", "Return", "Escape", "e", "Left", "Right"]
    keys += ["Control-r", "Key-3", "KP_8", "Tab", "space", "Control-v"]

    def scribble() -> None:
        points = rng.uniform(-200, 900, (rng.integers(1, 12), 2)).tolist()
        driver.draw([(x, y) for x, y in points], button=int(rng.choice([1, 1, 1, 3])))

    def halves() -> None:
        kind = rng.choice(["ButtonPress-1", "B1-Motion", "ButtonRelease-1", "ButtonPress-3"])
        x, y = rng.integers(-50, 700, 2).tolist()
        driver.area.event_generate(f"<{kind}>", x=x, y=y)

    def button() -> None:
        choices = [w for w in widgets(driver.window.main) if w.winfo_class() == "TButton"]
        choices = [w for w in choices if w is not driver.window.status_bar.choose_another]
        choices[rng.integers(len(choices))].invoke()

    def resize() -> None:
        width, height = rng.integers(200, 1500, 2).tolist()
        driver.root.geometry(f"{width}x{height}")

    def model() -> None:
        use = rng.choice([driver.session.choose_model, driver.session.compare_with])
        use(models[rng.integers(3)])
        driver.window.refresh()

    def file() -> None:
        driver.session.open([saved, picture, tmp_path / "none.png"][rng.integers(3)])
        driver.window.refresh()

    actions: list[tuple[float, Callable[[], None]]] = [
        (0.36, scribble),
        (0.1, halves),
        (0.3, lambda: driver.press(keys[rng.integers(len(keys))])),
        (0.12, button),
        (0.05, resize),
        (0.02, model),
        (0.03, file),
        (0.02, lambda: driver.press(rng.choice(["Control-d", "Control-plus", "Control-minus"]))),
    ]
    weights = [weight for weight, _ in actions]
    for number, index in enumerate(rng.choice(len(actions), 500, p=weights)):
        actions[index][1]()
        driver.root.update()
        assert driver.window.failures == [], (number, index)
    # And it is not stuck: it continues as if nothing had happened.
    driver.area.event_generate("<ButtonRelease-1>", x=5, y=5)
    driver.area.event_generate("<ButtonRelease-3>", x=5, y=5)
    driver.window.commands.set_erasing(False)
    driver.session.choose_model(shipped_checkpoint())
    driver.press("Control-0", "Escape")
    driver.root.geometry("1000x700")
    driver.settle()
    driver.draw(path(7))
    driver.press("Return")
    driver.settle()
    assert driver.answer == "7"
