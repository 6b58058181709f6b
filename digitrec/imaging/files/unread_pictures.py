"""Why a file is not read as a picture, in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

from digitrec.imaging.files.picture_headers import (
    PDF_REACH,
    START,
    TiffPixels,
    is_heic,
    is_pdf,
    start_of,
    tiff_pixels,
)

__all__ = ["why_unread"]

# Formats that Pillow opens and we do not; the message names them.
_UNREAD_FORMATS = ("DDS", "EPS", "ICNS", "PCX", "PSD", "QOI", "SGI")

_SHORT_SIGNATURES = ("BMP", "PPM")  # two letters, with which a text may begin as well
_NUMBERS = {1: "whole numbers", 2: "signed numbers", 3: "floating-point numbers"}
_BITS = (8, 16, 24, 32, 64)


def why_unread(file: BinaryIO, formats: Sequence[str]) -> str:
    """Say why Pillow does not recognise a file.

    Args:
        file: Open for reading.
        formats: Pillow's names of those that are read.
    """
    start = start_of(file, PDF_REACH)
    if not start:
        return "an empty file"
    if is_heic(start) and "HEIF" not in Image.OPEN:
        return "HEIC needs the package pillow-heif: pip install 'digitrec[heic]'"
    if is_pdf(start, ""):
        return "a PDF document, which is read only from a file with a name; or make a picture of it"
    if pixels := _unread_pixels(file):
        return f"a TIFF image with pixels of a kind that is not read, {pixels}; save it as PNG"
    known = [name for name in formats if name in Image.OPEN and name not in _SHORT_SIGNATURES]
    checks = filter(None, (Image.OPEN[name][1] for name in known))
    # Where the decoder of a format is missing, its check returns a text that says so.
    if any(check(start[:START]) is True for check in checks):
        return "a damaged image file"
    if start[4:12] in (b"ftypavif", b"ftypavis"):
        return "AVIF needs a newer Pillow: pip install -U pillow"
    for name in _UNREAD_FORMATS:
        check = Image.OPEN[name][1]
        # The check for PCX of an older Pillow needs two bytes.
        if len(start) > 1 and check is not None and check(start[:START]):
            return f"an image of a format that is not read, {name}; save it as PNG"
    return "not an image file that Pillow can read"


def _unread_pixels(file: BinaryIO) -> str | None:
    """Describe the pixels of a TIFF file if there are such, and Pillow has no decoder for them."""
    pixels = tiff_pixels(file)
    if pixels is None or pixels in _decoded():
        return None
    numbers, bits = _NUMBERS.get(pixels.numbers), {*pixels.bits}
    if numbers is None or len(bits) != 1 or not bits.issubset(_BITS):
        return None
    count = f"{len(pixels.bits)} " if len(pixels.bits) > 1 else ""
    return f"{count}{numbers} of {bits.pop()} bits"


def _decoded() -> set[TiffPixels]:
    """Return the kinds of pixels that Pillow decodes."""
    return {
        TiffPixels(colours, numbers[0], bits)
        for _, colours, numbers, _, bits, _ in TiffImagePlugin.OPEN_INFO
    }
