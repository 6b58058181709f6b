"""Strings of digits to learn from: what is on their images, and what they are said to show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from digitrec.data.pen_digits import PenDigit
from digitrec.data.string_images import Sources, Strings, generate, write_string
from digitrec.data.synthetic.digits import draw
from digitrec.models.networks import NO_DIGIT_CLASS


@pytest.fixture(scope="module")
def sources() -> Sources:
    """Two writers with a digit of each kind, and scans of the same digits."""
    rng = np.random.default_rng(0)
    digits = [
        PenDigit(label, writer, tuple(stroke.points for stroke in draw(label, rng).strokes))
        for writer in (4, 2)
        for label in range(10)
    ]
    scans = rng.integers(0, 2, (30, 28, 28), dtype=np.uint8) * 255
    scans[:, :4] = scans[:, 24:] = scans[:, :, :8] = scans[:, :, 20:] = 0
    return Sources.of(digits, scans, np.arange(30) % 10)


def made(sources: Sources, count: int, seed: int = 0) -> list[tuple[np.ndarray, list[int]]]:
    return [write_string(sources, np.random.default_rng([seed, i])) for i in range(count)]


def test_writers_are_told_apart(sources: Sources) -> None:
    assert [{digit.writer for digit in hand} for hand in sources.writers] == [{2}, {4}]


def test_images_are_normalised_strings(sources: Sources) -> None:
    for image, shown in made(sources, 60):
        assert image.dtype == np.uint8
        assert image.shape[0] == 28
        assert image.shape[1] in range(48, 129, 16)
        assert image.max() == 255
        rows = np.flatnonzero(image.max(axis=1) > 20)
        assert 18 <= len(rows) <= 20
        assert 1 <= len(shown) <= 5


def test_strings_are_short_and_long_and_some_hold_what_is_no_digit(sources: Sources) -> None:
    shown = [shown for _, shown in made(sources, 400)]
    lengths = np.bincount([len(one) for one in shown], minlength=6)[1:]
    assert lengths.argmax() == 1  # two digits
    assert (lengths > 5).all()
    none = np.mean([kind == NO_DIGIT_CLASS for one in shown for kind in one])
    assert 0.03 < none < 0.2
    assert {kind for one in shown for kind in one} == set(range(NO_DIGIT_CLASS + 1))
    assert any(set(one) == {NO_DIGIT_CLASS} for one in shown)


def test_the_more_digits_the_wider(sources: Sources) -> None:
    widths: dict[int, list[int]] = {}
    for image, shown in made(sources, 300):
        widths.setdefault(len(shown), []).append(len(np.flatnonzero(image.max(axis=0) > 20)))
    means = [np.mean(widths[count]) for count in (1, 2, 3, 4)]
    assert (np.diff(means) > 4).all()


def test_most_neighbours_touch(sources: Sources) -> None:
    pairs = [image for image, shown in made(sources, 300) if len(shown) == 2]
    touching = [ndimage.label(image > 60, np.ones((3, 3)))[1] == 1 for image in pairs]
    assert 0.3 < np.mean(touching) < 0.95


def test_a_string_is_the_same_whatever_else_is_made(sources: Sources) -> None:
    def sorted_out(parts: list[Strings]) -> dict[bytes, list[int]]:
        return {
            image.numpy().tobytes(): target[:length].tolist()
            for part in parts
            for image, target, length in zip(part.images, part.targets, part.lengths, strict=True)
        }

    whole = sorted_out(generate(sources, 3, 0, 40))
    parts = sorted_out(generate(sources, 3, 0, 15)) | sorted_out(generate(sources, 3, 15, 40))
    assert whole == parts
    assert len(whole) == 40
    assert sorted_out(generate(sources, 4, 0, 40)) != whole


def test_strings_come_sorted_by_their_width(sources: Sources) -> None:
    parts = generate(sources, 0, 0, 80)
    widths = [part.images.shape[3] for part in parts]
    assert widths == sorted(set(widths))
    assert sum(map(len, parts)) == 80
    for part in parts:
        assert part.images.shape == (len(part), 1, 28, part.images.shape[3])
        assert part.targets.shape == (len(part), 5)
        for target, length in zip(part.targets, part.lengths, strict=True):
            assert (target[length:] == 0).all()
