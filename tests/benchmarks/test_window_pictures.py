from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitrec.benchmarks import window_pictures
from digitrec.benchmarks.window_pictures import scenes, take_pictures, take_screens
from digitrec.errors import DigitrecError
from digitrec.gui.theme import DARK, LIGHT

needs_xvfb = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="there is no Xvfb")


def colour(text: str) -> tuple[int, ...]:
    return tuple(int(text[i : i + 2], 16) for i in (1, 3, 5))


@needs_xvfb
@pytest.mark.slow
@pytest.mark.window
def test_pictures_show_the_strokes_in_the_theme_of_each_scene(display: str, tmp_path: Path) -> None:
    # All at once: where a display ends, a second one in the same process ends it.
    chosen = {name: scenes()[name] for name in ("digit", "dark", "why")}
    *files, why = take_pictures(tmp_path, chosen)
    assert [file.name for file in files] == ["window-digit.png", "window-dark.png"]
    alone, beside = (np.asarray(Image.open(file).convert("RGB")) for file in (files[0], why))
    assert beside.shape[1] > alone.shape[1] + 100
    part = beside[:, alone.shape[1] :].reshape(-1, 3)
    assert len(np.unique(part, axis=0)) > 50  # shades of the ink that decided
    for file, palette in zip(files, (LIGHT, DARK), strict=True):
        pixels = np.asarray(Image.open(file).convert("RGB"))  # (H, W, 3)
        assert pixels.shape[0] >= 500
        assert pixels.shape[1] >= 800
        assert tuple(pixels[2, 2]) == colour(palette.window)
        canvas = pixels[:, : pixels.shape[1] // 2]
        ink = (canvas == colour(palette.ink)).all(axis=2).mean()
        background = (canvas == colour(palette.canvas)).all(axis=2).mean()
        assert 0.01 < ink < 0.3
        assert background > 0.4


@needs_xvfb
@pytest.mark.slow
@pytest.mark.window
def test_on_a_small_and_dense_screen_all_is_in_sight(display: str, tmp_path: Path) -> None:
    (light, dark) = take_screens(tmp_path, [(800, 480)], [192])
    assert (light.name, dark.name) == (
        "screen-800x480-200-light.png",
        "screen-800x480-200-dark.png",
    )
    for file, palette in ((light, LIGHT), (dark, DARK)):
        with Image.open(file) as picture:
            assert picture.width <= 800
            assert picture.height <= 480
            assert picture.width > 700
            assert picture.convert("RGB").getpixel((2, 2)) == colour(palette.window)


def test_all_scenes_have_names_and_strokes() -> None:
    assert set(scenes()) == {"digit", "number", "rejected", "dark", "why"}
    for scene in scenes().values():
        assert scene.theme in ("light", "dark")
        assert all(path.shape[1:] == (2,) and len(path) > 10 for path in scene.paths)


def test_a_folder_that_does_not_exist_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["window_pictures", str(tmp_path / "none")])
    with pytest.raises(DigitrecError, match="none is not a folder"):
        window_pictures.main()
