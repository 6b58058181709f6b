"""Pictures of digits, and the 28×28 ink that the networks read.

A picture goes through two steps. `to_ink` finds the ink in it: what is ground, what is ink, and
how much ink lies on each pixel. `normalise_ink` brings ink to the size and place that MNIST's
authors gave theirs (LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to
document recognition", section III.A): fitted into 20×20 with its shape kept, its centre of mass in
the middle of 28×28. Everything a network sees, in training and in use, is made by `normalise_ink`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from digitrec.arrays import Float32Array, Uint8Array
from digitrec.errors import DigitrecError
from digitrec.imaging.background_removal import paper_ink, without_ripple
from digitrec.imaging.downscale import reduced_to
from digitrec.imaging.page_boundary import is_sheet
from digitrec.imaging.ruled_lines import is_ruled

__all__ = [
    "BOX",
    "SIZE",
    "PageInk",
    "normalise",
    "normalise_ink",
    "normalise_string",
    "page_ink",
    "to_ink",
]


SIZE = 28  # side of the normalised image, in pixels
BOX = 20  # the longer side of the digit within it

# The width of an image of several digits is one of few, so that many can be read at once.
_STRING_STEP, _SHORTEST_STRING, _LONGEST_STRING = 16, 48, 640
_STRING_MARGIN = 4

# MNIST's centres of mass lie evenly between 13.5 and 14.5 (pixels counted from 0), 14.0 on average
# over its 60,000 training images: a whole-pixel shift that brings the centre nearest to pixel 14.
_CENTRE = 14
# Ink fainter than this share of the strongest is a resampling filter's tail, not a stroke's edge.
_TAIL = 0.04

# A longer side than this is reduced first; a digit a fifteenth as long still has 64 pixels.
_WORKING_SIDE = 1024
_PAGE_SIDE = 2048  # on a page, digits are smaller
# A plain ground is one exact value on at least this share of the border, and of the picture. It is
# low for the sake of thick digits cropped tightly; no value has as much of a photograph.
_PLAIN_SHARE = 0.15
# Faint pixels to strong ones: up to 2.3 in MNIST's thinnest images, enlarged and blurred.
_FAINT_TO_STRONG = 3
_PACK = np.array([1 << 16, 1 << 8, 1])  # one number for a colour, to count colours by
# A contrast in grey levels of 255 below which nothing is ink: a plain ground has no noise.
_FAINTEST = 4


def normalise(image: Image.Image | npt.NDArray[Any]) -> Float32Array:
    """Turn a picture of one digit into what the networks read.

    image: as for `to_ink`. Returns (28, 28) float32 in [0, 1], light ink on dark ground; all 0
    where the picture is blank.
    """
    return normalise_ink(_find_ink(_pixels(image)))


def to_ink(image: Image.Image | npt.NDArray[Any]) -> Float32Array:
    """Find the ink in a picture, dark on light or light on dark, clean or on uneven paper.

    image: a PIL image of any mode, or an array (H, W), (H, W, 3) or (H, W, 4): uint8 or bool; other
    integers in 0…255 or 0…65535; floats in 0…1, 0…255 or 0…65535.
    Returns (H, W) float32 in [0, 1]: 0 where there is no ink, about 1 where it is full, however
    faint it is in the picture; all 0 where the picture is blank. A picture with a side above 1024
    pixels comes back reduced by a whole factor.

    The ground is what most of the border shows; a transparent ground is one too. Raises
    `DigitrecError` for what is not a picture.
    """
    return _share(_find_ink(_pixels(image)))


class PageInk(NamedTuple):
    """Ink of a page, and how its pixels lie in the picture.

    ink: as `to_ink` gives it. factor: pixels of the picture along the side of one of the ink.
    width, height: of the picture, the right way up.
    """

    ink: Float32Array
    factor: int
    width: int
    height: int

    def in_picture(self, box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels of the picture, of a box in pixels of the ink."""
        left, top, right, bottom = (self.factor * side for side in box)
        return left, top, min(right, self.width), min(bottom, self.height)


def page_ink(image: Image.Image | npt.NDArray[Any]) -> PageInk:
    """Find the ink in a picture of many digits, which may be small beside the picture.

    image: as for `to_ink`, which does the same where one digit fills the picture. A picture with a
    side above 2048 pixels is reduced.
    """
    picture = _picture(image)
    pixels, factor = reduced_to(picture, _PAGE_SIDE)
    height, width = picture.shape[:2] if isinstance(picture, np.ndarray) else picture.size[::-1]
    ink = _find_ink(pixels, page=True)
    return PageInk(_share(ink), factor, width, height)


def normalise_ink(ink: npt.NDArray[Any]) -> Float32Array:
    """Fit ink into a 20×20 box, the centre of mass in the middle of 28×28.

    ink: (H, W), uint8 coverage or non-negative float, 0 where there is none.
    Returns (28, 28) float32 in [0, 1], the strongest pixel 1; all 0 where there is no ink. The
    longer side of the ink becomes 20 pixels; ink that is so already is only moved. Raises
    `DigitrecError` for another shape, or for values that are negative or not finite.
    """
    out = np.zeros((SIZE, SIZE), np.float32)
    ink = _ink_bytes(ink)
    rows, columns = ink.max(axis=1), ink.max(axis=0)
    peak = int(rows.max())
    if peak == 0:
        return out
    top, bottom = _extent(rows, 0)
    left, right = _extent(columns, 0)
    if max(bottom - top, right - left) != BOX:
        top, bottom = _extent(rows, _TAIL * peak)
        left, right = _extent(columns, _TAIL * peak)
        pixel = max(bottom - top, right - left) / BOX
        top, bottom = _sharp_extent(rows, top, bottom, pixel)
        left, right = _sharp_extent(columns, left, right, pixel)
    height, width = bottom - top, right - left
    scale = BOX / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    digit = _resized(ink[top:bottom, left:right], size)
    top, left = _start(digit.sum(axis=1)), _start(digit.sum(axis=0))
    out[top : top + digit.shape[0], left : left + digit.shape[1]] = digit
    return out


def normalise_string(ink: npt.NDArray[Any]) -> Float32Array:
    """Fit the ink of several digits into the rows that one digit has: 20 of 28.

    ink: as for `normalise_ink`. Returns (28, W) float32 in [0, 1], the ink in the middle; all 0
    where there is none. W is a multiple of 16 from 48 to 640; what is wider still is made lower.
    """
    ink = _ink_bytes(ink)
    rows, columns = ink.max(axis=1), ink.max(axis=0)
    peak = int(rows.max())
    if peak == 0:
        return np.zeros((SIZE, _SHORTEST_STRING), np.float32)
    top, bottom = _extent(rows, _TAIL * peak)
    left, right = _extent(columns, _TAIL * peak)
    height, width = bottom - top, right - left
    scale = min(BOX / height, (_LONGEST_STRING - 2 * _STRING_MARGIN) / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    string = _resized(ink[top:bottom, left:right], size)
    room = -(-(size[0] + 2 * _STRING_MARGIN) // _STRING_STEP) * _STRING_STEP
    out = np.zeros((SIZE, max(room, _SHORTEST_STRING)), np.float32)
    top, left = (SIZE - size[1]) // 2, (out.shape[1] - size[0]) // 2
    out[top : top + size[1], left : left + size[0]] = string
    return out


def _ink_bytes(ink: npt.NDArray[Any]) -> Uint8Array:
    """Check ink (H, W) and bring it to uint8."""
    if ink.ndim != 2 or ink.size == 0:
        raise DigitrecError(f"ink has shape (H, W), not {ink.shape}")
    if ink.dtype == np.uint8:
        return ink
    most = float(ink.max())
    if not (float(ink.min()) >= 0 and most < np.inf):
        raise DigitrecError("ink is finite and not negative")
    return np.rint(ink / (most or 1.0) * 255).astype(np.uint8)


def _resized(crop: Uint8Array, size: tuple[int, int]) -> Float32Array:
    """Resize ink (H, W) to a width and height; float32, the strongest pixel 1."""
    height, width = crop.shape
    if size != (width, height):
        peak = int(crop.max())
        if peak < 128:
            crop = crop * np.uint8(255 // peak)  # resizing rounds to whole levels
        # Area averaging is what a pixel of a scanner does; to enlarge, it would make blocks.
        smaller = max(size) < max(width, height)
        method = Image.Resampling.BOX if smaller else Image.Resampling.HAMMING
        crop = np.asarray(Image.fromarray(crop).resize(size, method))
    out = crop.astype(np.float32)
    out /= out.max()
    return out


def _extent(profile: npt.NDArray[Any], level: float) -> tuple[int, int]:
    """First and past-the-last index where a profile is above ``level``."""
    above = np.flatnonzero(profile > level)
    return int(above[0]), int(above[-1]) + 1


def _sharp_extent(profile: Uint8Array, start: int, stop: int, pixel: float) -> tuple[int, int]:
    """Take the blur off both ends of an extent.

    Blur spreads an edge over about a pixel of the image it was enlarged from; the edge was where
    the profile is half of what it reaches ``pixel`` steps further in.
    """
    reach = min(max(1, round(0.8 * pixel)), stop - start)
    first, last = profile[start : start + reach], profile[stop - reach : stop][::-1]
    return (
        start + int(np.argmax(first * 2.0 >= first.max())),
        stop - int(np.argmax(last * 2.0 >= last.max())),
    )


def _start(mass: Float32Array) -> int:
    """Where a box of this mass profile begins, so that its centre of mass is in the middle."""
    centre = float(mass @ np.arange(len(mass), dtype=np.float32)) / float(mass.sum())
    return min(max(int(_CENTRE - centre + 0.5), 0), SIZE - len(mass))


def _share(ink: Uint8Array) -> Float32Array:
    """Ink as a share of the strongest; all 0 where there is none."""
    return ink.astype(np.float32) / np.float32(max(int(ink.max()), 1))


def _find_ink(pixels: Uint8Array, *, page: bool = False) -> Uint8Array:
    """Ink of a picture, (H, W) uint8, full ink somewhere in 1…255."""
    pixels = _visible(pixels)
    plain = _plain_ink(pixels)
    if plain is None or is_ruled(plain) or is_sheet(plain):
        return paper_ink(pixels, page=page)
    return plain


def _pixels(image: object) -> Uint8Array:
    """Check a picture and bring it to (H, W), (H, W, 3) or (H, W, 4) uint8 of a workable size."""
    return reduced_to(_picture(image), _WORKING_SIDE)[0]


def _picture(image: object) -> Uint8Array | Image.Image:
    """Check a picture: uint8 (H, W), (H, W, 3) or (H, W, 4), or an image of the same, upright."""
    if isinstance(image, np.ndarray):
        return _bytes(image)
    if not isinstance(image, Image.Image):
        kind = type(image).__name__
        raise DigitrecError(f"a picture is a PIL image or a numpy array, not {kind}")
    return _upright(image)


def _bytes(array: npt.NDArray[Any]) -> Uint8Array:
    """Check an array and scale what is not uint8 to it."""
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise DigitrecError(
            f"a picture's array has shape (H, W), (H, W, 3) or (H, W, 4), not {array.shape}"
        )
    if array.size == 0:
        raise DigitrecError(f"the picture is empty: its array has shape {array.shape}")
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind not in "iuf":
        raise DigitrecError(f"a picture's array holds integers, floats or bools, not {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 65535):
        raise DigitrecError(
            f"a picture's values lie in 0…255 (floats: 0…1, 16 bits: 0…65535), not {low:g}…{high:g}"
        )
    full = 65535 if high > 255 else 255 if high > 1 or array.dtype.kind != "f" else 1
    scaled: Uint8Array = np.rint(array * (255.0 / full)).astype(np.uint8)
    return scaled


def _upright(image: Image.Image) -> Image.Image:
    """Bring a PIL image to mode L, RGB or RGBA, the way up its EXIF orientation says."""
    if min(image.size) == 0:
        raise DigitrecError(f"the picture is empty: its size is {image.width}×{image.height}")
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode in ("La", "RGBa"):  # Pillow converts these only to their plain forms
            image = image.convert(image.mode.upper())
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            return Image.fromarray(_bytes(np.asarray(image)))
        if image.has_transparency_data:
            return image.convert("RGBA")
        return image.convert("L" if image.mode in ("1", "L") else "RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise DigitrecError(f"cannot read the picture: {error}") from error


def _visible(pixels: Uint8Array) -> Uint8Array:
    """Resolve transparency: (H, W) or (H, W, 3) uint8."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    colour, alpha = pixels[..., :3], pixels[..., 3]
    solid = colour[alpha > 127]
    if alpha.min() == alpha.max() or len(solid) == 0:
        return np.ascontiguousarray(colour) if alpha.max() > 0 else alpha
    # Where what shows has one colour, or less than half shows, the shape is in the alpha channel.
    # Otherwise the picture itself has a ground, and only its corners or margins are transparent.
    if len(solid) * 2 < alpha.size or solid.std(axis=0).max() < 16:
        return np.ascontiguousarray(alpha)
    share = alpha[..., None] / np.float32(255)
    blend: Float32Array = colour * share + np.median(solid, axis=0).astype(np.float32) * (1 - share)
    return (blend + 0.5).astype(np.uint8)


def _border(pixels: Uint8Array) -> Uint8Array:
    """The outermost pixels, (B,) or (B, 3), each once."""
    return np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])


def _plain_ink(pixels: Uint8Array) -> Uint8Array | None:
    """Ink on a ground of one exact colour: the difference from it. None where there is no such."""
    border = _border(pixels)
    if pixels.ndim == 2:
        counts = np.bincount(border, minlength=256)
        ground = counts.argmax().astype(np.uint8)
        count = int(counts[ground])
    else:
        packed, tally = np.unique(border @ _PACK, return_counts=True)
        ground = (packed[tally.argmax()] >> (16, 8, 0)).astype(np.uint8)
        count = int(tally.max())
    ink = _difference(pixels, ground)
    if pixels.ndim == 3:
        ink = np.maximum(np.maximum(ink[..., 0], ink[..., 1]), ink[..., 2])
    peak = int(ink.max())
    if peak < _FAINTEST:
        return np.zeros_like(ink)
    empty = ink.size - np.count_nonzero(ink)
    if min(count / len(border), empty / ink.size) < _PLAIN_SHARE:
        return None
    # What light and shade make of a scan whose paper is partly white beyond the scale looks plain
    # too. But the edges of strokes are narrow: little is faint, and ink ends within a short step.
    faint = np.count_nonzero(ink < peak // 4) - empty
    if faint > _FAINT_TO_STRONG * np.count_nonzero(ink > peak // 2):
        return None
    step = 1 + max(ink.shape) // 20
    here, there = ink[:-step, :-step], ink[step:, step:]
    steepest = np.max(np.maximum(here, there) - np.minimum(here, there), initial=0)
    return without_ripple(ink) if steepest * 2.5 > peak else None


def _difference(pixels: Uint8Array, ground: Uint8Array | np.uint8) -> Uint8Array:
    """How far pixels (H, W) or (H, W, 3) are from a ground () or (3,)."""
    # Nearly always the ground is the lightest or the darkest, and then one subtraction does.
    if pixels.max() <= ground.min():
        return ground - pixels
    if pixels.min() >= ground.max():
        return pixels - ground
    difference: Uint8Array = np.maximum(pixels, ground) - np.minimum(pixels, ground)
    return difference
