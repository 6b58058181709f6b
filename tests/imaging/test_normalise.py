from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digitrec.drawing.rasterise import rasterise
from digitrec.drawing.strokes import Stroke
from digitrec.errors import DigitrecError
from digitrec.imaging.normalise import BOX, SIZE, normalise, normalise_ink, to_ink

# Strokes on the unit square, each crossing the middle of a side or a corner differently, so that
# a mistake in place, scale, or which axis is which shows.
SHAPES = {
    "four": [[(0.55, 0.0), (0.0, 0.65), (0.8, 0.65)], [(0.6, 0.35), (0.6, 1.0)]],
    "seven": [[(0.0, 0.0), (0.7, 0.0), (0.25, 1.0)], [(0.1, 0.5), (0.65, 0.5)]],
    "two": [[(0.0, 0.2), (0.3, 0.0), (0.6, 0.25), (0.0, 1.0), (0.7, 0.95)]],
    "wide": [[(0.0, 0.3), (0.5, 0.0), (1.0, 0.3)], [(0.0, 0.4), (1.0, 0.4)]],
}
# Ground and ink.
COLOURS = [
    ((0, 130, 0), (220, 20, 20)),  # nearly the same luminance
    ((240, 240, 240), (240, 240, 40)),
    ((30, 60, 30), (250, 250, 240)),
    ((250, 245, 230), (30, 40, 160)),
]
PLACES = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0.5), (0.3, 0.1), (0.85, 0.4), (0.2, 0.75)]


def draw(
    shape: str = "four",
    height: int = 280,
    width: int = 280,
    side: float = 120,
    place: tuple[float, float] = (0.4, 0.6),
    pen: float = 0.1,
) -> np.ndarray:
    """Ink coverage of a shape ``side`` pixels long, ``place`` its share of the free room (y, x)."""
    margin = pen * side / 2 + 1
    extent = side * np.ptp(np.concatenate(SHAPES[shape]), axis=0)
    room = np.array([width, height]) - 2 * margin - extent
    origin = margin + room * place[::-1]
    strokes = [Stroke(origin + side * np.array(line), pen * side) for line in SHAPES[shape]]
    return rasterise(strokes, width, height)


def mixed(ink: np.ndarray, ground: Any, colour: Any) -> np.ndarray:
    """Paint ink (H, W) uint8 of one colour or grey level on a ground of another."""
    share = (ink[..., None] if np.ndim(ground) else ink) / 255
    return np.rint(ground + share * np.subtract(colour, ground)).astype(np.uint8)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Share of the ink that differs, with a shift by one pixel (of the rounded centre) forgiven."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return min(float(np.abs(np.roll(a, s, (0, 1)) - b).sum()) for s in shifts) / float(b.sum())


def assert_normal(digit: np.ndarray) -> None:
    assert (digit.shape, digit.dtype) == ((SIZE, SIZE), np.float32)
    assert 0 <= digit.min() <= digit.max() <= 1  # false for what is not a number, too


# --- size and place


@pytest.mark.parametrize("shape", SHAPES)
def test_the_longer_side_is_20_and_the_centre_of_mass_in_the_middle(shape: str) -> None:
    digit = normalise_ink(draw(shape))
    assert_normal(digit)
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == BOX
    assert digit.max() == 1
    for axis in (0, 1):
        mass = digit.sum(axis=1 - axis)
        assert 13.45 <= mass @ np.arange(SIZE) / mass.sum() <= 14.55


def test_the_shape_keeps_its_proportions() -> None:
    ink = np.zeros((200, 200), np.uint8)
    ink[20:140, 50:110] = 255
    digit = normalise_ink(ink)
    assert (digit.any(axis=1).sum(), digit.any(axis=0).sum()) == (20, 10)


def test_a_digit_of_the_right_size_is_moved_and_not_resampled() -> None:
    rng = np.random.default_rng(0)
    box = rng.integers(1, 256, (20, 13), np.uint8)
    box[5, 5] = 255
    ink = np.zeros((64, 64), np.uint8)
    ink[40:60, 3:16] = box
    digit = normalise_ink(ink)
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    found = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.testing.assert_array_equal(found, box.astype(np.float32) / 255)
    np.testing.assert_array_equal(normalise_ink(digit), digit)


def test_the_box_stays_inside_when_its_mass_is_at_one_end() -> None:
    ink = np.zeros((100, 100), np.uint8)
    ink[10:90, 50] = 255  # a thin stem with a heavy foot
    ink[85:90, 20:80] = 255
    digit = normalise_ink(ink)
    assert digit.any(axis=1).sum() == BOX


def test_a_dot_is_a_full_box() -> None:
    ink = np.zeros((40, 50), np.uint8)
    ink[39, 0] = 3
    digit = normalise_ink(ink)
    assert digit.sum() == pytest.approx(BOX * BOX)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.uint16, bool])
def test_ink_of_any_number_type(dtype: Any) -> None:
    ink = draw()
    expected = normalise_ink(ink)
    amount = ink > 127 if dtype is bool else ink / 255 if np.dtype(dtype).kind == "f" else ink
    assert difference(normalise_ink(amount.astype(dtype)), expected) < 0.1


def test_no_ink_gives_zeros() -> None:
    assert not normalise_ink(np.zeros((30, 20), np.uint8)).any()
    assert not normalise_ink(np.zeros((30, 20))).any()


@pytest.mark.parametrize(
    "ink",
    [np.zeros((0, 5), np.uint8), np.zeros((5, 5, 3)), np.zeros(4)]
    + [np.full((3, 3), value) for value in (-1.0, np.nan, np.inf)],
)
def test_what_is_no_ink_is_refused(ink: np.ndarray) -> None:
    with pytest.raises(DigitrecError):
        normalise_ink(ink)


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    height=st.integers(150, 500),
    width=st.integers(150, 500),
    side=st.floats(60, 130),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    dark=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_same_strokes_anywhere_at_any_size_give_the_same_digit(
    shape: str, height: int, width: int, side: float, place: tuple[float, float], dark: bool
) -> None:
    ink = draw(shape, height, width, side, place)
    digit = normalise(255 - ink if dark else ink)
    assert_normal(digit)
    # A side that comes to about half a pixel may round either way.
    assert difference(digit, normalise(draw(shape))) < 0.45


# --- finding ink


@given(
    shape=st.sampled_from(sorted(SHAPES)),
    place=st.sampled_from(PLACES),
    ground=st.integers(0, 255),
    colour=st.integers(0, 255),
)
@settings(max_examples=60, deadline=None)
def test_any_grey_on_any_other(
    shape: str, place: tuple[float, float], ground: int, colour: int
) -> None:
    ink = draw(shape, place=place)
    digit = normalise(mixed(ink, ground, colour))
    contrast = abs(ground - colour)
    if contrast < 4:
        assert not digit.any()
    else:
        assert difference(digit, normalise_ink(ink)) < (0.02 if contrast > 100 else 0.3)


def test_inverting_a_clean_picture_changes_nothing() -> None:
    ink = draw()
    np.testing.assert_array_equal(normalise(ink), normalise(255 - ink))
    np.testing.assert_array_equal(normalise(ink), normalise_ink(ink))


def test_full_ink_is_about_1_however_faint() -> None:
    ink = draw()
    for ground, colour in ((255, 0), (200, 190), (90, 130)):
        found = to_ink(mixed(ink, ground, colour))
        assert found.dtype == np.float32
        assert found.max() == 1
        assert np.abs(found - ink / 255).mean() < 0.01


@pytest.mark.parametrize(("ground", "colour"), COLOURS)
def test_colours(ground: tuple[int, ...], colour: tuple[int, ...]) -> None:
    ink = draw()
    assert difference(normalise(mixed(ink, ground, colour)), normalise_ink(ink)) < 0.02


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_ink_in_the_alpha_channel(colour: tuple[int, ...]) -> None:
    ink = draw()
    seen = np.dstack([np.full_like(ink, c) for c in colour] + [ink])
    assert difference(normalise(seen), normalise_ink(ink)) < 0.02
    hole = np.dstack([np.full_like(ink, c) for c in colour] + [255 - ink])
    assert difference(normalise(hole), normalise_ink(ink)) < 0.02


def test_an_opaque_picture_with_transparent_corners_is_read_by_its_colours() -> None:
    ink = draw()
    alpha = np.full_like(ink, 255)
    alpha[:12, :12] = alpha[-12:, -12:] = 0
    seen = np.dstack([255 - ink] * 3 + [alpha])
    seen[alpha == 0] = 0
    assert difference(normalise(seen), normalise_ink(ink)) < 0.02


def test_a_wholly_transparent_picture_is_blank() -> None:
    seen = np.dstack([draw()] * 3 + [np.zeros((280, 280), np.uint8)])
    assert not normalise(seen).any()


@pytest.mark.parametrize("shape", ["four", "two", "wide"])
def test_a_thick_digit_cropped_to_its_ink(shape: str) -> None:
    ink = draw(shape, pen=0.22, side=150)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.testing.assert_array_equal(normalise(crop), normalise_ink(ink))
    np.testing.assert_array_equal(normalise(255 - crop), normalise_ink(ink))


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_uniform_picture_is_blank(level: int) -> None:
    assert not to_ink(np.full((28, 28), level, np.uint8)).any()
    assert not to_ink(np.full((9, 1, 3), level, np.uint8)).any()
    assert not to_ink(np.full((40, 30, 4), level, np.uint8)).any()


def test_a_large_picture_is_reduced_first() -> None:
    ink = draw(height=2400, width=3000, side=900)
    assert max(to_ink(255 - ink).shape) <= 1024
    assert difference(normalise(255 - ink), normalise_ink(ink)) < 0.3


# --- what a picture may be

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


def test_a_palette_with_a_transparent_ground() -> None:
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
        lambda g: (g / 255).astype(np.float16),
        *(lambda g, t=t: g.astype(t) for t in (np.float64, np.int64, np.uint16)),
        lambda g: g.astype(np.uint16) * 257,
        np.asfortranarray,
        lambda g: np.dstack([g] * 3),
        lambda g: np.dstack([g] * 3 + [np.full_like(g, 255)]),
        lambda g: np.repeat(g, 2, axis=1)[:, ::2],
    ],
)
def test_array_types(convert: Callable[[np.ndarray], np.ndarray]) -> None:
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
        *(np.full((10, 10), value) for value in (np.nan, -0.5, 70000, 1j, "x")),
        [[0, 1], [1, 0]],
        None,
        "seven.png",
        Image.new("L", (0, 5)),
        Image.fromarray(np.full((5, 5), np.nan, np.float32)),
    ],
)
@pytest.mark.parametrize("function", [to_ink, normalise])
def test_what_is_no_picture_is_refused_in_one_line(function: Any, image: Any) -> None:
    with pytest.raises(DigitrecError) as caught:
        function(image)
    assert "\n" not in str(caught.value)


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(draw()).save(file, "PNG")
    (tmp_path / "broken.png").write_bytes(file.getvalue()[:300])
    with Image.open(tmp_path / "broken.png") as broken, pytest.raises(DigitrecError):
        normalise(broken)


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    channels=st.sampled_from([None, 3, 4]),
    levels=st.sampled_from([2, 5, 256]),
)
@settings(max_examples=150, deadline=None)
def test_any_picture_gives_numbers_in_range(
    seed: int, height: int, width: int, channels: int | None, levels: int
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    values = np.random.default_rng(seed).integers(0, levels, shape)
    image = (values * (255 // (levels - 1))).astype(np.uint8)
    assert_normal(normalise(image))
    ink = to_ink(image)
    assert ink.shape == (height, width)
    assert 0 <= ink.min() <= ink.max() <= 1


# --- MNIST


@pytest.fixture(scope="module")
def mnist() -> np.ndarray:
    """The first 200 test images, (200, 28, 28) uint8."""
    path = Path(os.environ["DIGITREC_DATA"], "MNIST", "raw", "t10k-images-idx3-ubyte")
    with path.open("rb") as file:
        return np.frombuffer(file.read(16 + 200 * 784), np.uint8)[16:].reshape(200, 28, 28)


@pytest.mark.mnist
def test_a_stored_mnist_image_passes_unchanged(mnist: np.ndarray) -> None:
    for image in mnist:
        assert np.abs(normalise(image) - image / 255).max() < 0.005
        assert np.abs(normalise(255 - image) - image / 255).max() < 0.005


@pytest.mark.mnist
@pytest.mark.parametrize(
    ("method", "bound"), [("NEAREST", 0.01), ("BILINEAR", 0.03), ("BICUBIC", 0.025)]
)
@pytest.mark.parametrize("factor", [2, 4.5, 8, 10])
def test_an_enlarged_mnist_image_comes_back_from_anywhere(
    mnist: np.ndarray, method: str, bound: float, factor: float
) -> None:
    errors = []
    side = round(28 * factor)
    for n, image in enumerate(mnist):
        large = np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling[method]))
        # Cut the ground off, so that in the corners the ink touches the edges of the canvas.
        rows, columns = np.flatnonzero(large.any(axis=1)), np.flatnonzero(large.any(axis=0))
        large = large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        room = np.array([400, 320]) - large.shape
        for place in PLACES[n % 4 :: 4]:
            top, left = np.rint(room * place).astype(int)
            canvas = np.zeros((400, 320), np.uint8)
            canvas[top : top + large.shape[0], left : left + large.shape[1]] = large
            errors += [np.abs(normalise(c) - image / 255).mean() for c in (canvas, 255 - canvas)]
    assert np.mean(errors) < bound
