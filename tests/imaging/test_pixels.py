from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_shapes import assert_normal, difference, draw
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digitrec.errors import PictureError
from digitrec.imaging import pixels
from digitrec.imaging.find_ink import find_ink
from digitrec.imaging.normalise import normalise, normalise_ink
from digitrec.imaging.pixels import check_picture, size_of

MODES: dict[str, Callable[[Image.Image], Image.Image]] = {
    **{m: lambda i, m=m: i.convert(m) for m in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK")},
    **{m: lambda i, m=m: i.convert(m) for m in ("YCbCr", "HSV", "I", "F")},
    "La": lambda i: i.convert("LA").convert("La"),
    "RGBa": lambda i: i.convert("RGBA").convert("RGBa"),
    "I;16": lambda i: Image.fromarray(np.asarray(i).astype(np.uint16) * 257),
    "F in 0...1": lambda i: Image.fromarray(np.asarray(i).astype(np.float32) / 255),
}


@pytest.mark.parametrize("mode", MODES)
def test_any_pil_mode(mode: str) -> None:
    ink = draw()
    for grey in (ink, 255 - ink):
        picture = MODES[mode](Image.fromarray(grey))
        assert difference(normalise(picture), normalise_ink(ink)) < 0.12


def test_arrays_and_images_have_a_width_and_a_height() -> None:
    for shape in ((30, 50), (30, 50, 3)):
        picture = np.zeros(shape, np.uint8)
        assert size_of(picture) == size_of(Image.fromarray(picture)) == (50, 30)


def test_a_palette_with_a_transparent_background() -> None:
    ink = (draw() > 127).astype(np.uint8)
    picture = Image.fromarray(ink).convert("P")
    picture.putpalette([0, 0, 0, 0, 0, 0])  # black on transparent black
    picture.info["transparency"] = 0
    assert difference(normalise(picture), normalise_ink(ink)) < 0.02


def test_exif_orientation_is_applied() -> None:
    ink = draw("seven")
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(255 - ink).rotate(90).save(file, "PNG", exif=exif)
    assert difference(normalise(Image.open(file)), normalise_ink(ink)) < 0.02


@pytest.mark.parametrize(
    "convert",
    [
        lambda g: g > 127,
        lambda g: g / 255,
        lambda g: g / 250,
        lambda g: g / 170,
        lambda g: Image.fromarray((g / 250).astype(np.float32)),
        lambda g: g / 60,
        lambda g: g / 127.5 - 1,
        lambda g: (g / 255 - 0.1307) / 0.3081,
        lambda g: (g > 127).astype(np.uint8),
        lambda g: (g > 127).astype(np.int32),
        lambda g: g.astype(np.int64) * 65536,
        lambda g: g.astype(np.int16) - 128,
        lambda g: g.astype(np.uint16) * 16,
        lambda g: g * 1e290,
        lambda g: g[..., None],
        lambda g: g[None],
        lambda g: np.stack([g] * 3),
        lambda g: np.stack([g] * 3 + [np.full_like(g, 255)]),
        torch.from_numpy,
        lambda g: torch.from_numpy(g / 255)[None].requires_grad_(),
        lambda g: torch.from_numpy(g / 255).bfloat16(),
        lambda g: torch.from_numpy(g / 255).half().expand(3, -1, -1),
        lambda g: torch.from_numpy(g > 127),
        lambda g: (g / 255).astype(np.float16),
        *(lambda g, t=t: g.astype(t) for t in (np.float64, np.int64, np.uint16)),
        lambda g: g.astype(np.uint16) * 257,
        np.asfortranarray,
        lambda g: np.dstack([g] * 3),
        lambda g: np.dstack([g] * 3 + [np.full_like(g, 255)]),
        lambda g: np.repeat(g, 2, axis=1)[:, ::2],
    ],
)
def test_array_types(convert: Callable[[np.ndarray], Any]) -> None:
    ink = draw()
    for grey in (ink, 255 - ink):
        before = grey.copy()
        assert difference(normalise(convert(grey)), normalise_ink(ink)) < 0.12
        np.testing.assert_array_equal(grey, before)


@pytest.mark.parametrize(
    "image",
    [
        *(
            np.zeros(shape, np.uint8)
            for shape in [(0, 10), (10, 0, 3), (10,), (10, 10, 2), (1, 10, 10, 3)]
        ),
        *(np.full((10, 10), value) for value in (np.nan, -np.inf, 1j, "x")),
        torch.zeros(2, 5, 7),
        torch.zeros(10, 10, dtype=torch.complex64),
        torch.zeros(10, 10, device="meta"),
        [[0, 1], [1, 0]],
        None,
        "seven.png",
        Image.new("L", (0, 5)),
        Image.fromarray(np.full((5, 5), np.nan, np.float32)),
    ],
)
@pytest.mark.parametrize("function", [find_ink, normalise])
def test_what_is_not_a_picture_is_rejected_in_one_line(function: Any, image: Any) -> None:
    with pytest.raises(PictureError) as caught:
        function(image)
    assert "\n" not in str(caught.value)


def test_what_is_above_white_is_white() -> None:
    values = np.array([[0.0, 0.5, 1.0], [1.004, 1.02, 1.5]])
    assert np.asarray(check_picture(values)).tolist() == [[0, 128, 255], [255, 255, 255]]


@pytest.mark.parametrize("high", [1.6, 2.0, 3.9])
def test_floats_that_may_mean_either_range_are_refused(high: float) -> None:
    for unclear in (draw() * (high / 255), torch.from_numpy(draw() * (high / 255))):
        with pytest.raises(PictureError, match=r"unclear what white is: scale them to 0…1"):
            normalise(unclear)


def test_whole_floats_are_levels_of_8_bits() -> None:
    levels = np.random.default_rng(0).integers(0, 4, (30, 40)).astype(float)
    levels[0, 0] = np.nan
    assert np.asarray(check_picture(levels)).max() == 3


def test_missing_pixels_are_background() -> None:
    ink = draw()
    for grey in (ink, 255 - ink):
        holes = grey / 255
        holes[::9, ::7] = np.nan
        holes[5, 5:50] = np.inf
        full = grey / 255
        full[~np.isfinite(holes)] = np.median(grey) / 255
        np.testing.assert_array_equal(normalise(holes), normalise(full))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int64, np.float32, np.bool_])
def test_masked_pixels_are_background(kind: type) -> None:
    """What is below the mask means nothing, and may be anything."""
    grey = (draw() > 127) if kind is np.bool_ else draw().astype(kind)
    spoilt, hidden = grey.copy(), np.zeros(grey.shape, bool)
    hidden[2:9, 3:40] = True
    spoilt[hidden] = 1 - spoilt.min() if kind is np.bool_ else 201
    expected = grey.copy()
    expected[hidden] = np.median(grey)
    for shape in (grey.shape, (*grey.shape, 1)):
        masked = np.ma.masked_array(spoilt.reshape(shape), hidden.reshape(shape))
        np.testing.assert_array_equal(normalise(masked), normalise(expected))
    if kind is np.float32:
        masked[~hidden] = np.nan
    with pytest.raises(PictureError, match="all of its pixels are masked"):
        normalise(np.ma.masked_array(masked, masked.mask if kind is np.float32 else True))


def test_a_mask_with_the_levels_0_and_1_in_a_pil_image() -> None:
    ink = (draw() > 127).astype(np.uint8)
    assert difference(normalise(Image.fromarray(ink)), normalise_ink(ink)) < 0.02


def test_a_wrong_picture_is_named_with_what_is_wanted() -> None:
    for wrong, named in (
        ([[0, 1]], "not list"),
        (np.zeros((2, 3, 5)), "(H, W), (H, W, C) or (C, H, W) with 1, 3 or 4 channels C, not (2,"),
        (np.full((4, 4), 1j), "integers, floats or bools, not complex128"),
    ):
        with pytest.raises(PictureError) as caught:
            check_picture(wrong)
        assert named in str(caught.value)


def test_a_picture_in_strips_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(size=(30, 41))
    values[3, 4] = np.nan
    whole = check_picture(values)
    monkeypatch.setattr(pixels, "_STRIP", 100)
    parts = check_picture(np.where(np.isnan(values), np.nanmedian(values), values))
    np.testing.assert_array_equal(np.asarray(whole), np.asarray(parts))


def test_a_broken_file_is_rejected(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(draw()).save(file, "PNG")
    (tmp_path / "broken.png").write_bytes(file.getvalue()[:300])
    with Image.open(tmp_path / "broken.png") as broken, pytest.raises(PictureError):
        normalise(broken)


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.sampled_from([None, 3, 4]),
    levels=st.sampled_from([2, 5, 256]),
)
@settings(max_examples=60, deadline=None)
def test_any_picture_gives_numbers_in_range(
    seed: int, height: int, width: int, channels: int | None, levels: int
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    values = np.random.default_rng(seed).integers(0, levels, shape)
    image = (values * (255 // (levels - 1))).astype(np.uint8)
    assert_normal(normalise(image))
    ink = find_ink(image)
    assert (ink.shape, ink.dtype) == ((height, width), np.uint8)
