"""Pixels of a picture: check what is handed in, and bring it to 8 bits and the right way up."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from digitrec.arrays import BoolArray, Float32Array, Float64Array, Uint8Array
from digitrec.errors import PictureError
from digitrec.imaging.files.picture_headers import is_turned

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "CHANNELS",
    "Box",
    "CheckedPicture",
    "Picture",
    "check_picture",
    "resolve_transparency",
    "size_of",
]

Picture: TypeAlias = "Image.Image | npt.NDArray[Any] | Tensor"
"""A PIL image of any mode, an array, or a PyTorch tensor on any device.

The shape of an array or tensor is (H, W); or (H, W, C) or (C, H, W), where C is 1 (grey), 3 (RGB)
or 4 (RGB and alpha). Where both fit, C is last.

Its values may be bools, or integers or floats of any size. What they mean follows from their range:

=================================== ============================================================
floats in 0…1 or in -1…1            black is 0 (or -1), white is 1
floats in 0…1.5                     black is 0, white is 1 and what is above
integers in 0…1                     a mask: black is 0, white is 1
0…255, 0…65535 and others from 0    black is 0, white is 2ⁿ - 1, with the smallest n from 8 on
                                    that leaves no value above it: 12 bits are 0…4095
others below 0                      black is the smallest value, white the largest
=================================== ============================================================

Floats from 0 whose largest is between 1.5 and 4, and that are not whole, may be meant in either
way, and raise an error.
NaN and infinite values, and what a masked array masks, are missing pixels, and become the median of
the others. Whether ink is dark or light follows from the picture, not from its values.
"""

CheckedPicture: TypeAlias = Uint8Array | Image.Image
"""What `check_picture` returns: uint8 (H, W), (H, W, 3) or (H, W, 4); or an upright PIL image of
mode L, RGB or RGBA."""

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; right and bottom are just past the last pixel."""

CHANNELS = (1, 3, 4)  # of the array of a picture
_KINDS = "buif"  # of types of arrays: bools, integers of either kind, floats
_STRIP = 1 << 20  # values that are converted at once, so that a large picture takes little memory
_ABOVE_WHITE = 1.5  # floats in 0…1 reach this where they were resized or divided by a median
_CLEAR = 4.0  # floats in 0…255 that do not reach this show nothing that is drawn
_LARGEST = 1e300  # beyond it a float counts as infinite
# What is opaque has one colour if its contrast is below this, in grey levels of 255.
_ONE_COLOUR = 16


def check_picture(picture: object) -> CheckedPicture:
    """Check a `Picture` and bring it to 8 bits.

    Returns:
        An array for an array or tensor. For a PIL image, an image, turned the right way up by its
        EXIF orientation.

    Raises:
        PictureError: if it is not a picture, is empty, or cannot be decoded.
    """
    if isinstance(picture, np.ndarray):
        return _to_bytes(_unmasked(_channels_last(picture)))
    if isinstance(picture, Image.Image):
        return _upright(picture)
    torch = sys.modules.get("torch")  # if PyTorch is not loaded, the picture is not a tensor
    if torch is not None and isinstance(picture, torch.Tensor):
        return _to_bytes(_channels_last(_array_of_tensor(picture)))
    raise PictureError(
        "a picture must be a PIL image, a NumPy array, a PyTorch tensor, a path, bytes or a file "
        f"open in binary mode, not {type(picture).__name__}"
    )


def size_of(picture: CheckedPicture) -> tuple[int, int]:
    """Return the width and the height of a picture."""
    if isinstance(picture, np.ndarray):
        return picture.shape[1], picture.shape[0]
    return picture.size


def resolve_transparency(pixels: Uint8Array) -> Uint8Array:
    """Return pixels without an alpha channel, (H, W) or (H, W, 3).

    What is transparent has no ink. What is opaque is either strokes, or paper with strokes on it.

    - It is strokes where it has one colour, and where it covers less than half of the picture,
      unless one colour runs along its edge and others are within. A card that was photographed or
      cut out has paper along its edge, whereas strokes of several colours show all of them there.
      For strokes, the alpha channel is returned.
    - Otherwise it is paper. Its colours are returned, with more paper around it.

    An alpha channel that is the same everywhere says nothing, even if it is 0, as programs that do
    not use it write it; then the colours are returned.

    Args:
        pixels: Shape (H, W), (H, W, 3) or (H, W, 4).
    """
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    colour, alpha = pixels[..., :3], pixels[..., 3]
    most = int(alpha.max())
    if int(alpha.min()) == most:
        return np.ascontiguousarray(colour)
    solid = alpha > most // 2
    inside = colour[solid]
    if inside.std(axis=0).max() < _ONE_COLOUR:
        return np.ascontiguousarray(alpha)
    edge = solid & ~_shrunk(solid)
    paper = np.median(colour[edge] if edge.any() else inside, axis=0).astype(np.float32)
    if 2 * len(inside) < alpha.size and not _is_paper(colour, solid, edge, paper):
        return np.ascontiguousarray(alpha)
    share = alpha[..., None] / np.float32(most)
    blend: Float32Array = colour * share + paper * (1 - share)
    return (blend + 0.5).astype(np.uint8)


def _is_paper(colour: Uint8Array, solid: BoolArray, edge: BoolArray, paper: Float32Array) -> bool:
    """Tell whether what is opaque, (H, W), is paper: what differs from its edge lies within."""
    contrast = np.abs(colour - paper).max(axis=2)
    other = contrast > contrast[solid].max() / 2
    return bool(2 * other[edge].mean() < other[solid].mean())


def _shrunk(mask: BoolArray) -> BoolArray:
    """Return a mask (H, W) without the pixels that have a neighbour outside of it.

    Beyond the border of the picture it goes on.
    """
    padded = np.pad(mask, 1, mode="edge")
    inner: BoolArray = mask & padded[:-2, 1:-1] & padded[2:, 1:-1]
    inner &= padded[1:-1, :-2] & padded[1:-1, 2:]
    return inner


def _array_of_tensor(tensor: Tensor) -> npt.NDArray[Any]:
    """Bring a tensor to the CPU, and to a type that NumPy knows."""
    try:
        tensor = tensor.detach().cpu()
        if tensor.dtype.is_floating_point and tensor.dtype.itemsize < 4:
            tensor = tensor.float()  # NumPy has no bfloat16
        return tensor.resolve_conj().resolve_neg().numpy()
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise PictureError(f"the tensor of a picture cannot be read: {error}") from None


def _channels_last(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Check the shape of an array, and bring it to (H, W), (H, W, 3) or (H, W, 4)."""
    shape = array.shape
    if array.ndim == 3 and shape[2] not in CHANNELS and shape[0] in CHANNELS:
        array = array.transpose(1, 2, 0)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in CHANNELS):
        raise PictureError(
            "the array of a picture must have the shape (H, W), (H, W, C) or (C, H, W) with 1, 3 "
            f"or 4 channels C, not {shape}"
        )
    if array.size == 0:
        raise PictureError(f"the picture is empty: its array has the shape {shape}")
    return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array


def _unmasked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give the masked pixels of a masked array the median of the others; its range stays."""
    # Asked first, because `np.ma` takes time to import.
    if type(array) is np.ndarray or not isinstance(array, np.ma.MaskedArray):
        return array
    if array.dtype.kind not in _KINDS:
        return array  # an error later
    known = array.compressed()
    if array.dtype.kind == "f":
        known = known[np.isfinite(known)]
    if not known.size:
        raise PictureError("the picture holds no value: all of its pixels are masked or missing")
    return array.filled(np.partition(known, known.size // 2)[known.size // 2])


def _to_bytes(array: npt.NDArray[Any]) -> Uint8Array:
    """Scale an array to uint8, by the range of its values; see `Picture`."""
    kind = array.dtype.kind
    if kind not in _KINDS:
        raise PictureError(
            f"the array of a picture must hold integers, floats or bools, not {array.dtype}"
        )
    array = np.ascontiguousarray(array)
    if array.dtype == np.uint8 and (array[:9].max() > 1 or array.max() > 1):
        return array
    out: Uint8Array = np.empty(array.shape, np.uint8)
    flat, flat_out = array.reshape(-1), out.reshape(-1)
    strips = [slice(start, start + _STRIP) for start in range(0, flat.size, _STRIP)]
    low, high, complete = _range(flat[strip] for strip in strips)
    missing = low if complete else _median(flat, low)
    whole = kind != "f"
    if not whole and low >= 0 and _ABOVE_WHITE < high < _CLEAR:
        _check_whole((flat[strip] for strip in strips), high)
    black, white = _black_and_white(low, high, whole=whole)
    factor = 255 / (white - black or 1)
    for strip in strips:
        values = _floats(flat[strip])
        if not complete:
            values[~np.isfinite(values)] = missing
        values -= black
        values *= factor
        flat_out[strip] = np.rint(values, out=values).clip(0, 255, out=values)
    return out


def _floats(values: npt.NDArray[Any]) -> Float64Array:
    """Return values as float64 that can be subtracted from each other."""
    with np.errstate(over="ignore"):
        floats = values.astype(np.float64)
    floats[np.abs(floats) > _LARGEST] = np.inf
    return floats


def _range(parts: Iterable[npt.NDArray[Any]]) -> tuple[float, float, bool]:
    """Return the smallest and the largest finite value, and whether all values are finite."""
    low, high, complete = np.inf, -np.inf, True
    for part in parts:
        values = _floats(part)
        finite = values[np.isfinite(values)]
        complete &= len(finite) == len(values)
        if len(finite):
            low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:
        raise PictureError("the picture holds no finite value, only NaN or infinite ones")
    return low, high, complete


def _check_whole(parts: Iterable[npt.NDArray[Any]], high: float) -> None:
    """Check that finite floats are whole numbers, as those of 8 bits are."""
    for part in parts:
        finite = part[np.isfinite(part)]
        if (finite != np.rint(finite)).any():
            raise PictureError(
                f"the floats of the picture run from 0 to {high:.3g}, so it is unclear what white "
                "is: scale them to 0…1 or 0…255"
            )


def _median(values: npt.NDArray[Any], otherwise: float) -> float:
    """Return the median of a million finite values at most."""
    some = _floats(values[:: -(-len(values) // _STRIP)])
    some = some[np.isfinite(some)]
    return float(np.median(some)) if len(some) else otherwise


def _black_and_white(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Return the values of black and white, where values lie from low to high."""
    if low < 0:
        return (-1.0, 1.0) if not whole and low >= -1 and high <= 1 else (low, high)
    if high <= (1 if whole else _ABOVE_WHITE):
        return 0.0, 1.0
    # Cameras and scanners have 8, 10, 12, 14 or 16 bits.
    white = 255.0
    while white < high:
        white = 2 * white + 1
    return 0.0, white


def _upright(image: Image.Image) -> Image.Image:
    """Turn a PIL image by its EXIF orientation, and convert it to mode L, RGB or RGBA."""
    if min(image.size) == 0:
        raise PictureError(f"the picture is empty: its size is {image.width}×{image.height}")
    try:
        if is_turned(image):
            image = ImageOps.exif_transpose(image)
        image.load()
        if image.mode in ("La", "RGBa"):  # Pillow converts these only to their plain forms
            image = image.convert(image.mode.upper())
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return Image.fromarray(_to_bytes(np.asarray(image)))
        if image.has_transparency_data:
            return image if image.mode == "RGBA" else image.convert("RGBA")
        if image.mode == "L" and image.getextrema() == (0, 1):  # a mask
            return image.point(lambda level: 255 * level)
        if image.mode in ("L", "RGB"):
            return image
        return image.convert("L" if image.mode == "1" else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError(f"the picture cannot be read: {error}") from error
