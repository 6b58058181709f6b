from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from drawn_shapes import draw
from PIL import Image

from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import (
    is_picture_file,
    open_pages,
    open_picture,
    try_pages,
)
from digitrec.recognition.recognizer import Recognizer

pytest.importorskip("pypdfium2")


def document(path: Path, *shapes: str) -> Path:
    """Write a PDF with a page for each shape."""
    pages = [Image.fromarray(255 - draw(shape, pen=0.1)) for shape in shapes]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=100)
    return path


STROKES = b"8 w 1 J 60 150 m 110 170 130 120 80 110 c 150 110 130 40 50 60 c S"
"""Draws a 3 on a page of 200 by 200 points."""


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def pdf(*objects: bytes) -> bytes:
    """Write a PDF document of objects 1, 2, 3, …, the first of which is the catalogue."""
    content, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    size, table = len(objects) + 1, b"0000000000 65535 f \n" + b"".join(places)
    return content + (
        b"xref\n0 %d\n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, len(content))
    )


def page(kids: bytes = b"3 0 R", count: int = 1, contents: bytes = STROKES) -> bytes:
    """Write a PDF document of one page, which may stand in it several times."""
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<<>>>>",
        stream(contents),
    )


def form(kind: bytes, *, appearance: bool) -> bytes:
    """Write a PDF form with a field in which stands a 3."""
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(3)/Rect[20 20 180 180]/F 4/DA(/H 90 Tf 0 g)"
    if appearance:
        field += b"/AP<</N 6 0 R>>"
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/DA(/H 40 Tf 0 g)"
        b"/NeedAppearances %s/DR<</Font<</H 7 0 R>>>>%s>>>>"
        % (b"false" if appearance else b"true", kind),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<<>>"
        b"/Annots[5 0 R]>>",
        stream(b" "),
        field + b">>",
        stream(STROKES, b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Resources<<>>"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


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
    with pytest.raises(PictureError, match=r"^scan: the image has 1 page; there is no page 2$"):
        open_picture(path, "scan", page=2)
    whole = path.read_bytes()
    path.write_bytes(whole[:40])
    with pytest.raises(PictureError, match=r"^scan: the PDF cannot be read: [^\n]*$"):
        open_picture(path, "scan")
    # Bytes may come over a network, and are never given to PDFium.
    with pytest.raises(PictureError, match=r"^scan: a PDF document, which is read only"):
        open_picture(whole, "scan")
    path.write_bytes(whole)
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(PictureError, match=r"^scan: PDF needs .*pip install 'digitrec\[pdf\]'$"):
        open_picture(path, "scan")


def locked(filter_name: bytes) -> bytes:
    """Write a PDF document that is encrypted, with a password that nobody knows."""
    content = page().replace(
        b"trailer<<", b"trailer<</ID[<00><00>]/Encrypt<</Filter/%s/V 1/R 2" % filter_name
        + b"/P -4/O<%s>/U<%s>>>" % (b"11" * 32, b"22" * 32),
    )  # fmt: skip
    assert b"/Encrypt" in content
    return content


def test_each_document_that_is_not_opened_has_a_reason_of_its_own(tmp_path: Path) -> None:
    """PDFium says of one without pages what was wrong with the last that failed."""
    none = "it has no pages"
    for content, reason in (
        (page(b"", 0), none),
        (locked(b"Standard"), "it needs a password; save a copy without one"),
        (page(b"", 0), none),
        (locked(b"Other"), "PDFium cannot decrypt it; save a copy that is not encrypted"),
        (page()[:30], "it is damaged"),
        (page(b"", 0), none),
    ):
        path = tmp_path / "an ü.pdf"
        path.write_bytes(content)
        with pytest.raises(PictureError) as told:
            open_picture(path, "scan")
        assert str(told.value) == f"scan: the PDF cannot be read: {reason}"


def test_threads_take_turns(tmp_path: Path) -> None:
    path = document(tmp_path / "scan.pdf", *["two", "seven"] * 4)
    with ThreadPoolExecutor(4) as pool:
        read = list(
            pool.map(lambda page: open_picture(path, "scan", page).tobytes(), [*range(1, 9)] * 3)
        )
    assert read == read[:2] * 12


def test_pages_behind_a_missing_one_are_read(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(page(b"3 0 R 9 0 R 3 0 R", 3))
    names, pages = zip(*try_pages(path, "scan.pdf"), strict=True)
    assert names == ("scan.pdf[1]", "scan.pdf[2]", "scan.pdf[3]")
    assert isinstance(pages[0], Image.Image)
    assert isinstance(pages[2], Image.Image)
    assert str(pages[1]).startswith("scan.pdf[2]: the image cannot be read: ")


@pytest.mark.parametrize("appearance", [True, False])
@pytest.mark.parametrize("kind", [b"", b"/XFA(<a/>)"])
def test_what_a_form_is_filled_in_with_is_drawn(
    kind: bytes, appearance: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(form(kind, appearance=appearance))
    darkest, lightest = open_picture(path, "form").convert("L").getextrema()
    assert (darkest, lightest) == (0, 255)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("before", "name"),
    [
        (b"\n", "scan.pdf"), (b"\xef\xbb\xbf", "scan"), (b"\0\r\n ", "scan.txt"),
        (b"sent by a scanner\r\n", "scan.PDF"),
    ],
)  # fmt: skip
def test_a_document_may_begin_a_little_later(before: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(before + page())
    assert is_picture_file(path)
    assert open_picture(path, name).convert("L").getextrema() == (0, 255)


@pytest.mark.parametrize("name", ["notes.txt", "notes"])
def test_a_text_that_tells_of_documents_is_none(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"A document begins with\n%PDF-1.7\n")
    assert not is_picture_file(path)
    with pytest.raises(PictureError, match="not an image file that Pillow can read"):
        open_picture(path, name)
