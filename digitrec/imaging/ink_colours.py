"""Ink of two colours, as of a pen and a stamp over it: which pixels have which.

The colour of ink is what it takes from the light of the paper in each channel, as a share of all
that it takes there. That is alike in the middle of a stroke and at its edges, in light and shade.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.cluster.vq import kmeans2

from digitrec.arrays import BoolArray, Float32Array, Float64Array, Uint8Array

__all__ = ["inks_by_colour"]

_DARK = 8.0  # grey levels added before light is compared: noise is large relative to darkness
_BLUR = 1.0  # pixels, the standard deviation of the blur of colours, which are noisier than light
_STRONG = 0.5  # ink of which colours are told
_FEW = 1000  # pixels of strong ink from which the two colours are told, at most
# Two colours of ink are apart by at least `_APART`, and by this many standard deviations of each;
# either is that of at least the share `_LEAST` of the ink.
_APART, _SPREADS, _LEAST = 0.08, 4.0, 0.05
_ROUNDS = 10  # of k-means


def inks_by_colour(ink: Float32Array, pixels: Uint8Array) -> list[Float32Array]:
    """Part ink by its colour, if it has two.

    Args:
        ink: Shape (H, W), in [0, 1], 0 where there is none.
        pixels: The picture, (H, W) or (H, W, 3).

    Returns:
        Two arrays (H, W), each with the ink of one colour; none if the ink has one colour.
    """
    strong = ink > _STRONG
    if pixels.ndim == 2 or not strong.any() or (ink > 0).all():
        return []
    colours = _colours(ink, pixels)
    every = max(1, np.count_nonzero(strong) // _FEW)
    sample = colours[:, strong].T[::every].astype(np.float64)
    if not np.ptp(sample, axis=0).any():
        return []
    middles, is_second = _two_means(sample)
    axis = middles[1] - middles[0]
    apart = float(np.linalg.norm(axis))
    share = float(is_second.mean())
    if apart < _APART or min(share, 1 - share) < _LEAST:
        return []
    along = sample @ (axis / apart)
    if apart < _SPREADS * max(along[is_second].std(), along[~is_second].std()):
        return []
    second = np.tensordot(axis, colours, 1) > float(axis @ middles.mean(axis=0))
    return [np.where(there, ink, np.float32(0)) for there in (~second, second)]


def _colours(ink: Float32Array, pixels: Uint8Array) -> Float32Array:
    """Return the share of light that the ink near each pixel takes in each channel, (3, H, W)."""
    paper = np.median(pixels[ink == 0][:: max(1, ink.size // 100_000)], axis=0) + _DARK
    taken = np.abs(np.log((np.moveaxis(pixels, 2, 0) + _DARK) / paper[:, None, None])) * ink
    near = np.stack([ndimage.gaussian_filter(one, _BLUR) for one in taken.astype(np.float32)])
    colours: Float32Array = near / np.maximum(near.sum(axis=0), np.float32(1e-4))
    return colours


def _two_means(sample: Float64Array) -> tuple[Float64Array, BoolArray]:
    """Return the means (2, 3) of two clusters of colours (N, 3), and which are of the second.

    sample: The colours, not all alike.
    """
    spread = sample - sample.mean(axis=0)
    along = spread @ np.linalg.eigh(spread.T @ spread)[1][:, -1]
    ends = sample[[along.argmin(), along.argmax()]]
    means, numbers = kmeans2(sample, ends, iter=_ROUNDS, minit="matrix")
    return means, numbers == 1
