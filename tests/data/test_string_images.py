from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from digitrec.data.string_images import Sources, write_string
from digitrec.models.ctc import NOT_A_DIGIT

Images = list[tuple[np.ndarray, list[int]]]


def made(sources: Sources, count: int, seed: int = 0) -> Images:
    return [write_string(sources, np.random.default_rng([seed, i])) for i in range(count)]


@pytest.fixture(scope="module")
def many(string_sources: Sources) -> Images:
    """The first 400 images of seed 0, and the digits that each shows."""
    return made(string_sources, 400)


def test_digits_are_grouped_by_writer(string_sources: Sources) -> None:
    assert [[label for _, label in hand] for hand in string_sources.writers] == [
        list(range(10))
    ] * 2
    first = {strokes[0].tobytes() for strokes, _ in string_sources.writers[0]}
    assert first.isdisjoint(strokes[0].tobytes() for strokes, _ in string_sources.writers[1])


def test_letters_that_people_wrote_are_no_digits(string_sources: Sources, many: Images) -> None:
    cross = [np.array([[0.0, 0.0], [50.0, 100.0]]), np.array([[50.0, 0.0], [0.0, 100.0]])]
    with_letters = replace(string_sources, letters=[cross])
    shown, without = made(with_letters, 200), many[:200]
    kinds = np.array([kind for _, one in shown for kind in one])
    assert 0.03 < np.mean(kinds == NOT_A_DIGIT) < 0.2
    assert any(
        not np.array_equal(one, other) for (one, _), (other, _) in zip(shown, without, strict=True)
    )


def test_images_are_normalised_strings(many: Images) -> None:
    for image, shown in many[:60]:
        assert image.dtype == np.uint8
        assert image.shape[0] == 28
        assert image.shape[1] in range(48, 129, 16)
        assert image.max() == 255
        rows = np.flatnonzero(image.max(axis=1) > 20)
        assert 18 <= len(rows) <= 20
        assert 1 <= len(shown) <= 5


def test_lengths_and_nondigits_have_their_shares(many: Images) -> None:
    shown = [shown for _, shown in many]
    lengths = np.bincount([len(one) for one in shown], minlength=6)[1:]
    assert lengths.argmax() == 1  # two digits
    assert (lengths > 5).all()
    none = np.mean([kind == NOT_A_DIGIT for one in shown for kind in one])
    assert 0.03 < none < 0.2
    assert {kind for one in shown for kind in one} == set(range(NOT_A_DIGIT + 1))
    assert any(set(one) == {NOT_A_DIGIT} for one in shown)


def test_strings_of_more_digits_are_wider(many: Images) -> None:
    widths: dict[int, list[int]] = {}
    for image, shown in many[:300]:
        widths.setdefault(len(shown), []).append(len(np.flatnonzero(image.max(axis=0) > 20)))
    means = [np.mean(widths[count]) for count in (1, 2, 3, 4)]
    assert (np.diff(means) > 4).all()


def test_most_neighbours_touch(many: Images) -> None:
    pairs = [image for image, shown in many[:300] if len(shown) == 2]
    touching = [ndimage.label(image > 60, np.ones((3, 3)))[1] == 1 for image in pairs]
    assert 0.3 < np.mean(touching) < 0.95
