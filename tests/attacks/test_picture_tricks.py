"""Hostile pictures, one function per trick: read or refused in one line, fast, in little memory."""

from __future__ import annotations

import io
import resource
import struct
import sys
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import open_pages

SECONDS, MEGABYTES = 2.0, 600
BLACK_AND_WHITE = bytes((0, 0, 0, 255, 255, 255))


def opened(path: Path, content: bytes, page: int | None = None) -> str:
    """Open a picture within the limits; return the line that refuses it, or "read N"."""
    path.write_bytes(content)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        said = f"read {sum(1 for _ in open_pages(path, 'picture', page))}"
    except PictureError as error:
        said = str(error)
    assert time.process_time() - began < SECONDS
    unit = 1 if sys.platform == "darwin" else 1024
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit
    assert grown < MEGABYTES * 1e6
    assert said.isprintable()
    assert len(said) < 300
    return said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "picture"


# --- PNG ---------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(
    between: bytes = b"", size: tuple[int, int] = (8, 8), pixels: bytes | None = None, bits: int = 8
) -> bytes:
    head = struct.pack(">IIBBBBB", *size, bits, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((size[0] + 1) * size[1])) if pixels is None else pixels
    parts = (chunk(b"IHDR", head), between, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bomb(megabytes: int) -> bytes:
    return zlib.compress(bytes(megabytes * 10**6), 9)


@pytest.mark.parametrize(
    ("kind", "before"), [(b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"), (b"iCCP", b"a\0\0")]
)
def test_a_text_or_a_colour_profile_that_unpacks_to_a_hundred_megabytes(
    kind: bytes, before: bytes, path: Path
) -> None:
    assert "too large" in opened(path, png(chunk(kind, before + bomb(100)))).lower()


def test_a_hundred_texts_of_a_megabyte_each(path: Path) -> None:
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**6)))
    assert "Too much memory used in text" in opened(path, png(100 * text))


def test_pixels_that_unpack_to_more_than_the_picture_has(path: Path) -> None:
    assert opened(path, png(pixels=bomb(100))) == "read 1"


def test_a_size_that_is_not_that_of_the_pixels(path: Path) -> None:
    assert "truncated" in opened(path, png(size=(5999, 5999), pixels=zlib.compress(bytes(9))))


def test_an_animation_that_claims_two_billion_frames(path: Path) -> None:
    animated = png(chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)))
    assert "more than 1,000 pages" in opened(path, animated)


def test_an_icon_that_hides_a_large_picture(path: Path) -> None:
    hidden = png(size=(12_000, 12_000), pixels=zlib.compress(bytes(1501 * 12_000), 9), bits=1)
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(hidden), 22) + hidden
    assert "12000×12000 pixels, more than 36 million" in opened(path, icon)


# --- TIFF --------------------------------------------------------------------------------------


def tiff(pages: int, *, circle: bool = False, more: int = 0) -> bytes:
    """Pages of 8×8 pixels, which share their pixels at the end of the file."""
    tags = [(256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
            (273, 4, 1, 8), (279, 4, 1, 64)]  # fmt: skip
    tags += [(1000 + i, 7, 0x0FFFFFFF, 8) for i in range(more)]
    page = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    size = len(page) + 4
    last = struct.pack("<I", 8 if circle else 0)
    chain = [page + struct.pack("<I", 8 + (i + 1) * size) for i in range(pages - 1)]
    return b"II*\0" + struct.pack("<I", 8) + b"".join(chain) + page + last + bytes(64)


def test_a_hundred_thousand_pages(path: Path) -> None:
    content = tiff(100_000)
    assert "more than 1,000 pages; choose one" in opened(path, content)
    assert opened(path, content, page=2000) == "read 1"


def test_pages_in_a_circle(path: Path) -> None:
    assert opened(path, tiff(3, circle=True)) == "read 3"


def test_thousands_of_tags_that_claim_more_than_the_file_holds(path: Path) -> None:
    opened(path, tiff(1, more=20_000))


# --- GIF, WebP, JPEG, BMP and others -----------------------------------------------------------


def test_a_hundred_thousand_frames(path: Path) -> None:
    head = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + BLACK_AND_WHITE
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    assert "more than 1,000 pages" in opened(path, head + 100_000 * frame + b"\x3b")


def jpeg(size: int, **options: bool) -> bytes:
    content = io.BytesIO()
    Image.new("L", (size, size)).save(content, "JPEG", **options)
    return content.getvalue()


def test_scans_without_end(path: Path) -> None:
    """Each scan goes over all pixels: 200 in a file of 150 kB took 4.6 seconds."""
    content = jpeg(6000, progressive=True)
    last = content.rindex(b"\xff\xda")
    many = content[:-2] + 200 * content[last:-2] + content[-2:]
    assert "more than 100 scans" in opened(path, many)
    path.write_bytes(jpeg(300, progressive=True))
    assert opened(path, path.read_bytes()) == "read 1"


def test_a_restart_interval_that_is_never_met(path: Path) -> None:
    content = jpeg(800)
    scan = content.index(b"\xff\xda")
    assert opened(path, content[:scan] + b"\xff\xdd\0\x04\xff\xff" + content[scan:]) == "read 1"


def test_a_colour_profile_in_hundreds_of_pieces(path: Path) -> None:
    content = jpeg(8)
    piece = b"\xff\xe2" + struct.pack(">H", 65535) + b"ICC_PROFILE\0\x01\xff" + bytes(65519)
    assert opened(path, content[:2] + 200 * piece + content[2:]) == "read 1"


def test_runs_that_fill_no_picture(path: Path) -> None:
    runs, palette = b"\0\x02\xff\0\0\1", bytes(4 * 256)
    head = struct.pack("<IiiHHIIiiII", 40, 6000, 6000, 1, 8, 1, len(runs), 0, 0, 256, 0)
    start = struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078)
    opened(path, b"BM" + start + head + palette + runs)


def test_millions_of_tiles(path: Path) -> None:
    content = io.BytesIO()
    Image.new("L", (64, 64)).save(content, "JPEG2000", no_jp2=True)
    changed = bytearray(content.getvalue())
    size = changed.index(b"\xff\x51")
    struct.pack_into(">II", changed, size + 6, 6000, 6000)
    struct.pack_into(">II", changed, size + 22, 1, 1)
    assert "cannot be read" in opened(path, bytes(changed))


def test_a_comment_of_megabytes_where_numbers_should_be(path: Path) -> None:
    assert "not enough" in opened(path, b"P3 6000 6000 255\n#" + 5_000_000 * b"x")


def test_a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)
    with pytest.raises(PictureError, match=r"^picture: .*[Ss]ymbolic links"):
        list(open_pages(path, "picture"))
