"""Opening picture files, whatever is wrong with them."""

from __future__ import annotations

import io
import threading
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from digitrec.errors import PictureError

__all__ = ["open_picture"]

# Warnings are filtered for the whole process: two threads at it would leave the filter in place.
_OPENING = threading.Lock()


def open_picture(source: Path | bytes, name: str) -> Image.Image:
    """Open and decode a picture, and turn it the right way up by its EXIF orientation.

    Args:
        source: The path of the file, or its content. Of several frames, the first is decoded.
        name: What the picture is called in the error message.

    Raises:
        PictureError: one line that begins with ``name``.
    """
    try:
        with _OPENING, warnings.catch_warnings():
            # Pillow warns of pictures so large that they may be an attack: reject them.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)
        with picture:
            return ImageOps.exif_transpose(picture)  # a copy that needs the file no more
    except UnidentifiedImageError:
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
