"""Pixels of a picture: check what is handed in, and bring it to 8 bits and the right way up."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.errors import PictureError

__all__ = ["Picture", "check_picture", "resolve_transparency"]

Picture = Image.Image | npt.NDArray[Any]
"""A PIL image of any mode, or an array of shape (H, W), (H, W, 3) or (H, W, 4): uint8 or bool;
other integers in 0…255 or 0…65535; floats in 0…1, 0…255 or 0…65535.
"""


def check_picture(picture: object) -> Uint8Array | Image.Image:
    """Check a `Picture` and bring it to 8 bits.

    Returns:
        For an array, uint8 (H, W), (H, W, 3) or (H, W, 4). For a PIL image, one of mode L, RGB or
        RGBA, turned the right way up by its EXIF orientation.

    Raises:
        PictureError: if it is not a picture, is empty, or cannot be decoded.
    """
    if isinstance(picture, np.ndarray):
        return _to_bytes(picture)
    if isinstance(picture, Image.Image):
        return _upright(picture)
    kind = type(picture).__name__
    raise PictureError(f"a picture must be a PIL image or a NumPy array, not {kind}")


def resolve_transparency(pixels: Uint8Array) -> Uint8Array:
    """Return pixels without an alpha channel, (H, W) or (H, W, 3).

    Where what shows has one colour, or covers less than half of the picture, the shape is in the
    alpha channel, which is returned. Otherwise the picture itself has a background, and only its
    corners or margins are transparent.
    """
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    colour, alpha = pixels[..., :3], pixels[..., 3]
    solid = colour[alpha > 127]
    if alpha.min() == alpha.max() or len(solid) == 0:
        return np.ascontiguousarray(colour) if alpha.max() > 0 else alpha
    if len(solid) * 2 < alpha.size or solid.std(axis=0).max() < 16:
        return np.ascontiguousarray(alpha)
    share = alpha[..., None] / np.float32(255)
    blend: Float32Array = colour * share + np.median(solid, axis=0).astype(np.float32) * (1 - share)
    return (blend + 0.5).astype(np.uint8)


def _to_bytes(array: npt.NDArray[Any]) -> Uint8Array:
    """Check an array and scale it to uint8."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise PictureError(
            "the array of a picture must have the shape (H, W), (H, W, 3) or (H, W, 4), "
            f"not {array.shape}"
        )
    if array.size == 0:
        raise PictureError(f"the picture is empty: its array has the shape {array.shape}")
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind not in "iuf":
        raise PictureError(
            f"the array of a picture must hold integers, floats or bools, not {array.dtype}"
        )
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 65535):
        raise PictureError(
            "the values of a picture must be in 0…255 (floats: 0…1, 16 bits: 0…65535), "
            f"not {low:g}…{high:g}"
        )
    full = 65535 if high > 255 else 255 if high > 1 or array.dtype.kind != "f" else 1
    scaled: Uint8Array = np.rint(array * (255.0 / full)).astype(np.uint8)
    return scaled


def _upright(image: Image.Image) -> Image.Image:
    """Turn a PIL image by its EXIF orientation, and convert it to mode L, RGB or RGBA."""
    if min(image.size) == 0:
        raise PictureError(f"the picture is empty: its size is {image.width}×{image.height}")
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode in ("La", "RGBa"):  # Pillow converts these only to their plain forms
            image = image.convert(image.mode.upper())
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return Image.fromarray(_to_bytes(np.asarray(image)))
        if image.has_transparency_data:
            return image.convert("RGBA")
        return image.convert("L" if image.mode in ("1", "L") else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError(f"the picture cannot be read: {error}") from error
