from __future__ import annotations

import numpy as np
import pytest
from handwriting import stroke
from PIL import Image

from digitrec.drawing.strokes import Drawing, Stroke
from digitrec.gui.session.canvas_content import MAX_PICTURES, CanvasContent


@pytest.fixture
def content() -> CanvasContent:
    made = CanvasContent()
    made.resize(700, 500)
    return made


def test_a_new_size_changes_the_ink_only_if_some_is_cut_off(content: CanvasContent) -> None:
    content.drawing.add(Stroke([(100, 100), (300, 300)], 10))
    assert not content.resize(600, 400)
    assert content.resize(250, 400)  # now it is cut off
    assert content.resize(240, 400)  # more of it is
    assert content.resize(600, 400)  # and now none
    assert not content.resize(500, 400)


def test_a_picture_takes_the_place_of_a_drawing_that_undo_brings_back(
    content: CanvasContent,
) -> None:
    assert content.empty
    content.add(stroke(7))
    picture = Image.new("L", (20, 10))
    content.replace(picture)
    assert content.picture is picture
    assert not content.drawing.strokes
    assert not content.empty
    assert content.clear()
    assert content.empty
    assert not content.clear()
    assert content.undo()
    assert content.picture is picture
    assert content.undo()
    assert content.picture is None
    assert len(content.drawing.strokes) == 1
    assert content.redo()
    assert content.picture is picture
    content.add(stroke(1))
    assert content.picture is None
    assert not content.redoable
    assert content.undo()
    assert (content.picture, content.drawing.strokes) == (picture, [])


def test_undo_brings_back_the_last_pictures_alone(content: CanvasContent) -> None:
    pictures = [Image.new("L", (20, 10)) for _ in range(MAX_PICTURES + 2)]
    content.add(stroke(7))
    for picture in pictures:
        content.replace(picture)
        assert content.picture is picture
    back = []
    while content.undo():
        back.append(content.picture)
    assert [*reversed(back)] == pictures[-MAX_PICTURES - 1 : -1]


def test_a_drawing_that_was_opened_is_scaled_to_fit(content: CanvasContent) -> None:
    opened = Drawing(1400, 800, [Stroke([(200, 400), (1300, 600)], 20)])
    content.replace(opened)
    [shown] = content.drawing.strokes
    np.testing.assert_allclose(shown.points, opened.strokes[0].points / 2)
    assert content.last_stroke is shown
    assert (content.drawing.width, content.drawing.height) == (700, 500)


def test_a_snapshot_does_not_change_with_the_drawing(content: CanvasContent) -> None:
    first, unfinished = stroke(7), stroke(1, 400)
    content.drawing.add(first)
    snapshot = content.snapshot(unfinished)
    assert content.drawing.strokes == [first]
    content.clear()
    assert snapshot.strokes == [first, unfinished]
    assert (snapshot.width, snapshot.height) == (700, 500)
