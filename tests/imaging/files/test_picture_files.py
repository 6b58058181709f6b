from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from line_pictures import lines
from PIL import Image, ImageChops, ImageFile

from digitrec.errors import PictureError
from digitrec.imaging.files import picture_files as module
from digitrec.imaging.files.picture_files import is_picture_file, open_pages, open_picture


def error_line(path: Path) -> str:
    with pytest.raises(PictureError) as error:
        open_picture(path, str(path))
    assert str(error.value).isprintable()
    return str(error.value)


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff", "webp", "ppm", "jpeg2000"])
def test_a_picture_of_too_many_pixels_is_not_decoded(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 6399)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    path = tmp_path / "bomb"
    lines().save(path, kind)
    assert error_line(path) == (
        f"{path}: the image has 80×80 pixels, more than 0.006399 million; reduce it first"
    )


@pytest.mark.parametrize(("most", "said"), [(None, "0.006"), (5999, "0.005999"), (7000, "0.006")])
def test_the_limit_that_an_error_names_is_the_one_that_was_kept(
    most: float | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)  # Pillow refuses pictures of twice as many
    path = tmp_path / "bomb.png"
    lines().save(path)
    with pytest.raises(PictureError) as error:
        open_picture(path, "bomb.png", most_pixels=most)
    line = f"bomb.png: the image has more than {said} million pixels; reduce it first"
    assert str(error.value) == line


def test_a_page_at_600_dpi_is_within_the_limit() -> None:
    assert module.MAX_PIXELS >= 4961 * 7016


# Opens a picture of 35 million pixels and finds its ink, in a process that has no PyTorch.
LARGE = """
import io, resource, sys
from PIL import Image
from pathlib import Path
from digitrec.imaging.normalise import normalise
from digitrec.imaging.find_ink import page_ink
from digitrec.imaging.files.picture_files import open_picture
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
picture = open_picture(Path(sys.argv[1]), "large")
normalise(picture)
page_ink(picture)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in kilobytes")
@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("tiff", "I"), ("tiff", "RGBA"), ("tiff", "CMYK"), ("png", "RGB"), ("png", "I;16"),
        ("jpeg", "RGB"), ("webp", "RGB"), ("jpeg2000", "RGB"), ("bmp", "RGB"), ("ppm", "RGB"),
    ],
)  # fmt: skip
def test_the_largest_picture_takes_at_most_600_mb(kind: str, mode: str, tmp_path: Path) -> None:
    options = {"compression": "tiff_deflate"} if kind == "tiff" else {}
    path = tmp_path / "large"
    exif = Image.Exif()
    exif[0x0112] = 6
    if kind in ("jpeg", "webp"):
        options["exif"] = exif.tobytes()
    Image.new(mode, (5990, 6000)).save(path, kind, **options)
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(path)], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 600


def test_a_file_in_postscript_starts_no_other_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "check_call", lambda *_, **__: pytest.fail("started"))
    path = tmp_path / "drawing.png"
    for kind in ("EPS", "PCX", "SGI", "DDS", "QOI"):
        lines().convert("RGB").save(path, kind)
        assert error_line(path) == (
            f"{path}: an image of a format that is not read, {kind}; save it as PNG"
        )


def test_an_empty_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    path.touch()
    assert error_line(path) == f"{path}: an empty file"


@pytest.mark.parametrize("content", [b"\n", b"P", b"%"])
def test_the_first_byte_of_a_format_is_no_picture(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "short.png"
    path.write_bytes(content)
    assert error_line(path) == f"{path}: not an image file that Pillow can read"


@pytest.mark.parametrize("kind", ["tiff", "gif", "png", "webp"])
def test_pages_are_opened_one_by_one(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"pages.{kind}"
    pages = [lines().rotate(90 * turn) for turn in range(3)]
    options = {"lossless": True} if kind == "webp" else {}
    pages[0].save(path, kind, save_all=True, append_images=pages[1:], **options)
    opened = list(open_pages(path, "pages"))
    assert [name for name, _ in opened] == ["pages[1]", "pages[2]", "pages[3]"]
    for (_, found), page in zip(opened, pages, strict=True):
        difference = ImageChops.difference(found.convert("L"), page.convert("L"))
        assert max(difference.tobytes()) < 90
    assert (
        open_picture(path, "pages", 3).convert("L").tobytes() == opened[2][1].convert("L").tobytes()
    )
    for page in (0, 4):
        with pytest.raises(
            PictureError, match=f"pages: the image has 3 pages; there is no page {page}"
        ):
            open_picture(path, "pages", page)


def test_an_endless_animation_is_no_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 2)
    path = tmp_path / "film.gif"
    pages = [lines().rotate(90 * turn) for turn in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    with pytest.raises(PictureError, match="has more than 2 pages; choose one"):
        list(open_pages(path, "film"))
    open_picture(path, "film", 3)


def test_a_picture_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lines().crop((0, 0, 80, 50)).save(tmp_path / "turned.jpg", exif=exif)
    assert open_picture(tmp_path / "turned.jpg", "turned").size == (50, 80)


def test_too_little_memory_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Image.Image) -> None:
        raise MemoryError

    path = tmp_path / "large.png"
    Image.new("L", (28, 28)).save(path)
    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    assert "there is not enough memory for the image; reduce it first" in error_line(path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to the limit")
def test_memory_that_runs_out_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (6000, 6000)).save(path)
    program = """
import resource, sys
from pathlib import Path
from digitrec.run_command import run_command
from digitrec.imaging.files.picture_files import open_picture

used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 50_000_000,) * 2)
run_command(lambda: open_picture(Path(sys.argv[1]), "large.png") and 0)
"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True)
    assert done.returncode == 2
    assert done.stderr == (
        b"error: large.png: there is not enough memory for the image; reduce it first\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not shrink an open file")
def test_a_file_that_changes_while_it_is_read_is_read_or_rejected(tmp_path: Path) -> None:
    """In a process of its own: the system ends one that looks at pixels that a file has lost."""
    program = """
import io, os, random, sys, threading
from pathlib import Path
import numpy as np
from PIL import Image
from digitrec.errors import PictureError
from digitrec.imaging.files.picture_files import open_picture

rng = random.Random(0)
whole = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 300), np.uint8))
for kind in ("pgm", "bmp", "tif", "tga", "png", "jpg", "gif", "webp", "ico"):
    path = Path(sys.argv[1], f"a.{kind}")
    whole.save(path)
    picture, content = open_picture(path, "a"), path.read_bytes()
    os.truncate(path, 10)
    assert np.asarray(picture.convert("L")).std() > 40
    ended = threading.Event()

    def change():
        while not ended.is_set():
            path.write_bytes((content + bytes(1000))[: rng.randrange(len(content) + 1000)])

    thread = threading.Thread(target=change)
    thread.start()
    for _ in range(20):
        try:
            open_picture(path, "a")
        except PictureError as error:
            assert str(error).startswith("a: ")
    ended.set()
    thread.join()
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


def test_a_large_picture_without_an_ending_is_not_decoded_to_tell_that_it_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo"
    Image.new("L", (6001, 6001)).convert("RGB").save(path, "WEBP", lossless=True)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    assert is_picture_file(path)


@pytest.mark.parametrize("name", ["a.tga", "a.ICB", "a.vda", "a.vst", "a.dat", "no_ending"])
def test_a_tga_picture_is_told_by_its_ending_or_its_footer(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    lines().save(path, "TGA")  # with a footer
    assert is_picture_file(path)
    assert open_picture(path, name).size == (80, 80)
    path.write_bytes(path.read_bytes()[:-26])
    assert is_picture_file(path) == (path.suffix in module.SUFFIXES or "ICB" in name)
    path.write_bytes(b"no picture" + b"TRUEVISION-XFILE.\0")
    assert is_picture_file(path) == (path.suffix in module.SUFFIXES or "ICB" in name)


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
    path.write_bytes(b"\0\0\0\x1cftypavif" + bytes(40))
    if "AVIF" in Image.ID:
        Image.OPEN.pop("AVIF")
        Image.ID.remove("AVIF")
    assert error_line(path) == f"{path}: AVIF needs a newer Pillow: pip install -U pillow"
