"""Opening picture files, whatever is wrong with them."""

from __future__ import annotations

import io
import stat
import threading
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from digitrec.errors import PictureError

__all__ = ["is_picture_file", "open_picture"]

SUFFIXES = frozenset({
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm",
    ".ppm", ".pbm", ".pnm", ".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k", ".jpx", ".tga",
    ".ico", ".psd", ".qoi",
})  # fmt: skip
"""Endings of files that are taken for pictures, even if they turn out to be damaged."""

FORMATS = (
    "PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF", "ICO", "PSD", "QOI",
    "DDS", "SGI", "SUN", "MPO",
)  # fmt: skip
"""Pillow's names of the formats that a file of another ending is looked at for. Pillow would also
take documents (EPS) and data (HDF5) for pictures."""

HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
START = 16  # bytes, as many as Pillow looks at to tell the format

# Warnings are filtered for the whole process: two threads at it would leave the filter in place.
_OPENING = threading.Lock()


def is_picture_file(path: str | Path) -> bool:
    """Tell whether a file of a folder is a picture, by its ending or by its first bytes.

    A pipe or a device, which could wait or never end, is not opened, and is none.
    """
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        if path.suffix.lower() in SUFFIXES:
            return True
        with path.open("rb") as file:
            start = file.read(START)
    except OSError:
        return path.suffix.lower() in SUFFIXES  # opening it says what is wrong
    Image.init()
    checks = (Image.OPEN[name][1] for name in FORMATS if name in Image.OPEN)
    if not any(check is not None and check(start) for check in checks):
        return _is_heic(start)
    try:  # a text, too, may begin as some pictures do
        Image.open(path, formats=FORMATS).close()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return True
    except Exception:
        return _is_heic(start)
    return True


def _is_heic(start: bytes) -> bool:
    return start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS


def _register_heic() -> bool:
    """Make Pillow read HEIC, where the package for it is installed; return whether it is."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def open_picture(source: Path | bytes, name: str) -> Image.Image:
    """Open and decode a picture, and turn it the right way up by its EXIF orientation.

    Args:
        source: The path of the file, or its content. Of several frames, the first is decoded.
        name: What the picture is called in the error message.

    Raises:
        PictureError: one line that begins with ``name``.
    """
    if isinstance(source, Path) and _is_pipe_or_device(source):
        raise PictureError(f"{name}: a pipe or a device, not a file; - reads standard input")
    try:
        with _OPENING, warnings.catch_warnings():
            # Pillow warns of pictures so large that they may be an attack: reject them.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
        with picture:
            return ImageOps.exif_transpose(picture)  # a copy that needs the file no more
    except UnidentifiedImageError:
        start = source[:START] if isinstance(source, bytes) else _start_of(source)
        if _is_heic(start) and "HEIF" not in Image.OPEN:
            if _register_heic():
                return open_picture(source, name)
            raise PictureError(
                f"{name}: HEIC needs the package pillow-heif: pip install 'digitrec[heic]'"
            ) from None
        if start[4:12] in (b"ftypavif", b"ftypavis"):
            raise PictureError(
                f"{name}: AVIF needs a newer Pillow: pip install -U pillow"
            ) from None
        raise PictureError(f"{name}: not an image file that Pillow can read") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise PictureError(f"{name}: the image has too many pixels; reduce it first") from None
    except FileNotFoundError:
        raise PictureError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        raise PictureError(f"{name}: a folder without image files") from None
    # Decoders of damaged files raise OSError, SyntaxError, ValueError, struct.error and others.
    except Exception as error:
        raise PictureError(f"{name}: the image cannot be read: {error}") from None


def _is_pipe_or_device(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # missing, or not a name at all: opening it says which
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(START)
