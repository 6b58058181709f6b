from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learners import stored
from sessions import begun, settled

from digitrec.drawing.corrections import add_drawing, load_drawings
from digitrec.gui.session.corrected_drawings import ShownDrawing
from digitrec.gui.session.messages import Message
from digitrec.gui.session.session import Session
from digitrec.storage.resources import shipped_checkpoint


@pytest.fixture
def session(store: Path) -> Session:
    """A session that shows twenty drawings, one of them a 7 labelled as a 1."""
    stored(store, 20)
    seven = load_drawings(store)[7]
    add_drawing(store, replace(seven, label=1))
    session = begun(shipped_checkpoint(), store)
    session.corrected.open()
    settled(session)
    return session


@pytest.fixture(autouse=True)
def closing(session: Session) -> object:
    yield
    session.close()


def of(session: Session, key: int) -> ShownDrawing:
    found = session.corrected.find(key)
    assert found is not None
    return found


def labels(store: Path) -> dict[int, int]:
    return {one.key: one.label for one in load_drawings(store)}


@pytest.mark.slow
def test_the_drawings_are_shown_as_the_network_sees_them(session: Session) -> None:
    kept = session.corrected.shown
    assert kept is not None
    assert [one.key for one in kept] == [*range(20)]
    for one in kept:
        assert one.thumbnail.shape == (28, 28)
        assert one.thumbnail.max() > 200
    assert not session.corrected.undoable
    assert session.corrected.find(None) is None


def test_a_slip_is_marked(session: Session) -> None:
    assert session.corrected.disagrees(of(session, 7))
    assert session.corrected.remark(of(session, 7)).startswith(
        "You called this a 1. It looks like a 7. It will be left out, unless"
    )
    right = of(session, 0)
    assert not session.corrected.disagrees(right)
    assert session.corrected.remark(right) == "You called this a 0."
    # While the network has not been asked about a drawing, nothing is said of it.
    session.corrected.read = {}
    assert not session.corrected.disagrees(of(session, 7))


def test_a_label_is_mended_and_that_is_undone(session: Session, store: Path) -> None:
    session.corrected.relabel(7, 7)
    settled(session)
    assert labels(store)[7] == 7
    assert not session.corrected.disagrees(of(session, 7))
    session.corrected.relabel(7, 7)  # it is that already
    session.corrected.relabel(99, 7)  # there is none
    session.corrected.undo()
    settled(session)
    assert labels(store)[7] == 1
    assert session.corrected.said == Message("It is a 1 again.", "good")
    assert not session.corrected.undoable
    session.corrected.undo()
    assert not session.busy


def test_a_drawing_is_removed_and_that_is_undone(session: Session, store: Path) -> None:
    before = of(session, 4).labelled
    session.corrected.remove(4)
    session.corrected.remove(99)
    settled(session)
    assert session.corrected.said == Message("Removed. Undo brings it back.", "good")
    assert 4 not in labels(store)
    assert session.corrected.count == 19
    session.corrected.undo()
    settled(session)
    assert session.corrected.count == 20
    again = of(session, 4).labelled
    assert (again.label, again.time) == (before.label, before.time)
    for one, other in zip(again.drawing.strokes, before.drawing.strokes, strict=True):
        np.testing.assert_array_equal(one.points, other.points)


def test_steps_are_undone_in_turn(session: Session, store: Path) -> None:
    before = labels(store)
    changes: list[Callable[[], None]] = [
        lambda: session.corrected.relabel(3, 8),
        lambda: session.corrected.remove(3),
        lambda: session.corrected.remove(5),
    ]
    for change in changes:
        change()
        settled(session)
    for _ in changes:
        session.corrected.undo()
    settled(session)
    assert labels(store) == before


def test_changes_follow_those_that_are_not_made_yet(session: Session, store: Path) -> None:
    corrected = session.corrected
    corrected.relabel(3, 5)
    corrected.relabel(3, 3)
    settled(session)
    assert labels(store)[3] == 3
    corrected.relabel(3, 5)
    corrected.relabel(3, 7)
    corrected.undo()
    settled(session)
    assert labels(store)[3] == 5
    corrected.remove(3)
    corrected.remove(3)
    corrected.relabel(3, 8)
    corrected.undo()
    settled(session)
    assert labels(store)[3] == 5
    corrected.undo()  # nothing but one step was made of the removal
    settled(session)
    assert labels(store)[3] == 3


def test_a_change_that_fails_cannot_be_undone(session: Session, store: Path) -> None:
    whole = store.read_bytes()
    store.write_bytes(b"nonsense")
    session.corrected.relabel(3, 5)
    session.corrected.remove(4)
    settled(session)
    assert session.corrected.said.tone == "error"
    assert not session.corrected.undoable
    store.write_bytes(whole)
    session.corrected.relabel(3, 5)
    settled(session)
    assert labels(store)[3] == 5


def test_what_is_kept_meanwhile_is_shown(session: Session, store: Path) -> None:
    session.add(of(session, 0).labelled.drawing.strokes[0])
    session.give_label(0)
    settled(session)
    assert session.corrected.shown is not None
    assert len(session.corrected.shown) == 21
    session.corrected.close()
    session.give_label(6)
    settled(session)
    assert session.corrected.shown is None


def test_what_is_read_after_the_drawings_were_closed_is_not_shown(session: Session) -> None:
    session.corrected.remove(3)
    session.corrected.close()
    settled(session)
    assert session.corrected.shown is None
    assert session.corrected.count == 19
    session.corrected.open()
    settled(session)
    assert session.corrected.shown is not None
    assert len(session.corrected.shown) == 19


def test_undoing_that_fails_can_be_tried_again(session: Session, store: Path) -> None:
    session.corrected.remove(3)
    settled(session)
    whole = store.read_bytes()
    store.write_bytes(b"nonsense")
    session.corrected.undo()
    settled(session)
    assert session.corrected.said.tone == "error"
    store.write_bytes(whole)
    session.corrected.undo()
    settled(session)
    assert session.corrected.said == Message("The drawing is back.", "good")
    assert 3 in labels(store)


def test_a_damaged_file_gives_a_message(session: Session, store: Path) -> None:
    store.write_bytes(b"nonsense")
    session.corrected.remove(3)
    settled(session)
    assert session.corrected.said.tone == "error"
    assert "drawings.h5" in session.corrected.said.text


def test_what_came_of_a_change_is_said_while_the_drawings_are_shown(session: Session) -> None:
    session.corrected.remove(3)
    settled(session)
    assert session.message == Message()
    session.corrected.close()
    assert session.corrected.said == Message()
    session.corrected.open()
    settled(session)
    session.corrected.undo()
    session.corrected.close()
    settled(session)
    assert session.message == Message("The drawing is back.", "good")
