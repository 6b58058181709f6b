"""What paper, light and camera make of ink: shades, noise, blur, JPEG."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import ndimage

from digitrec.arrays import BoolArray, Float32Array, Uint8Array

__all__ = ["Look", "take_picture"]

Rng = np.random.Generator
_LEFT = 0.6  # least share of the ink that a picture of two levels must show


class Look:
    """How a picture is made of ink and print: chosen once, for all of its layers.

    Attributes:
        clean: Paper of one exact colour, as in a drawing or a cleaned scan.
        coloured: Three channels rather than one.
        inverted: Light ink on a dark background.
    """

    def __init__(self, rng: Rng) -> None:
        self.clean = rng.uniform() < 0.3
        self.coloured = rng.uniform() < 0.5
        self.inverted = rng.uniform() < 0.2


def take_picture(
    ink: Float32Array,
    prints: Sequence[Float32Array],
    look: Look,
    rng: Rng,
    behind: Float32Array | None = None,
) -> tuple[Uint8Array, Float32Array]:
    """Make a picture of ink and print on paper.

    Args:
        ink: Shape (H, W), the share of each pixel that ink covers.
        prints: The same for each layer of print.
        look: See `Look`.
        rng: The source of the random variation.
        behind: The same for what shows through the paper, or stains it.

    Returns:
        The picture, (H, W) or (H, W, 3), and the ink that is on it: less than was given where the
        picture has two levels and pale ink became paper. The gaps that a dry pen left in a stroke
        are ink: they belong to the stroke.
    """
    height, width = ink.shape
    inked = _worn(ink, rng) if rng.uniform() < 0.15 else ink
    paper = _paper_colour(rng, look)
    picture = np.broadcast_to(paper, (height, width, 3)).astype(np.float32)
    contrast = float(rng.uniform(0.35, 1.0) if rng.uniform() < 0.8 else rng.uniform(0.15, 0.4))
    ink_colour = _colour(rng, contrast, grey=rng.uniform() < 0.5)
    order = [(_rough(one, rng), _print_colour(rng, ink_colour), 1.0) for one in prints]
    under, over = (order, []) if rng.uniform() < 0.85 else ([], order)
    strength: Float32Array | float = 1.0
    if rng.uniform() < 0.2:  # the pen presses more here than there
        strength = np.clip(_field(ink.shape, rng, 3) * 0.5 + 0.75, 0.4, 1).astype(np.float32)
    if behind is not None:
        under = [_pale(behind, ink_colour, rng), *under]
    for cover, colour, strong in (*under, (inked, ink_colour, strength), *over):
        share = (cover * strong)[..., None]
        picture = picture * (1 - share) + picture * colour * share
    visible = contrast * float(paper.mean())  # grey levels between paper and ink
    if not look.clean:
        picture = _lit(picture, rng)
        if rng.uniform() < 0.12:
            picture, page = _on_desk(picture, rng)
            ink = ink * page
    if look.inverted:
        picture = 255 - picture
    if not look.coloured:
        picture = picture @ np.array([0.299, 0.587, 0.114], np.float32)
    picture = _blurred(picture, look, visible, rng)
    if look.clean and rng.uniform() < 0.2:  # two levels, as a scanner for texts gives
        away = visible * rng.uniform(0.35, 0.65)
        if look.inverted:
            marked = _lightness(picture) > picture.min() + away
        else:
            marked = _lightness(picture) < picture.max() - away
        if (ink * marked).sum() >= _LEFT * ink.sum():
            ink = ink * marked
            picture = np.where(marked != look.inverted, np.float32(0), np.float32(255))
    return _compressed(picture, look, rng), ink


def _lightness(picture: Float32Array) -> Float32Array:
    lightness: Float32Array = picture.mean(axis=2) if picture.ndim == 3 else picture
    return lightness


def _paper_colour(rng: Rng, look: Look) -> Float32Array:
    if look.clean and rng.uniform() < 0.7:
        return np.full(3, 255, np.float32)
    level = rng.uniform(225, 255) if rng.uniform() < 0.6 else rng.uniform(120, 240)
    tint = rng.uniform(0.85, 1, 3) if rng.uniform() < 0.5 else np.ones(3)
    colour: Float32Array = np.minimum(level * tint / tint.max(), 255).astype(np.float32)
    return colour


def _colour(rng: Rng, contrast: float, *, grey: bool) -> Float32Array:
    """Return the share of the paper's light that comes back in each channel."""
    if grey:
        return np.full(3, 1 - contrast, np.float32)
    colour = rng.uniform(0, 1, 3)
    colour[rng.integers(3)] = 0
    return (1 - contrast * (1 - 0.7 * colour)).astype(np.float32)


def _print_colour(rng: Rng, ink: Float32Array) -> Float32Array:
    way = rng.uniform()
    if way < 0.25:  # like the ink
        return ink
    if way < 0.35:  # lighter than the paper
        return np.full(3, rng.uniform(1.05, 1.5), np.float32)
    contrast = float(rng.uniform(0.3, 1) if rng.uniform() < 0.6 else rng.uniform(0.06, 0.4))
    return _colour(rng, contrast, grey=rng.uniform() < 0.6)


def _field(shape: tuple[int, ...], rng: Rng, knots: int) -> Float32Array:
    """Return a smooth random field (H, W) with a standard deviation of about 1."""
    coarse = Image.fromarray(rng.normal(size=(knots, knots)).astype(np.float32))
    return np.asarray(coarse.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def _worn(ink: Float32Array, rng: Rng) -> Float32Array:
    """Leave gaps, as a dry pen does."""
    coarse = rng.uniform(0.5, 1.1)
    noise = ndimage.gaussian_filter(rng.normal(size=ink.shape).astype(np.float32), coarse)
    noise /= noise.std() + 1e-6
    worn: Float32Array = ink * np.clip(rng.uniform(1.3, 2.2) + noise, 0, 1)
    return worn.astype(np.float32)


def _pale(
    cover: Float32Array, ink: Float32Array, rng: Rng
) -> tuple[Float32Array, Float32Array, float]:
    """Return a layer that shows through the paper: blurred, its colour, and how strong it is."""
    blurred: Float32Array = ndimage.gaussian_filter(cover, rng.uniform(0.5, 2.0))
    colour = ink if rng.uniform() < 0.6 else _colour(rng, rng.uniform(0.3, 1), grey=False)
    return blurred, colour, float(np.exp(rng.uniform(np.log(0.05), np.log(0.4))))


def _rough(cover: Float32Array, rng: Rng) -> Float32Array:
    """Make print rough now and then."""
    if rng.uniform() > 0.15:
        return cover
    noise = rng.normal(0, 0.25, cover.shape).astype(np.float32)
    rough: Float32Array = np.clip((cover + noise * (cover > 0.02) - 0.5) * 2 + 0.5, 0, 1)
    return rough


def _lit(picture: Float32Array, rng: Rng) -> Float32Array:
    """Light a picture (H, W, 3) unevenly, with a shadow across it now and then."""
    height, width = picture.shape[:2]
    if rng.uniform() < 0.6:
        light = 1 - rng.uniform(0, 0.3) * np.clip(_field((height, width), rng, 2) * 0.4 + 0.5, 0, 1)
        picture = picture * light[..., None]
    if rng.uniform() < 0.3:
        noise = _field((height, width), rng, int(rng.integers(4, 24)))
        picture = picture * (1 + rng.uniform(0.005, 0.04) * noise)[..., None]
    if rng.uniform() < 0.3:
        angle = rng.uniform(0, 2 * np.pi)
        y, x = np.arange(height)[:, None], np.arange(width)
        away = np.cos(angle) * (x - width * rng.uniform(0.2, 0.8))
        away = away + np.sin(angle) * (y - height * rng.uniform(0.2, 0.8))
        edge = float(np.exp(rng.uniform(np.log(0.7), np.log(20))))  # pixels
        dark = np.clip(0.5 + away / edge, 0, 1)
        picture = picture * (1 - rng.uniform(0.15, 0.65) * dark)[..., None]
    return picture.astype(np.float32)


def _on_desk(picture: Float32Array, rng: Rng) -> tuple[Float32Array, BoolArray]:
    """Show the desk on one to four sides of the page; also returns which pixels are the page."""
    height, width = picture.shape[:2]
    y, x = np.arange(height)[:, None], np.arange(width)
    desk = np.zeros((height, width), bool)
    deepest = 0.35 if rng.uniform() < 0.25 else 0.08
    for side in rng.permutation(4)[: int(rng.integers(1, 5))]:
        depth = rng.uniform(0.01, deepest) * max(height, width)
        slope = rng.normal(0, 0.03)
        away = (x - slope * y, y - slope * x, width - 1 - x - slope * y, height - 1 - y - slope * x)
        desk |= away[int(side)] < depth
    noise = rng.normal(0, rng.uniform(0, 12), (height, width, 1))
    if rng.uniform() < 0.5:  # wood, or cloth
        threads = rng.uniform(0.4, 8, 2)
        fibre = ndimage.gaussian_filter(rng.normal(size=(height, width)), threads)
        noise += (fibre * rng.uniform(4, 30) / (fibre.std() + 1e-6))[..., None]
    colour = rng.uniform(20, 140) * rng.uniform(0.6, 1, 3)
    return np.where(desk[..., None], colour + noise, picture).astype(np.float32), ~desk


def _blurred(picture: Float32Array, look: Look, visible: float, rng: Rng) -> Float32Array:
    """Blur a picture, and add noise; visible: grey levels between paper and ink."""
    if rng.uniform() < 0.1:  # a small picture that was enlarged
        picture = _enlarged(picture, rng)
    if rng.uniform() < (0.15 if look.clean else 0.5):
        sigma = rng.uniform(0.3, 1.1)
        picture = ndimage.gaussian_filter(picture, (sigma, sigma, 0)[: picture.ndim], truncate=3)
    if not look.clean and rng.uniform() < 0.75:
        sigma = float(np.exp(rng.uniform(np.log(1), np.log(14))))
        sigma = min(sigma, 0.3 * visible)  # else nobody sees the ink
        noise = rng.standard_normal(picture.shape[:2], np.float32) * np.float32(sigma)
        if rng.uniform() < 0.3:  # as coarse as in an enlarged picture
            noise = ndimage.gaussian_filter(noise, 0.8) * 2
        picture = picture + (noise[..., None] if picture.ndim == 3 else noise)
    return picture


def _enlarged(picture: Float32Array, rng: Rng) -> Float32Array:
    """Reduce a picture, and enlarge it to the size that it had."""
    height, width = picture.shape[:2]
    factor = rng.uniform(1.2, 2)
    small = max(4, round(width / factor)), max(4, round(height / factor))
    way = Image.Resampling.BILINEAR if rng.uniform() < 0.5 else Image.Resampling.BICUBIC
    pixels = Image.fromarray(np.clip(picture + 0.5, 0, 255).astype(np.uint8))
    again = pixels.resize(small, Image.Resampling.BOX).resize((width, height), way)
    return np.asarray(again, np.float32)


def _compressed(picture: Float32Array, look: Look, rng: Rng) -> Uint8Array:
    """Return 8 bits a channel, now and then as JPEG left them."""
    pixels: Uint8Array = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    if rng.uniform() < (0.15 if look.clean else 0.4):
        file = io.BytesIO()
        quality = int(rng.integers(20, 96))
        Image.fromarray(pixels).save(file, "JPEG", quality=quality)
        pixels = np.asarray(Image.open(file))
    return pixels
