from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driving import Driver, Open
from handwriting import ignorant, path
from PIL import Image

from digitrec.gui.dialogs.why_window import NOTHING
from digitrec.gui.theme import LIGHT

pytestmark = pytest.mark.window


def explained(driver: Driver) -> Any:
    """Wait until the selected digit is explained."""
    driver.settle()
    explanation = driver.session.explanation
    driver.wait(lambda: explanation.found is not None and not explanation.outdated)
    driver.settle()
    return driver.window.dialogs.why


def pixels(image: Any, folder: Path) -> Any:
    image.write(str(folder / "shown.ppm"), format="ppm")
    return np.asarray(Image.open(folder / "shown.ppm")).astype(int)


def test_a_digit_is_explained_when_the_pen_rests(driver: Driver, tmp_path: Path) -> None:
    assert driver.window.dialogs.why is None  # off by default
    driver.press("Control-w")
    shown = driver.window.dialogs.why
    assert str(shown.said_of_ink["text"]) == NOTHING
    assert shown.later.instate(["disabled"])
    driver.draw(path(7))
    explained(driver)
    assert str(shown.said_of_ink["text"]).startswith("Blue ink made the network say 7.")
    colours = pixels(shown.ink, tmp_path)
    ink = driver.session.latest.selected_digit.prediction.image
    zoom = shown.zoom
    places = colours[zoom // 2 :: zoom, zoom // 2 :: zoom]
    background = [int(LIGHT.canvas[i : i + 2], 16) for i in (1, 3, 5)]
    assert (places[ink == 0] == background).all()
    assert (places[ink > 0.5] != background).any(axis=1).mean() > 0.9
    assert str(shown.layer["text"]) == "What layer 1 of 6 sees"
    assert str(shown.said_of_maps["text"]).endswith("These are the 16 strongest of 32.")

    before = pixels(shown.maps, tmp_path)
    shown.later.invoke()
    explained(driver)
    assert str(shown.layer["text"]) == "What layer 2 of 6 sees"
    assert (pixels(shown.maps, tmp_path) != before).any()
    shown.earlier.invoke()
    explained(driver)
    assert (pixels(shown.maps, tmp_path) == before).all()

    driver.draw(path(1, 420))  # now the 1 is selected
    explained(driver)
    assert "say 1." in str(shown.said_of_ink["text"])
    driver.press("Left")
    explained(driver)
    assert "say 7." in str(shown.said_of_ink["text"])
    driver.press("Escape")
    driver.settle()
    assert str(shown.said_of_ink["text"]) == NOTHING
    driver.press("Control-w")
    assert driver.window.dialogs.why is None
    driver.draw(path(7))
    driver.settle()
    assert driver.session.explanation.outdated  # its window is closed, so it is not explained


def test_any_network_is_explained(open_window: Open, tmp_path: Path) -> None:
    driver = open_window(ignorant(tmp_path))
    driver.draw(path(7))
    driver.settle()
    driver.window.commands.show_why()
    shown = explained(driver)
    assert str(shown.layer["text"]) == "What layer 1 of 5 sees"
    assert "strongest" not in str(shown.said_of_maps["text"])  # all 8 are shown
    driver.window.commands.choose_shipped()
    explained(driver)
    assert str(shown.layer["text"]) == "What layer 1 of 6 sees"
    driver.press("Control-d")  # made anew, in the other theme
    driver.settle()
    assert str(driver.window.dialogs.why.layer["text"]) == "What layer 1 of 6 sees"


def test_what_was_not_read_is_not_explained(driver: Driver) -> None:
    driver.window.commands.show_why()
    driver.draw([(100, 100)])
    driver.settle()
    assert not driver.session.explanation.outdated
    assert str(driver.window.dialogs.why.said_of_ink["text"]) == NOTHING
