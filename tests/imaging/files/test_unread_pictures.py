"""What is said of TIFF files whose pixels are of a kind that Pillow does not decode."""

from __future__ import annotations

import io
import struct

import pytest

from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import open_picture
from digitrec.imaging.files.picture_headers import TiffPixels, tiff_pixels

SIDE = 4  # pixels


def tiff(numbers: int, bits: int, samples: int = 1, order: str = "<", big: bool = False) -> bytes:
    """A TIFF file of SIDE×SIDE black pixels in one strip; ``numbers`` is its SampleFormat."""
    strip = bytes(SIDE * SIDE * samples * bits // 8)
    pointer, count, head = ("Q", "Q", 16) if big else ("I", "H", 8)
    size = struct.calcsize(pointer)
    tags = {
        256: [SIDE], 257: [SIDE], 258: [bits] * samples, 259: [1], 262: [2 if samples == 3 else 1],
        273: [head], 277: [samples], 278: [SIDE], 279: [len(strip)], 284: [1],
        339: [numbers] * samples,
    }  # fmt: skip
    directory = head + len(strip)
    entries, behind = b"", b""
    end = directory + struct.calcsize(f"<{count}") + len(tags) * (4 + 2 * size) + size
    for tag, values in tags.items():
        content = struct.pack(f"{order}{len(values)}H", *values)
        if len(content) > size:
            content, behind = struct.pack(order + pointer, end + len(behind)), behind + content
        entries += struct.pack(f"{order}HH{pointer}", tag, 3, len(values))
        entries += content.ljust(size, b"\0")
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}H", 43 if big else 42)
    if big:
        start += struct.pack(f"{order}HH", 8, 0)
    start += struct.pack(order + pointer, directory)
    return start + strip + struct.pack(order + count, len(tags)) + entries + bytes(size) + behind


def problem(content: bytes) -> str:
    with pytest.raises(PictureError) as error:
        open_picture(content, "x.tif")
    return error.value.problem


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize(
    ("numbers", "bits", "samples", "kind"),
    [
        (3, 16, 1, "floating-point numbers of 16 bits"),
        (3, 64, 1, "floating-point numbers of 64 bits"),
        (3, 32, 3, "3 floating-point numbers of 32 bits"),
        (1, 32, 3, "3 whole numbers of 32 bits"),
        (2, 64, 1, "signed numbers of 64 bits"),
        (1, 8, 5, "5 whole numbers of 8 bits"),
    ],
)
def test_pixels_that_are_not_decoded_are_told(
    numbers: int, bits: int, samples: int, kind: str, order: str, big: bool
) -> None:
    content = tiff(numbers, bits, samples, order, big)
    told = f"a TIFF image with pixels of a kind that is not read, {kind}; save it as PNG"
    assert problem(content) == told
    expected = TiffPixels(2 if samples == 3 else 1, numbers, (bits,) * samples)
    assert tiff_pixels(io.BytesIO(content)) == expected


@pytest.mark.parametrize(("numbers", "bits", "samples"), [(1, 8, 1), (3, 32, 1), (1, 8, 3)])
def test_those_that_are_decoded_are_read(numbers: int, bits: int, samples: int) -> None:
    assert open_picture(tiff(numbers, bits, samples), "x.tif").size == (SIDE, SIDE)


def test_what_is_damaged_is_said_to_be() -> None:
    whole = tiff(3, 64, 3)
    lost = whole[:4] + struct.pack("<I", 2**32 - 1) + whole[8:]  # its directory is nowhere
    for content in (whole[:7], whole[:-30], lost, tiff(3, 7), tiff(9, 64)):
        assert problem(content) == "a damaged image file"
