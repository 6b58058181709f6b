"""Opening pictures, whatever is wrong with them."""

from __future__ import annotations

import io
import threading
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from digitrec.errors import DigitrecError

__all__ = ["open_picture"]

# Warnings are filtered for the whole process: two threads at it would leave the filter in place.
_OPENING = threading.Lock()


def open_picture(source: Path | bytes, name: str) -> Image.Image:
    """Open and decode a picture, the right way up; the first frame of one that has several.

    Raises:
        DigitrecError: one line that begins with ``name``.
    """
    try:
        with _OPENING, warnings.catch_warnings():
            # Pillow warns of pictures so large that they may be an attack: take none of those.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
        with picture:
            return ImageOps.exif_transpose(picture)  # a copy that needs the file no more
    except UnidentifiedImageError:
        raise DigitrecError(f"{name}: is no picture in a format that Pillow reads") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DigitrecError(f"{name}: has too many pixels; reduce it first") from None
    except FileNotFoundError:
        raise DigitrecError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        raise DigitrecError(f"{name}: is a folder without pictures") from None
    # Decoders of damaged files raise OSError, SyntaxError, ValueError, struct.error and others.
    except Exception as error:
        raise DigitrecError(f"{name}: cannot be read: {error}") from None
