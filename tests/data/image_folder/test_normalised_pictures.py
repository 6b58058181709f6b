from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from picture_folders import write_digits

from digitrec.data.image_folder import class_folders, normalised_pictures
from digitrec.data.image_folder.normalised_pictures import NormalisedPictures, read
from digitrec.imaging.files.picture_files import open_picture
from digitrec.imaging.normalise import normalise


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_digits(tmp_path / "pictures", 2)
    return tmp_path / "pictures"


def pictures(folder: Path) -> NormalisedPictures:
    return read(class_folders.find(str(folder)))


def cached(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "cache" / "digitrec" / "image_folders").glob("*.h5")
    return file


class Opened:
    """Counts the pictures that are opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        monkeypatch.setattr(normalised_pictures, "open_picture", self)

    def __call__(self, path: Path, name: str):
        self.names.append(name)
        return open_picture(path, name)


def test_they_are_what_recognize_sees(folder: Path) -> None:
    found = class_folders.find(str(folder))
    read_pictures = read(found)
    for name, image in zip(found.names, read_pictures.images, strict=True):
        expected = normalise(open_picture(folder / name, name))
        np.testing.assert_array_equal(image, np.rint(expected * 255))
    assert read_pictures.used.all()
    assert len(set(read_pictures.digests.tolist())) == 20


def test_what_cannot_be_used_is_named_and_the_rest_used(folder: Path) -> None:
    (folder / "3" / "w_0.png").write_bytes(b"\x89PNG\r\n\x1a\nxx")
    write_blank(folder / "4" / "w_0.png")
    write_without_values(folder / "5" / "w_0.tif")
    for _ in range(2):  # made, and from the cache
        found = pictures(folder)
        assert len(found.images) == 18
        assert found.used.tolist().count(False) == 3
        assert found.faults[0].startswith(str(folder / "3" / "w_0.png"))
        assert found.faults[1] == f"{folder / '4' / 'w_0.png'}: no ink is found in it"
        assert found.faults[2].startswith(
            f"{folder / '5' / 'w_0.tif'}: the picture holds no finite "
        )


def write_without_values(file: Path) -> None:
    from PIL import Image

    Image.fromarray(np.full((30, 30), np.nan, np.float32)).save(file)


def write_blank(file: Path) -> None:
    from PIL import Image

    Image.new("L", (30, 30), 255).save(file)


def test_the_cache_is_used_until_a_file_changes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Opened(monkeypatch)
    first = pictures(folder)
    assert len(opened.names) == 20
    again = pictures(folder)
    assert len(opened.names) == 20
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.digests, again.digests)
    os.utime(folder / "3" / "w_0.png", ns=(0, 1))
    pictures(folder)
    assert len(opened.names) == 40
    (folder / "3" / "w_0.png").unlink()
    assert len(pictures(folder).images) == 19
    assert len(opened.names) == 59
    monkeypatch.setattr(normalised_pictures, "_code", lambda: "other")
    pictures(folder)
    assert len(opened.names) == 78


def test_the_cache_is_made_anew_when_another_network_finds_ink(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures(folder)
    opened = Opened(monkeypatch)
    other = tmp_path / "ink.h5"
    other.write_bytes(b"newly trained")
    monkeypatch.setattr(normalised_pictures, "shipped_ink", lambda: other)
    pictures(folder)
    assert len(opened.names) == 20


def test_a_damaged_cache_is_made_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pictures(folder)
    file = cached(tmp_path)
    good = file.read_bytes()
    opened = Opened(monkeypatch)
    file.write_bytes(good[: len(good) // 2])
    np.testing.assert_array_equal(pictures(folder).images, whole.images)
    assert len(opened.names) == 20
    with h5py.File(file, "r+") as content:
        del content["used"]
        content["used"] = np.ones(19, np.uint8)
    np.testing.assert_array_equal(pictures(folder).images, whole.images)
    assert len(opened.names) == 40


def test_without_a_cache_folder_they_are_read_each_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    opened = Opened(monkeypatch)
    assert len(pictures(folder).images) == len(pictures(folder).images) == 20
    assert len(opened.names) == 40
