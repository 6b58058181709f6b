from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from digitrec.arrays import Float64Array
from digitrec.config.groups import Augmentation
from digitrec.training.augmentations import Affine, Handwriting, NoAugmentation

DEVICES = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
STILL: dict[str, float] = {"rotation": 0, "scale": 0, "shear": 0, "shift": 0}
affines = st.builds(
    Affine,
    rotation=st.floats(0, 180),
    scale=st.floats(0, 1, exclude_max=True),
    shear=st.floats(0, 2),
    shift=st.floats(0, 14),
)


def augment(images: Tensor, augmentation: Augmentation, generator: Generator) -> Tensor:
    return augmentation(images, generator)


def seeded(seed: int = 0) -> Generator:
    return torch.Generator().manual_seed(seed)


def noise(count: int, seed: int = 1) -> Tensor:
    return torch.rand(count, 1, 28, 28, generator=seeded(seed))


def blob(x: float = 0.0, y: float = 0.0, sigma: float = 1.5) -> Tensor:
    """A spot of light (1, 28, 28), x pixels right of the middle and y below it."""
    place = torch.arange(28) - 13.5
    across = torch.exp(-((place - x) ** 2) / (2 * sigma**2))
    down = torch.exp(-((place - y) ** 2) / (2 * sigma**2))
    return (down[:, None] * across[None, :])[None]


def centres(images: Tensor) -> Float64Array:
    """Centres of mass (N, 2), x and y in pixels from the middle."""
    weights = images[:, 0].double().numpy()
    place = np.arange(28) - 13.5
    mass = weights.sum(axis=(1, 2))
    return np.stack([weights.sum(axis=1) @ place / mass, weights.sum(axis=2) @ place / mass], 1)


def varied(image: Tensor, count: int, **largest: float) -> Tensor:
    """Copies of one image (1, 28, 28), varied only in what is named."""
    images = image.expand(count, 1, 28, 28)
    return augment(images, Affine(**{**STILL, **largest}), seeded())


def test_none_leaves_the_images_as_they_are() -> None:
    images = noise(3)
    assert torch.equal(augment(images, NoAugmentation(), seeded()), images)


@given(st.integers(0, 2**32), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_zeros_leave_the_images_as_they_are(seed: int, count: int) -> None:
    images = noise(count, seed)
    same = augment(images, Affine(**STILL), seeded(seed))
    torch.testing.assert_close(same, images, rtol=0, atol=1e-5)


@given(affines, st.integers(0, 2**32), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_shape_type_and_range_stay(config: Affine, seed: int, count: int) -> None:
    images = noise(count, seed)
    before = images.clone()
    out = augment(images, config, seeded(seed))
    assert out.shape == images.shape
    assert out.dtype == images.dtype
    assert out.isfinite().all()
    assert ((out >= 0) & (out <= 1 + 1e-6)).all()
    assert torch.equal(images, before)


@pytest.mark.parametrize("device", DEVICES)
def test_cpu_generator_serves_all_devices(device: str) -> None:
    images = noise(5)
    expected = augment(images, Affine(), seeded(3))
    out = augment(images.to(device), Affine(), seeded(3))
    assert out.device.type == device
    torch.testing.assert_close(out.cpu(), expected, rtol=0, atol=1e-4)


def test_same_generator_gives_the_same_images() -> None:
    images = noise(5)
    assert torch.equal(augment(images, Affine(), seeded(3)), augment(images, Affine(), seeded(3)))
    assert not torch.equal(
        augment(images, Affine(), seeded(3)), augment(images, Affine(), seeded(4))
    )


def test_global_generator_is_neither_used_nor_moved() -> None:
    before = torch.get_rng_state()
    augment(noise(2), Affine(), seeded())
    assert torch.equal(torch.get_rng_state(), before)


def test_each_image_is_varied_in_a_way_of_its_own() -> None:
    out = augment(blob(4, -3).expand(50, 1, 28, 28), Affine(), seeded())
    assert len(torch.unique(out.flatten(1), dim=0)) == 50


def test_images_do_not_mix() -> None:
    images = noise(4)
    images[2] = 0
    out = augment(images, Affine(), seeded())
    assert not out[2].any()
    assert out[[0, 1, 3]].flatten(1).any(dim=1).all()


@pytest.mark.parametrize("largest", [1.0, 3.0, 5.0])
def test_shift_is_uniform_in_pixels_along_each_axis(largest: float) -> None:
    moved = centres(varied(blob(), 2000, shift=largest))
    assert (np.abs(moved) <= largest + 0.01).all()
    assert (moved.max(axis=0) > 0.98 * largest).all()
    assert (moved.min(axis=0) < -0.98 * largest).all()
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.1 * largest)
    np.testing.assert_allclose(moved.std(axis=0), largest / np.sqrt(3), rtol=0.05)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.1


def test_shift_moves_all_pixels_alike() -> None:
    image = torch.zeros(1, 28, 28)
    image[0, 9:19, 9:19] = torch.rand(10, 10, generator=seeded())
    out = varied(image, 3000, shift=4)
    for x, y in [(3, 0), (0, -2), (-1, 2)]:
        expected = image.roll((y, x), dims=(1, 2))
        # One of so many shifts comes near this whole number of pixels.
        nearest = (out - expected).abs().flatten(1).mean(dim=1).min()
        assert nearest < 0.01
    assert (out - image.roll((6, 6), dims=(1, 2))).abs().flatten(1).mean(dim=1).min() > 0.03


def test_rotation_is_uniform_about_the_middle() -> None:
    largest = 30.0
    turned = centres(varied(blob(x=8), 2000, rotation=largest))
    np.testing.assert_allclose(np.hypot(*turned.T), 8, atol=0.05)
    angles = np.degrees(np.arctan2(turned[:, 1], turned[:, 0]))
    assert (np.abs(angles) <= largest + 0.2).all()
    assert angles.max() > 0.98 * largest
    assert angles.min() < -0.98 * largest
    assert abs(angles.mean()) < 2
    assert angles.std() == pytest.approx(largest / np.sqrt(3), rel=0.05)


def test_quarter_turns_are_quarter_turns() -> None:
    image = blob(6, -2) + blob(-3, 5) / 2
    out = varied(image, 3000, rotation=95)
    for turns in (-1, 1):
        expected = torch.rot90(image, turns, dims=(1, 2))
        assert (out - expected).abs().flatten(1).amax(dim=1).min() < 0.02
    half = torch.rot90(image, 2, dims=(1, 2))
    assert (out - half).abs().flatten(1).amax(dim=1).min() > 0.3


def test_scale_is_of_the_size_and_apart_along_each_axis() -> None:
    stretched = centres(varied(blob(x=8), 2000, scale=0.25))[:, 0] / 8
    assert 1.23 < stretched.max() < 1.26
    assert 0.74 < stretched.min() < 0.77
    corner = centres(varied(blob(x=6, y=6), 500, scale=0.25))
    assert abs(np.corrcoef(corner.T)[0, 1]) < 0.15


def test_shear_slants_and_keeps_the_lines() -> None:
    above = centres(varied(blob(y=-8), 2000, shear=0.5))
    np.testing.assert_allclose(above[:, 1], -8, atol=0.01)
    assert 3.9 < above[:, 0].max() < 4.01
    assert -4.01 < above[:, 0].min() < -3.9
    middle = centres(varied(blob(), 200, shear=0.5))
    np.testing.assert_allclose(middle, 0, atol=0.01)


@pytest.mark.parametrize(
    ("key", "largest"), [("rotation", 20), ("scale", 0.3), ("shear", 0.5), ("shift", 3)]
)
def test_every_setting_does_something(key: str, largest: float) -> None:
    image = blob(5, 3)
    assert (varied(image, 20, **{key: largest}) - image).abs().max() > 0.2


def test_what_leaves_the_image_is_gone() -> None:
    out = varied(torch.ones(1, 28, 28), 500, shift=14)
    kept = out.flatten(1).sum(dim=1) / 28**2
    assert kept.min() < 0.4
    assert kept.max() <= 1 + 1e-6


def test_affine_takes_other_sizes() -> None:
    images = torch.rand(2, 1, 20, 24, generator=seeded())
    torch.testing.assert_close(Affine(**STILL)(images, seeded()), images)


def test_angles_are_the_same_in_an_image_that_is_not_square() -> None:
    """A bar across a wide image, turned and slanted as the same bar of a square one is."""
    square = torch.zeros(300, 1, 28, 28)
    square[:, :, 6:22, 13:15] = 1
    wide = torch.nn.functional.pad(square, (26, 26))
    for config in (Affine(**STILL | {"rotation": 40}), Affine(**STILL | {"shear": 0.5})):
        one, other = config(square, seeded()), config(wide, seeded())
        torch.testing.assert_close(other[..., 26:-26], one, atol=1e-3, rtol=0)


# Handwriting


hands = st.builds(
    Handwriting,
    elastic=st.floats(0, 5),
    thickness=st.floats(0, 0.99),
    blur=st.floats(0, 0.99),
    erasure=st.floats(0, 0.99),
)


def written(image: Tensor, count: int, **largest: float) -> Tensor:
    """Copies of one image (1, 28, 28), varied only in what is named."""
    still = {**STILL, "elastic": 0, "thickness": 0, "blur": 0, "erasure": 0}
    return augment(image.expand(count, 1, 28, 28), Handwriting(**{**still, **largest}), seeded())


@given(hands, st.integers(0, 2**32), st.integers(1, 5))
@settings(max_examples=30)
def test_handwriting_keeps_shape_type_and_range(config: Handwriting, seed: int, count: int) -> None:
    images = noise(count, seed)
    before = images.clone()
    out = augment(images, config, seeded(seed))
    assert out.shape == images.shape
    assert out.dtype == images.dtype
    assert ((out >= -1e-6) & (out <= 1 + 1e-6)).all()
    assert torch.equal(images, before)
    assert torch.equal(out, augment(images, config, seeded(seed)))


def test_handwriting_with_all_at_zero_changes_nothing() -> None:
    image = noise(1)[0]
    torch.testing.assert_close(written(image, 3), image.expand(3, 1, 28, 28), rtol=0, atol=1e-5)


def test_handwriting_varies_as_affine_does_where_it_is_affine() -> None:
    images = noise(4)
    same = {"rotation": 9.0, "scale": 0.1, "shear": 0.3, "shift": 2.0}
    hand = Handwriting(**same, elastic=0, thickness=0, blur=0, erasure=0)
    assert torch.equal(augment(images, hand, seeded()), augment(images, Affine(**same), seeded()))


def test_lines_grow_and_shrink_by_parts_of_a_pixel() -> None:
    line = torch.zeros(1, 28, 28)
    line[:, 5:23, 13:16] = 1
    widths = written(line, 500, thickness=0.5)[:, 0, 14].sum(dim=1)
    assert 1.99 < widths.min() < 2.1  # three pixels, half a pixel less on each side
    assert 3.9 < widths.max() < 4.01
    assert abs(widths.mean() - 3) < 0.1


def test_blur_spreads_the_ink_and_keeps_its_amount() -> None:
    varied_images = written(blob(sigma=1.0), 100, blur=0.9)
    torch.testing.assert_close(
        varied_images.sum(dim=(1, 2, 3)), blob(sigma=1.0).sum().expand(100), rtol=1e-3, atol=0
    )
    peaks = varied_images.amax(dim=(1, 2, 3))
    assert peaks.min() < 0.6 < 0.75 < peaks.max() < 0.79


def test_spots_are_erased_from_some_images() -> None:
    full = torch.ones(1, 28, 28)
    missing = 28 * 28 - written(full, 1000, erasure=0.3).sum(dim=(1, 2, 3))
    assert abs((missing > 0.5).float().mean() - 0.3) < 0.05
    assert missing.max() < 50  # of a spot of some pixels


def test_elastic_moves_neighbours_together() -> None:
    spots = torch.stack([blob(x, y)[0] for x, y in ((0, 0), (1.5, 0), (0, 7))])
    seed_of_each = [
        augment(spot.expand(200, 1, 28, 28), Handwriting(**STILL, thickness=0, blur=0, erasure=0,
        elastic=1.0), seeded()) for spot in spots
    ]  # fmt: skip
    moved = np.stack([centres(images) - centres(images).mean(0) for images in seed_of_each])
    assert 0.5 < moved[0].std() < 1.3
    near = np.corrcoef(moved[0].ravel(), moved[1].ravel())[0, 1]
    far = np.corrcoef(moved[0].ravel(), moved[2].ravel())[0, 1]
    assert near > 0.9
    assert far < near - 0.2
