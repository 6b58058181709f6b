"""What the header of a picture file tells before decoding: its kind, its size, which way up."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, NamedTuple

from PIL import ExifTags, Image

__all__ = [
    "PDF_REACH",
    "START",
    "TiffPixels",
    "ends_as_tga",
    "icon_size",
    "is_heic",
    "is_pdf",
    "is_turned",
    "start_of",
    "tiff_pixels",
    "webp_size",
]

HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
PDF_REACH = 1024  # bytes, in which readers of PDF look for its start
_PDF_START = b"%PDF-"
_BLANK = b"\xef\xbb\xbf\0\t\n\f\r "  # a byte order mark, and white space of PDF
_TGA_FOOTER = b"TRUEVISION-XFILE.\0"  # of version 2 of the format
MOST_SAMPLES = 16  # of a pixel in a TIFF file
START = 16  # bytes, as many as Pillow looks at to tell the format


def start_of(file: BinaryIO, count: int = START) -> bytes:
    """Return the first bytes of a file, and go back to its beginning."""
    file.seek(0)
    start = file.read(count)
    file.seek(0)
    return start


def is_heic(start: bytes) -> bool:
    """Tell whether a file that starts so is a HEIC picture, as Apple's phones take them."""
    return start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS


def is_pdf(start: bytes, suffix: str) -> bool:
    """Tell whether a file is a PDF document by its first `PDF_REACH` bytes.

    Blanks may stand before ``%PDF-``; anything may if the name of the file ends in .pdf. In other
    files, ``%PDF-`` behind something else is part of a text about PDF.
    """
    return start.lstrip(_BLANK).startswith(_PDF_START) or (suffix == ".pdf" and _PDF_START in start)


def ends_as_tga(file: BinaryIO) -> bool:
    """Tell whether a file has the footer of a TGA picture, and go back to its beginning."""
    file.seek(max(0, file.seek(0, io.SEEK_END) - len(_TGA_FOOTER)))
    end = file.read(len(_TGA_FOOTER))
    file.seek(0)
    return end == _TGA_FOOTER


def is_turned(image: Image.Image) -> bool:
    """Tell whether an image is not stored the right way up, by its EXIF orientation."""
    return bool(image.getexif().get(ExifTags.Base.Orientation, 1) != 1)


def webp_size(start: bytes) -> tuple[int, int] | None:
    """Return the width and height that the first 30 bytes of a WebP file tell, or None.

    See RFC 9649, sections 2.5 to 2.7: a canvas (VP8X), or one lossless or lossy picture.
    """
    if start[:4] != b"RIFF" or start[8:12] != b"WEBP" or len(start) < 30:
        return None
    kind, head = start[12:16], start[20:]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = head[6:8], head[8:10]
    return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF


def icon_size(file: BinaryIO) -> tuple[int, int] | None:
    """Return the width and height of the largest picture in an icon; None of other files.

    Pillow decodes one of them when it opens the icon, and each may be larger than the icon says.
    """
    head = start_of(file, 6)
    if head[:4] != b"\0\0\1\0":
        return None
    count = int.from_bytes(head[4:], "little")
    entries, sizes = start_of(file, 6 + 16 * count)[6:], [(0, 0)]
    for place in range(12, len(entries), 16):
        file.seek(int.from_bytes(entries[place : place + 4], "little"))
        start = file.read(24)
        if start.startswith(b"\x89PNG"):
            width, height = (int.from_bytes(start[i : i + 4], "big") for i in (16, 20))
        else:  # as in a BMP file, but with a mask below it, in the same height
            width, height = (int.from_bytes(start[i : i + 4], "little") for i in (4, 8))
            height //= 2
        sizes.append((width, height))
    file.seek(0)
    return max(sizes, key=lambda size: size[0] * size[1])


class TiffPixels(NamedTuple):
    """What the pixels of a TIFF file are, in the numbers of the TIFF 6.0 specification.

    Attributes:
        colours: ``PhotometricInterpretation``, such as 1 for grey and 2 for RGB.
        numbers: ``SampleFormat`` of all samples: 1 unsigned, 2 signed, 3 floating point.
        bits: ``BitsPerSample``, one for each sample of a pixel.
    """

    colours: int
    numbers: int
    bits: tuple[int, ...]


def tiff_pixels(file: BinaryIO) -> TiffPixels | None:
    """Tell the pixels of the first page of a TIFF or BigTIFF file, and go back to its beginning.

    None of other files, of damaged ones, and where the samples of a pixel differ in their format.
    """
    head = start_of(file)
    try:
        order = {b"II": "<", b"MM": ">"}[head[:2]]
        version, count, pointer = {42: (4, "H", "I"), 43: (8, "Q", "Q")}[
            struct.unpack_from(order + "H", head, 2)[0]
        ]
        file.seek(struct.unpack_from(order + pointer, head, version)[0])
        (entries,) = struct.unpack(order + count, file.read(struct.calcsize(f"<{count}")))
        size = struct.calcsize(f"<{pointer}")
        entry = struct.Struct(f"{order}HH{pointer}{size}s")
        one = struct.pack(order + "H", 1).ljust(size, b"\0")
        found = {258: (1, one), 262: (1, one), 339: (1, one)}  # all of them have 16 bits
        for _ in range(min(entries, 0xFFFF)):
            tag, _, samples, value = entry.unpack(file.read(entry.size))
            if tag in found:
                found[tag] = samples, value
        bits, colours, numbers = (
            _shorts(file, order, pointer, *values) for values in found.values()
        )
        return TiffPixels(colours[0], numbers[0], bits) if len({*numbers}) == 1 else None
    except (KeyError, IndexError, ValueError, OverflowError, struct.error):
        return None
    finally:
        file.seek(0)


def _shorts(file: BinaryIO, order: str, pointer: str, count: int, value: bytes) -> tuple[int, ...]:
    """Return the numbers in an entry of a TIFF directory, or where it points to."""
    form = struct.Struct(f"{order}{min(count, MOST_SAMPLES)}H")
    if form.size > len(value):
        file.seek(struct.unpack(order + pointer, value)[0])
        value = file.read(form.size)
    return form.unpack_from(value)
