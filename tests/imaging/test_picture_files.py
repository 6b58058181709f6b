from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from digitrec.errors import PictureError
from digitrec.imaging.picture_files import open_picture


def lines() -> Image.Image:
    """Lines on a plain background."""
    image = Image.new("RGB", (80, 80), "white")
    ImageDraw.Draw(image).line([(20, 25), (60, 18), (33, 61), (58, 55)], fill="black", width=5)
    return image


def error_line(path: Path) -> str:
    with pytest.raises(PictureError) as error:
        open_picture(path, str(path))
    assert str(error.value).isprintable()
    return str(error.value)


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff", "webp", "ppm"])
def test_a_picture_cut_off_anywhere_is_read_or_rejected(kind: str, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    lines().save(buffer, kind)
    whole = buffer.getvalue()
    path = tmp_path / "cut"
    rejected = 0
    for cut in {*range(0, len(whole), max(1, len(whole) // 15)), 8, len(whole) // 2}:
        path.write_bytes(whole[:cut])
        try:
            open_picture(path, str(path))
        except PictureError:
            assert str(path) in error_line(path)
            rejected += 1
    assert rejected > 5
    path.write_bytes(whole[: len(whole) // 2])
    error_line(path)


@pytest.mark.parametrize("side", [12, 40])
def test_a_picture_of_too_many_pixels_is_not_decoded(
    side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow warns of the smaller one and raises for the larger one."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = tmp_path / "bomb.png"
    Image.new("L", (side, side)).save(path)
    assert error_line(path) == f"{path}: the image has too many pixels; reduce it first"
