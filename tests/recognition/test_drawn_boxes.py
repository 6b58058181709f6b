"""Pictures with what was read drawn on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitrec.arrays import Int64Array
from digitrec.recognition.drawn_boxes import COLOURS, draw_boxes, save_beside
from digitrec.recognition.pages.turned_pages import turn_page
from digitrec.recognition.results import Box, Page, Prediction, Rejection
from digitrec.storage import atomic

IMAGE = np.zeros((28, 28), np.float32)


def read(box: Box, digit: int | None = 7, confidence: float = 0.99) -> Prediction:
    rejection = Rejection("not a digit", 7) if digit is None else None
    return Prediction(digit, confidence, np.full(10, 0.1), IMAGE, rejection=rejection, box=box)


def paper(width: int = 300, height: int = 200) -> Image.Image:
    return Image.new("L", (width, height), 200)


def pixels(picture: Image.Image, colour: tuple[int, int, int]) -> Int64Array:
    return np.argwhere((np.asarray(picture) == colour).all(axis=2))


def test_each_kind_of_prediction_has_its_colour_around_its_box() -> None:
    boxes = {
        "sure": (40, 90, 80, 150),
        "unsure": (120, 90, 160, 150),
        "rejected": (200, 80, 260, 150),
    }
    page = Page(((
        read(boxes["sure"]), read(boxes["unsure"], 4, 0.5), read(boxes["rejected"], None),
    ),))  # fmt: skip
    drawn = draw_boxes(paper(), page)
    margin = (drawn.width - 300) // 2
    assert drawn.size == (300 + 2 * margin, 200 + 2 * margin)
    for kind, (left, top, right, bottom) in boxes.items():
        found = pixels(drawn, COLOURS[kind]) - margin  # rows and columns
        middle = (top + bottom) // 2
        across = found[found[:, 0] == middle][:, 1]
        assert {left - 1, right} <= set(across.tolist())
        assert not ((across >= left) & (across < right)).any()  # the digit itself stays free
        assert (found[:, 0] < top - 5).any()  # the label above


def test_a_turned_page_is_drawn_upright() -> None:
    upright = Page(((read((40, 90, 80, 150)), read((120, 90, 160, 150), None)),))
    turned = turn_page(upright, (300, 200), 270)
    drawn = draw_boxes(paper(200, 300), turned)
    np.testing.assert_array_equal(np.asarray(drawn), np.asarray(draw_boxes(paper(), upright)))


def test_the_label_of_a_digit_at_the_edge_is_not_cut() -> None:
    inside = draw_boxes(paper(), Page(((read((100, 100, 130, 150)),),)))
    corner = draw_boxes(paper(), Page(((read((0, 0, 30, 50)),),)))
    count = [len(pixels(drawn, COLOURS["sure"])) for drawn in (inside, corner)]
    assert count[0] == count[1]


def test_small_digits_are_enlarged_until_labels_have_room() -> None:
    line = tuple(read((10 * i, 10, 10 * i + 8, 22)) for i in range(20))
    drawn = draw_boxes(paper(200, 40), Page((line,)))
    assert drawn.width >= 3 * 200
    large = tuple(read((100 * i, 10, 100 * i + 80, 120)) for i in range(20))
    assert draw_boxes(paper(2000, 140), Page((large,))).width < 2200


def test_a_picture_without_digits_and_one_of_a_pixel_are_drawn() -> None:
    for size in ((1, 1), (30, 2)):
        drawn = draw_boxes(paper(*size), Page(()))
        assert np.asarray(drawn).std() > 0


def test_transparency_is_white_and_the_picture_upright() -> None:
    picture = Image.new("RGBA", (60, 30), (0, 0, 0, 0))
    picture.getexif()[0x0112] = 6  # turned by a quarter
    drawn = draw_boxes(picture, Page(()))
    assert np.asarray(drawn).min() == 255
    assert drawn.height > drawn.width


def test_names_never_overwrite_one_another(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    one, other = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    first = save_beside(folder, "a/x.png", 0, one)
    second = save_beside(folder, "b/x.jpg", 0, other)
    assert [path.name for path in (first, second)] == ["x-boxes.png", "x-boxes-2.png"]
    for path, colour in ((first, (255, 0, 0)), (second, (0, 0, 255))):
        with Image.open(path) as saved:
            assert saved.getpixel((0, 0)) == colour
    long = save_beside(folder, 250 * "n" + ".png", 0, one)
    assert long.exists()
    assert save_beside(folder, "-", 0, one).name == "standard-input-boxes.png"
    assert len(list(folder.iterdir())) == 4


def test_a_picture_is_whole_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile: list[list[str]] = []
    monkeypatch.setattr(
        atomic.os, "fsync", lambda _: meanwhile.append([path.name for path in tmp_path.iterdir()])
    )
    saved = save_beside(tmp_path, "x.png", 0, paper())
    assert len(meanwhile) == 1
    assert "x-boxes.png" not in meanwhile[0]
    assert [*tmp_path.iterdir()] == [saved]


def test_a_name_that_another_process_takes_meanwhile_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        atomic.os, "fsync", lambda _: (tmp_path / "x-boxes.png").write_text("another's")
    )
    assert save_beside(tmp_path, "x.png", 0, paper()).name == "x-boxes-2.png"
    assert (tmp_path / "x-boxes.png").read_text() == "another's"
    assert len([*tmp_path.iterdir()]) == 2


def test_the_longest_name_of_letters_of_several_bytes_has_a_picture(tmp_path: Path) -> None:
    name = 83 * "数" + ".png"
    (tmp_path / name).touch()
    for number in ("", "-2"):
        assert save_beside(tmp_path, name, 12, paper()).name.endswith(f"-page-12-boxes{number}.png")


def test_a_page_is_told_from_a_second_file_of_the_name(tmp_path: Path) -> None:
    picture = Image.new("RGB", (4, 4), "red")
    given = [("a/x.gif", 1), ("a/x.gif", 2), ("b/x.png", 0), ("b/x.gif", 2), ("-", 3)]
    saved = [save_beside(tmp_path, name, page, picture).name for name, page in given]
    assert saved == [
        "x-page-1-boxes.png", "x-page-2-boxes.png", "x-boxes.png", "x-page-2-boxes-2.png",
        "standard-input-page-3-boxes.png",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(OSError, match="exists") as error:
        save_beside(tmp_path / "file", "x.png", 0, paper())
    assert error.value.filename == str(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_is_made_where_a_link_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new")
    save_beside(tmp_path / "link", "a.png", 0, paper())
    assert (tmp_path / "new" / "a-boxes.png").is_file()
