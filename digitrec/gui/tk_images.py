"""Images that Tk can show: make them of ink, and delete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# NumPy is imported in functions, because the window is shown before.
if TYPE_CHECKING:
    from digitrec.arrays import Float64Array, Uint8Array

__all__ = ["coloured_ppm", "delete_images", "signed_ppm"]


def coloured_ppm(ink: Uint8Array, background: str, foreground: str) -> bytes:
    """Colour ink, and encode it as a PPM file, which Tk decodes without any other library.

    Args:
        ink: Ink coverage, uint8 (H, W).
        background: Colour where the ink is 0, as #rrggbb.
        foreground: Colour where the ink is 255, as #rrggbb.

    Returns:
        The bytes of the file.
    """
    import numpy as np

    low, high = _rgb(background), _rgb(foreground)
    levels = np.arange(256)[:, None] / 255
    table = np.rint(low + (high - low) * levels).astype(np.uint8)  # (256, 3)
    return _ppm(np.take(table, ink, axis=0))


def signed_ppm(values: Float64Array, negative: str, zero: str, positive: str) -> bytes:
    """Colour values from -1 to 1, and encode them as a PPM file.

    Args:
        values: Shape (H, W).
        negative: Colour of -1, as #rrggbb.
        zero: Colour of 0.
        positive: Colour of 1.

    Returns:
        The bytes of the file.
    """
    import numpy as np

    strength = np.abs(values)[..., None]  # (H, W, 1)
    end = np.where(values[..., None] < 0, _rgb(negative), _rgb(positive))
    return _ppm(np.rint(_rgb(zero) + (end - _rgb(zero)) * strength).astype(np.uint8))


def _rgb(colour: str) -> Float64Array:
    import numpy as np

    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)


def _ppm(rgb: Uint8Array) -> bytes:
    """Encode an image (H, W, 3)."""
    height, width, _ = rgb.shape
    return b"P6 %d %d 255\n" % (width, height) + rgb.tobytes()


def delete_images(*images: Any) -> None:
    """Delete Tk's images now, in the thread of the window. None is ignored.

    Otherwise Python deletes them when it happens to find them, which may be in another thread, and
    that thread would then wait for the one of the window.
    """
    for image in images:
        if image is not None:
            image.__del__()
            image.name = None  # so that it is not deleted twice
