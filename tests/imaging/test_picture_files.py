from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from digitrec.errors import PictureError
from digitrec.imaging.picture_files import is_picture_file, open_picture


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


@pytest.mark.parametrize("name", ["pipe", "pipe.png", "device"])
def test_pipe_or_device_is_not_opened(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo(path)  # opening it would wait for ever
    assert "a pipe or a device, not a file" in error_line(path)
    assert not is_picture_file(path)


@pytest.fixture
def heic(tmp_path: Path) -> Path:
    """A picture as phones take it."""
    pillow_heif = pytest.importorskip("pillow_heif")
    path = tmp_path / "photo.heic"
    pillow_heif.from_pillow(lines()).save(path)
    return path


@pytest.fixture(autouse=True)
def formats_as_they_were() -> Iterator[None]:
    Image.init()
    formats, opened = Image.ID[:], dict(Image.OPEN)
    yield
    Image.ID[:] = formats
    Image.OPEN.clear()
    Image.OPEN.update(opened)


def test_heic_is_read_where_its_package_is_installed(heic: Path) -> None:
    assert is_picture_file(heic.rename(heic.with_name("no_ending")))
    for source in (heic.with_name("no_ending"), heic.with_name("no_ending").read_bytes()):
        picture = open_picture(source, "photo")
        assert picture.size == (80, 80)
        assert min(picture.convert("L").tobytes()) < 60


def test_heic_says_what_to_install(heic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    line = f"{heic}: HEIC needs the package pillow-heif: pip install 'digitrec[heic]'"
    assert error_line(heic) == line


def test_avif_says_what_to_update_where_pillow_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.avif"
    lines().save(path)
    Image.OPEN.pop("AVIF")
    Image.ID.remove("AVIF")
    assert error_line(path) == f"{path}: AVIF needs a newer Pillow: pip install -U pillow"
