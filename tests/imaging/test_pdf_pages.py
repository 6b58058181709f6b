from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from drawn_shapes import draw
from PIL import Image

from digitrec.errors import PictureError
from digitrec.imaging.picture_files import is_picture_file, open_pages, open_picture
from digitrec.recognition.recognizer import Recognizer

pytest.importorskip("pypdfium2")


def document(path: Path, *shapes: str) -> Path:
    """Write a PDF with a page for each shape."""
    pages = [Image.fromarray(255 - draw(shape, pen=0.1)) for shape in shapes]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=100)
    return path


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def test_pages_are_read_one_by_one(tmp_path: Path, recognizer: Recognizer) -> None:
    path = document(tmp_path / "scan.pdf", "two", "seven")
    assert is_picture_file(path)
    names, pages = zip(*open_pages(path, "scan.pdf"), strict=True)
    assert names == ("scan.pdf[1]", "scan.pdf[2]")
    assert [recognizer.recognize(page).digit for page in pages] == [2, 7]
    assert recognizer.recognize(path).digit == 2
    assert recognizer.read(path, page=2).text == "7"


def test_a_page_is_drawn_as_scanned_at_200_dpi_and_no_larger_than_12_million_pixels(
    tmp_path: Path,
) -> None:
    small = document(tmp_path / "small.pdf", "two")  # 280 pixels at 100 dpi
    assert all(abs(side - 560) <= 1 for side in open_picture(small, "small").size)
    poster = tmp_path / "poster.pdf"
    Image.new("L", (5000, 3000), 255).save(poster, resolution=30)
    width, height = open_picture(poster, "poster").size
    assert 11.9e6 < width * height < 12.1e6


def test_what_is_wrong_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = document(tmp_path / "scan.pdf", "two")
    with pytest.raises(PictureError, match=r"^scan: the image has 1 page, and no page 2$"):
        open_picture(path, "scan", page=2)
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    with pytest.raises(PictureError, match=r"^scan: the PDF cannot be read: [^\n]*$"):
        open_picture(path, "scan")
    # Bytes may come over a network, and are never given to PDFium.
    with pytest.raises(PictureError, match="not an image file"):
        open_picture(whole, "scan")
    path.write_bytes(whole)
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(PictureError, match=r"^scan: PDF needs .*pip install 'digitrec\[pdf\]'$"):
        open_picture(path, "scan")


def test_threads_take_turns(tmp_path: Path) -> None:
    path = document(tmp_path / "scan.pdf", *["two", "seven"] * 4)
    with ThreadPoolExecutor(4) as pool:
        read = list(
            pool.map(lambda page: open_picture(path, "scan", page).tobytes(), [*range(1, 9)] * 3)
        )
    assert read == read[:2] * 12
