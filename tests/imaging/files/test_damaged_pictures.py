"""Pictures that are cut off or changed anywhere."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from line_pictures import lines
from PIL import Image, TiffImagePlugin

from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import open_pages, open_picture, try_pages
from digitrec.imaging.normalise import normalise


def error_line(path: Path) -> str:
    with pytest.raises(PictureError) as error:
        open_picture(path, str(path))
    assert str(error.value).isprintable()
    return str(error.value)


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff", "webp", "ppm"])
def test_a_picture_cut_off_anywhere_is_read_or_rejected(kind: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    lines().save(buffer, kind)
    whole = buffer.getvalue()
    path = tmp_path / "cut"
    rejected = 0
    for cut in {*range(0, len(whole), max(1, len(whole) // 15)), 8, len(whole) // 2}:
        path.write_bytes(whole[:cut])
        try:
            open_picture(path, str(path))
        except PictureError:
            assert str(path) in error_line(path)
            rejected += 1
    assert rejected > 5
    path.write_bytes(whole[: len(whole) // 2])
    error_line(path)


def pages_tiff() -> bytearray:
    """Three pages, compressed so that damage shows."""
    buffer = io.BytesIO()
    pages = [lines().rotate(90 * turn) for turn in range(3)]
    pages[0].save(buffer, "tiff", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    return bytearray(buffer.getvalue())


def tags_of(content: bytes | bytearray, page: int) -> tuple[int, dict[int, Any]]:
    """Return where the directory of a page of a TIFF file begins, and what it holds."""
    with Image.open(io.BytesIO(content)) as picture:
        assert isinstance(picture, TiffImagePlugin.TiffImageFile)
        picture.seek(page - 1)
        return picture.tag_v2.offset, dict(picture.tag_v2)


def outcome(content: bytes | bytearray) -> list[str]:
    """Return the name of each page that is read, and the line that tells of each other."""
    return [
        str(page) if isinstance(page, PictureError) else name
        for name, page in try_pages(bytes(content), "scan")
    ]


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_pages_behind_a_damaged_one_are_read(bad: int) -> None:
    content = pages_tiff()
    whole = [page.tobytes() for _, page in open_pages(bytes(content), "scan")]
    tags = tags_of(content, bad)[1]
    start, length = tags[273][0], tags[279][0]
    content[start : start + length] = b"\xff" * length
    expected = [f"scan[{number}]" for number in (1, 2, 3)]
    expected[bad - 1] += ": the image cannot be read: decoder error -2"
    assert outcome(content) == expected
    read = [page for _, page in try_pages(bytes(content), "scan")]
    for number, page in enumerate(read):
        assert isinstance(page, PictureError) or page.tobytes() == whole[number]
    with pytest.raises(PictureError, match=rf"^scan\[{bad}\]: "):
        list(open_pages(bytes(content), "scan"))


def test_pages_behind_a_damaged_directory_are_read() -> None:
    content = pages_tiff()
    start = tags_of(content, 2)[0]
    content[start + 2 : start + 4] = b"\0\0"  # the tag of the width, which is the first
    first, second, third = outcome(content)
    assert (first, third) == ("scan[1]", "scan[3]")
    assert second.startswith("scan[2]: the image cannot be read: ")


def test_pages_before_the_end_of_a_file_that_is_cut_off_are_read() -> None:
    content = pages_tiff()
    start = tags_of(content, 3)[0]
    for end in (start - 1, start, start + 1):
        first, second, third = outcome(content[:end])
        assert (first, second) == ("scan[1]", "scan[2]")
        assert third.startswith("scan[3]: the image cannot be read: ")


def test_an_animation_ends_at_a_damaged_frame() -> None:
    """It builds on those before; how many frames the file claims to have is no matter."""
    buffer = io.BytesIO()
    pages = [lines().rotate(90 * turn) for turn in range(4)]
    pages[0].save(buffer, "png", save_all=True, append_images=pages[1:])
    content = buffer.getvalue()
    control = [at for at in range(len(content)) if content.startswith(b"fcTL", at)]
    for bad, rest in ((2, "pages 3 to 4 were"), (3, "page 4 was"), (4, "")):
        cut = content[: control[bad - 1] - 4]
        *read, error = outcome(cut)
        assert read == [f"scan[{number}]" for number in range(1, bad)]
        assert error.startswith(f"scan[{bad}]: the image cannot be read: ")
        assert error.endswith(f"; {rest} not read") == bool(rest)
    with pytest.raises(PictureError) as alone:
        list(open_pages(content[: control[2] - 4], "scan", page=3))
    assert "not read" not in str(alone.value)


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Change, cut, repeat or remove some bytes; those at the start, which say most, more often."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 6))):
        reach = len(data) if rng.uniform() < 0.5 else min(len(data), 64)
        at = int(rng.integers(0, max(reach, 1)))
        kind = rng.integers(0, 5)
        if kind == 0:
            data[at : at + 1] = rng.integers(0, 256, 1, np.uint8).tobytes()
        elif kind == 1:
            data[at : at + 4] = [b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"][rng.integers(0, 3)]
        elif kind == 2:
            del data[at : at + int(rng.integers(1, 20))]
        elif kind == 3:
            data[at:at] = data[at : at + int(rng.integers(1, 40))]
        elif rng.uniform() < 0.3:
            del data[at:]
    return bytes(data)


FUZZED = [
    "png", "jpeg", "gif", "bmp", "tiff", "webp", "ppm", "jpeg2000", "ico", "tga", "avif",
]  # fmt: skip


def fuzz(count: int, seed: int) -> None:
    """Open mutated pictures: each is read or gives one line, and no warning."""
    rng = np.random.default_rng(seed)
    originals = {}
    for kind in FUZZED:
        if kind.upper() in Image.SAVE or kind == "ico":
            buffer = io.BytesIO()
            lines().resize((32, 32)).save(buffer, kind)
            originals[kind] = buffer.getvalue()
    outcomes = {"read": 0, "rejected": 0}
    for number in range(count):
        kind = list(originals)[number % len(originals)]
        content = mutated(originals[kind], rng)
        try:
            for _, page in open_pages(content, "fuzzed"):
                normalise(page)
            outcomes["read"] += 1
        except PictureError as error:
            line = str(error)
            assert line.isprintable(), (number, kind)
            assert len(line) < 400, (number, kind)
            outcomes["rejected"] += 1
    assert min(outcomes.values()) > count // 20, outcomes


def test_mutated_pictures_are_read_or_rejected_in_one_line() -> None:
    fuzz(330, seed=0)


@pytest.mark.slow
def test_thousands_of_mutated_pictures_are_read_or_rejected_in_one_line() -> None:
    fuzz(4000, seed=1)


@pytest.mark.parametrize("suffix", [".png", ".gif", ".tif", ".ico", ".avif", ".webp", ".jp2"])
def test_a_file_that_breaks_off_is_damaged_wherever_it_does(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"broken{suffix}"
    pages = [Image.fromarray(np.full((20, 30), 40 * n, np.uint8)) for n in range(3)]
    several = {"save_all": True, "append_images": pages[1:]} if suffix == ".tif" else {}
    try:
        pages[0].save(path, **several)
    except (OSError, KeyError):
        pytest.skip("this Pillow does not write it")
    content = path.read_bytes()
    for length in range(16, len(content), max(1, len(content) // 40)):
        path.write_bytes(content[:length])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                pages_read = [page for _, page in try_pages(path, "it")]
            except PictureError as error:
                pages_read = [error]
        for page in pages_read:
            if isinstance(page, PictureError):
                assert re.search("a damaged image|cannot be read|pixels", page.problem), page
                assert "EXIF" not in page.problem  # of a warning
