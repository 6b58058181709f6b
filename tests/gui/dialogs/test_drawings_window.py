from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from driving import Driver, Open
from handwriting import path
from learners import outcome, pretending, stored

from digitrec.drawing.corrections import add_drawing, load_drawings
from digitrec.gui.dialogs.drawings_window import NOTHING, PRACTICE
from digitrec.gui.status_bar import TIP
from digitrec.storage.resources import shipped_checkpoint

pytestmark = pytest.mark.window


def opened(driver: Driver) -> Any:
    """Open the window with the drawings, and wait until the network has looked at them."""
    driver.window.label_panel.drawings.invoke()
    driver.settle()
    return driver.window.dialogs.drawings


def click(driver: Driver, key: int) -> None:
    shown = driver.window.dialogs.drawings
    [(x, y)] = [(x, y) for one, x, y in shown.places if one == key]
    shown.area.event_generate("<Button-1>", x=x + 5, y=y + 5)
    driver.root.update()


def texts(canvas: Any) -> list[str]:
    return [canvas.itemcget(i, "text") for i in canvas.find_all() if canvas.type(i) == "text"]


def test_drawings_are_sorted_by_label_and_slips_are_marked(
    open_window: Open, store: Path, tmp_path: Path
) -> None:
    stored(store, 20)
    add_drawing(store, replace(load_drawings(store)[7], label=1))
    driver = open_window()
    shown = opened(driver)
    assert texts(shown.area) == ["0", "1", "7?", *"23456789"]
    assert str(shown.remark["text"]) == "20 drawings. 1 of them looks like another digit."
    assert str(store.parent) in str(shown.place_of_file["text"])
    assert shown.remove.instate(["disabled"])

    click(driver, 7)
    said = "You called this a 1. It looks like a 7. It will be left out, unless"
    assert str(shown.remark["text"]).startswith(said)
    assert "Accent" in str(shown.digits[1]["style"])
    shown.digits[7].invoke()
    driver.settle()
    assert [d.label for d in load_drawings(store) if d.key == 7] == [7]
    assert "7?" not in texts(shown.area)
    assert str(shown.remark["text"]) == "You called this a 7."
    click(driver, 7)  # once more, and it is selected no longer
    assert shown.selected is None
    click(driver, 3)
    shown.remove.invoke()
    driver.settle()
    assert len(shown.places) == 19
    assert str(driver.window.label_panel.count["text"]) == "19 drawings"
    assert str(shown.remark["text"]).startswith("Removed. Undo brings it back. 19 drawings.")
    assert driver.message == TIP
    shown.focus_force()
    driver.root.update()
    for _ in range(2):
        shown.event_generate("<Control-z>")
    driver.settle()
    assert len(shown.places) == 20
    assert "7?" in texts(shown.area)
    assert shown.undo.instate(["disabled"])


def test_without_any_drawing_it_says_how_to_keep_one(driver: Driver) -> None:
    shown = opened(driver)
    assert texts(shown.area) == [NOTHING]
    assert str(shown.said["text"]) == "Keep 10 more drawings first."
    assert shown.learn.instate(["disabled"])
    driver.draw(path(7))
    driver.settle()
    driver.press("Key-7")
    driver.settle()
    assert texts(shown.area) == ["7"]
    assert str(shown.said["text"]) == "Keep 9 more drawings first."
    shown.destroy()
    assert driver.window.dialogs.drawings is None
    assert driver.session.corrected.shown is None


def test_learning_is_seen_and_used_at_the_next_start(
    open_window: Open, store: Path, tmp_path: Path
) -> None:
    stored(store, 10)
    driver = open_window()
    shown = opened(driver)
    new = driver.session.learning.new_file
    shutil.copy(shipped_checkpoint(), new)
    driver.session.learning.process.command = pretending(tmp_path, outcome(new), wait=True)
    assert not shown.decision.winfo_ismapped()
    shown.learn.invoke()
    driver.wait(lambda: driver.session.learning.process.progress > 0)
    driver.wait(lambda: "10%" in str(driver.window.label_panel.drawings["text"]))
    assert str(shown.said["text"]) == PRACTICE
    assert shown.progress.winfo_ismapped()
    assert shown.learn.instate(["disabled"])
    driver.press("Control-d")  # made anew, it is so still
    shown = driver.window.dialogs.drawings
    assert str(shown.said["text"]) == PRACTICE
    shown.destroy()
    (tmp_path / "wait").unlink()
    driver.wait(lambda: not driver.session.learning.running)
    driver.settle()
    shown = driver.window.dialogs.drawings  # opened again, because there is something to decide
    assert "it read 7 before and reads 9 now" in str(shown.said["text"])
    assert str(driver.window.label_panel.drawings["text"]) == "Look what it learnt"
    assert shown.decision.winfo_ismapped()
    shown.use.invoke()
    driver.settle()
    assert driver.root.title().startswith("Your writing")
    assert not shown.decision.winfo_ismapped()
    assert driver.window.settings.learnt
    driver.window.close()

    driver = open_window()
    assert driver.root.title().startswith("Your writing")
    driver.window.commands.choose_shipped()
    driver.settle()
    assert driver.root.title().startswith("digitrec.h5")
    assert not driver.window.settings.learnt
    driver.window.close()
    assert open_window().root.title().startswith("digitrec.h5")


def test_what_was_learnt_is_discarded(open_window: Open, store: Path, tmp_path: Path) -> None:
    stored(store, 10)
    driver = open_window()
    shown = opened(driver)
    new = driver.session.learning.new_file
    shutil.copy(shipped_checkpoint(), new)
    driver.session.learning.process.command = pretending(tmp_path, outcome(new))
    shown.learn.invoke()
    driver.wait(lambda: not driver.session.learning.running)
    driver.settle()
    shown.discard.invoke()
    driver.settle()
    assert not new.exists()
    assert driver.root.title().startswith("digitrec.h5")
    assert not shown.decision.winfo_ismapped()


def test_closing_the_window_ends_learning(open_window: Open, tmp_path: Path) -> None:
    driver = open_window()
    driver.session.corrected.count = 10
    learning = driver.session.learning.process
    learning.command = pretending(tmp_path, outcome(None), wait=True)
    driver.window.change(lambda session: session.learn())
    driver.wait(lambda: (tmp_path / "words.json").exists())
    process = learning._process
    driver.window.close()
    assert process is not None
    assert process.poll() is not None


def test_drawings_are_chosen_by_the_arrow_keys(open_window: Open, store: Path) -> None:
    stored(store, 80)
    driver = open_window()
    shown = opened(driver)
    assert str(shown.focus_lastfor()) == str(shown.area)
    keys = [key for key, _, _ in shown.places]
    place = {key: (x, y) for key, x, y in shown.places}

    def press(key: str) -> None:
        shown.area.focus_force()
        driver.root.update()
        shown.area.event_generate(f"<{key}>")
        driver.root.update()

    press("Right")
    assert shown.selected == keys[0]
    press("Right")
    assert shown.selected == keys[1]
    press("Down")
    assert place[shown.selected][0] == place[keys[1]][0]
    assert place[shown.selected][1] > place[keys[1]][1]
    press("Up")
    assert shown.selected == keys[1]
    press("End")
    assert shown.selected == keys[-1]
    bottom = place[keys[-1]][1] + shown._cell
    assert bottom <= shown.area.canvasy(shown.area.winfo_height())
    press("Right")
    assert shown.selected == keys[-1]
    press("Home")
    press("Left")
    assert shown.selected == keys[0]
    assert shown.area.canvasy(0) <= place[keys[0]][1]
    press("Delete")
    driver.settle()
    assert len(shown.places) == 79
