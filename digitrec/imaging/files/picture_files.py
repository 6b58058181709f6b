"""Opening picture files, whatever is wrong with them."""

from __future__ import annotations

import contextlib
import io
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from digitrec.errors import PictureError
from digitrec.imaging.files.decoder_messages import silence_libtiff, without_pillow_warnings
from digitrec.imaging.files.pdf_pages import PdfPages, reads_pdf
from digitrec.imaging.files.picture_headers import (
    PDF_REACH,
    ends_as_tga,
    icon_size,
    is_heic,
    is_pdf,
    is_turned,
    start_of,
    webp_size,
)
from digitrec.imaging.files.unread_pictures import why_unread
from digitrec.storage.regular_files import open_regular

__all__ = [
    "NO_MEMORY",
    "SUFFIXES",
    "frame_of",
    "is_picture_file",
    "is_pipe_or_device",
    "open_pages",
    "open_picture",
    "try_pages",
]

# TGA has no signature at its start, so nearly any file could be one: the ending or a footer tells.
_TGA_SUFFIXES = frozenset({".tga", ".icb", ".vda", ".vst"})

SUFFIXES = _TGA_SUFFIXES | frozenset({
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp",
    ".pgm", ".ppm", ".pbm", ".pnm", ".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k", ".jpx",
    ".ico",
})  # fmt: skip
"""Endings of files that are taken for pictures, even if they turn out to be damaged."""

FORMATS = (
    "PNG", "JPEG", "MPO", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF", "HEIF", "ICO",
    "TGA",
)  # fmt: skip
"""Pillow's names of the formats that are opened, whatever the ending of a file. Pillow knows more:
for some of them (EPS) it starts another program, and others are documents or data."""

MAX_PIXELS = 36_000_000
"""Of a picture that is decoded: a page of A4 scanned at 600 dpi has 34.8 million, and photographs
of phones have 12. To open and to read one takes at most 600 MB beside what the program takes."""

MAX_PAGES = 1000  # of a file; an animation with more frames is not a document
MAX_AT_ONCE = 256 * 2**20  # bytes: more than a WebP picture or an icon within the limit has
MAX_SCANS = 100  # of a JPEG picture; each goes over all pixels, and programs write about 10

NO_MEMORY = "there is not enough memory for the image; reduce it first"


def is_picture_file(path: str | Path) -> bool:
    """Tell whether a file of a folder is a picture, by its ending or by its first bytes.

    A pipe or a device is not a picture, and is not opened, because reading it might never end.
    """
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        if path.suffix.lower() in SUFFIXES:
            return True
        with open_regular(path) as file:
            return _begins_as_picture(file, path.suffix.lower())
    except OSError:
        return path.suffix.lower() in SUFFIXES  # opening it later says what is wrong


def _begins_as_picture(file: BinaryIO, suffix: str) -> bool:
    start = start_of(file)
    if is_pdf(start_of(file, PDF_REACH), suffix):
        return reads_pdf()
    checks = (Image.OPEN[name][1] for name in _formats(file, suffix))
    # TGA, which is among the formats if the file's ending is TGA's, has no check of its start.
    if not any(check is None or check(start) for check in checks):
        return is_heic(start)
    try:  # opened, because a text may begin as some pictures do
        _opened(file, suffix, "", MAX_PIXELS).close()
    except (PictureError, Image.DecompressionBombError):
        return True  # of too many pixels
    except Exception:
        return is_heic(start)
    return True


def _register_heic() -> bool:
    """Make Pillow read HEIC, where the package for it is installed; return whether it is."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def open_picture(
    source: Path | bytes, name: str, page: int = 1, most_pixels: float | None = None
) -> Image.Image:
    """Open and decode a picture, and turn it the right way up by its EXIF orientation.

    Args:
        source: The path of the file, or its content.
        name: What the picture is called in the error message.
        page: Of a file of several pages, or an animation; the first is 1.
        most_pixels: A picture of more is not decoded; None stands for `MAX_PIXELS`.

    Raises:
        PictureError: one line that begins with ``name``.
    """
    return next(iter(open_pages(source, name, page, most_pixels)))[1]


def open_pages(
    source: Path | bytes, name: str, page: int | None = None, most_pixels: float | None = None
) -> Iterator[tuple[str, Image.Image]]:
    """Open and decode the pages of a picture file, one after the other, as `open_picture` does.

    Args:
        source: The path of the file, or its content.
        name: What the picture is called in the error message.
        page: The one that is wanted; None stands for all.
        most_pixels: A picture of more is not decoded; None stands for `MAX_PIXELS`.

    Yields:
        The name of each page, which is ``name`` where there is only one and else has the number of
        the page at its end, as in ``scan.tif[2]``; and the page.

    Raises:
        PictureError: one line that begins with the name, of the first page that cannot be read.
    """
    for shown, opened in try_pages(source, name, page, most_pixels):
        if isinstance(opened, PictureError):
            # A new error, because the traceback of this one would keep the picture in memory.
            raise PictureError(opened.problem, opened.name)
        yield shown, opened


def try_pages(
    source: Path | bytes, name: str, page: int | None = None, most_pixels: float | None = None
) -> Iterator[tuple[str, Image.Image | PictureError]]:
    """Open pages as `open_pages` does, but go on after one that cannot be read.

    The frames of an animation build on those before, so it ends at the first that is damaged.

    Yields:
        The name of each page; and the page, or why it and the rest, if any, cannot be read.

    Raises:
        PictureError: if the file cannot be opened.
    """
    most = MAX_PIXELS if most_pixels is None else most_pixels
    if isinstance(source, Path) and is_pipe_or_device(source):
        raise PictureError("a pipe or a device, not a file; - reads standard input", name)
    with contextlib.ExitStack() as held:
        with _errors_named(source, name, most):
            # Pillow gets an open file. By a name it would map the pixels into memory; if the file
            # became shorter then, the system would end the process.
            file = held.enter_context(_file_of(source))
            suffix = source.suffix.lower() if isinstance(source, Path) else ""
            if isinstance(source, Path) and is_pdf(start_of(file, PDF_REACH), suffix):
                document = held.enter_context(contextlib.closing(PdfPages(source, name)))
                count, draw, goes_on = document.count, document.draw, True
            else:
                picture = held.enter_context(_opened(file, suffix, name, most))
                count, goes_on = _count_pages(picture, page), picture.format == "TIFF"
                draw = partial(_decoded, picture, count, most)
                _check_scans(picture, file, name)
        for number, shown in _wanted(page, count, name):
            opened = _page_or_error(partial(draw, number), source, shown, most)
            if isinstance(opened, PictureError) and page is None and not goes_on and number < count:
                problem = f"{opened.problem}; {_rest(number + 1, count)} not read"
                yield shown, PictureError(problem, shown)
                return
            yield shown, opened


def frame_of(picture: Image.Image, page: int) -> Image.Image:
    """Return a page of a picture that is open, the first is 1; the picture stays where it is.

    Raises:
        PictureError: if there is no such page, or it cannot be decoded.
    """
    with _errors_named(b"", "", MAX_PIXELS):
        before = picture.tell()
        try:
            count = _count_pages(picture, page)
            ((number, _),) = _wanted(page, count, "")
            if count == 1:
                return picture
            picture.seek(number - 1)
            return ImageOps.exif_transpose(picture)
        finally:
            picture.seek(before)


def _page_or_error(
    draw: Callable[[], Image.Image], source: Path | bytes, shown: str, most: float
) -> Image.Image | PictureError:
    try:
        with _errors_named(source, shown, most):
            return draw()
    except PictureError as error:
        problem, raised = error.problem, error.__context__
        # The error refers to the frames it was raised in, which would keep the picture in memory.
        error.__traceback__ = None
        while raised is not None:
            raised.__traceback__, raised = None, raised.__context__
    return PictureError(problem, shown)


def _rest(first: int, last: int) -> str:
    return f"page {last} was" if first == last else f"pages {first:,} to {last:,} were"


def _decoded(picture: Image.Image, count: int, most: float, number: int) -> Image.Image:
    """Decode a page of a picture of ``count`` pages, and turn it upright."""
    if number > 1:
        picture.seek(number - 1)
    _check_size(picture.size, "", most)
    picture.load()
    # A copy takes memory, and stays as it is when the next page is decoded.
    copied = count > 1 or is_turned(picture)
    return ImageOps.exif_transpose(picture) if copied else picture


def _wanted(page: int | None, count: int, name: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the name of each page that is wanted; see `open_pages`."""
    if count > MAX_PAGES and page is None:
        raise PictureError(f"the image has more than {MAX_PAGES:,} pages; choose one", name)
    if page is not None and not 1 <= page <= count:
        pages = "1 page" if count == 1 else f"{count:,} pages"
        raise PictureError(f"the image has {pages}; there is no page {page}", name)
    for number in [page] if page is not None else range(1, count + 1):
        yield number, name if count == 1 else f"{name}[{number}]"


def _count_pages(picture: Image.Image, page: int | None) -> int:
    """Return the number of pages, or one that is as large as matters."""
    if picture.format in ("MPO", "ICO"):
        return 1  # further ones are previews of the same picture
    if picture.format == "TIFF":
        # Pillow goes through all pages to count them: 3 seconds for 20,000, which take 2 MB.
        enough = max(page or 0, MAX_PAGES + 1)
        for number in range(1, enough):
            try:
                picture.seek(number)
            except EOFError:
                enough = number
                break
            except Exception:  # opening the page later says that it is damaged; others may follow
                if picture.tell() < number:  # or it cannot even be found
                    enough = number + 1
                    break
        picture.seek(0)
        return enough
    return int(getattr(picture, "n_frames", 1))


def _check_scans(picture: Image.Image, file: BinaryIO, name: str) -> None:
    """Check that a JPEG picture does not go over its pixels again and again."""
    if picture.format not in ("JPEG", "MPO") or "progressive" not in picture.info:
        return
    scans, last, place = 0, b"", file.tell()
    file.seek(0)
    # The marker does not occur in compressed data, but it may in a preview or profile, a few times.
    while scans <= MAX_SCANS and (block := file.read(2**20)):
        scans += (last + block).count(b"\xff\xda")
        last = block[-1:]
    file.seek(place)
    if scans > MAX_SCANS:
        raise PictureError(f"the image has more than {MAX_SCANS} scans; save it again", name)


def _opened(file: BinaryIO, suffix: str, name: str, most_pixels: float) -> Image.Image:
    """Open a picture without decoding it."""
    # When Pillow opens a WebP picture, it allocates all its memory; of an icon, it decodes one
    # picture.
    if sizes := webp_size(start_of(file, 30)) or icon_size(file):
        _check_size(sizes, name, most_pixels)
        # Read at once, so that what is opened is what was checked.
        content = file.read(MAX_AT_ONCE)
        file = io.BytesIO(content)
        if sizes := webp_size(content[:30]) or icon_size(file):
            _check_size(sizes, name, most_pixels)
    with without_pillow_warnings():
        picture = Image.open(file, formats=_formats(file, suffix))
    if picture.format == "TIFF":
        silence_libtiff()
    return picture


@contextlib.contextmanager
def _errors_named(source: Path | bytes, name: str, most_pixels: float) -> Iterator[None]:
    """Turn whatever is wrong with a file into one line that begins with its name."""
    try:
        with without_pillow_warnings():
            yield
    except PictureError:
        raise
    except UnidentifiedImageError:
        try:
            with _file_of(source) as file:
                why = why_unread(file, FORMATS)
        except OSError as error:  # the file was removed or moved a moment ago
            raise PictureError(f"it was removed while being read: {error.strerror}", name) from None
        raise PictureError(why, name) from None
    except Image.DecompressionBombError:
        most = min(most_pixels, 2 * (Image.MAX_IMAGE_PIXELS or 0))  # Pillow has a limit of its own
        raise PictureError(f"the image has {_too_large(most, ' pixels')}", name) from None
    except FileNotFoundError:
        raise PictureError("there is no such file", name) from None
    except IsADirectoryError:
        raise PictureError("a folder without image files", name) from None
    except MemoryError:
        raise PictureError(NO_MEMORY, name) from None
    # Decoders of damaged files raise OSError, SyntaxError, ValueError, struct.error and others.
    except Exception as error:
        reason = getattr(error, "strerror", None) or error  # without the name, which comes first
        raise PictureError(f"the image cannot be read: {reason}", name) from None


def _check_size(size: tuple[int, int], name: str, most_pixels: float) -> None:
    width, height = size
    if width * height > most_pixels:
        raise PictureError(
            f"the image has {width}×{height} pixels, {_too_large(most_pixels)}", name
        )


def _too_large(most_pixels: float, unit: str = "") -> str:
    return f"more than {most_pixels / 1e6:g} million{unit}; reduce it first"


def _formats(file: BinaryIO, suffix: str) -> tuple[str, ...]:
    """Return the formats that a file may have, whose name ends so."""
    Image.init()
    if is_heic(start_of(file)) and "HEIF" not in Image.OPEN:
        _register_heic()
    known = [name for name in FORMATS if name in Image.OPEN]
    if suffix not in _TGA_SUFFIXES and not ends_as_tga(file):
        known.remove("TGA")
    return tuple(known)


def _file_of(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else open_regular(source)


def is_pipe_or_device(path: Path) -> bool:
    """Tell whether a path names neither a file nor a folder, but something that may never end."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # missing, or not a name at all: opening it says which
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
