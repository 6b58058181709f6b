from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.data.dataset import NO_DIGIT
from digitrec.data.image_folder.split import by_picture, by_writer
from digitrec.errors import ConfigError

LABELS = np.repeat(np.arange(10), 30)
DIGESTS = np.arange(300, dtype=np.uint64)


@given(st.integers(0, 99), st.floats(0.01, 0.4))
def test_each_digit_gives_the_same_fraction(seed: int, fraction: float) -> None:
    test, validation = by_picture(LABELS, DIGESTS, fraction, seed, 2)
    assert not (test & validation).any()
    for part in (test, validation):
        counts = np.bincount(LABELS[part], minlength=10)
        assert (counts == max(1, round(30 * fraction))).all()


def test_the_seed_chooses() -> None:
    one, other = (by_picture(LABELS, DIGESTS, 0.1, seed, 1)[0] for seed in (0, 1))
    again = by_picture(LABELS, DIGESTS, 0.1, 0, 1)[0]
    assert (one == again).all()
    assert (one != other).any()


def test_copies_of_a_file_are_in_one_part() -> None:
    digests = DIGESTS // 3
    test, validation = by_picture(LABELS, digests, 0.2, 0, 2)
    for part in (test, validation):
        assert np.isin(digests[~part], digests[part]).sum() == 0


def test_another_picture_moves_few_others() -> None:
    before = by_picture(LABELS, DIGESTS, 0.1, 0, 2)
    labels, digests = np.append(LABELS, 0), np.append(DIGESTS, np.uint64(999))
    after = by_picture(labels, digests, 0.1, 0, 2)
    assert sum(int((one != two[:-1]).sum()) for one, two in zip(before, after, strict=True)) <= 3


def test_pictures_without_a_digit_are_not_held_out() -> None:
    labels = np.where(np.arange(300) % 2, LABELS, NO_DIGIT)
    for part in by_picture(labels, DIGESTS, 0.2, 0, 2):
        assert (labels[part] != NO_DIGIT).all()


@pytest.mark.parametrize(("count", "held_out"), [(1, 0), (2, 0), (3, 1)])
def test_few_pictures_are_left_to_train_on(count: int, held_out: int) -> None:
    labels = np.zeros(count, np.int64)
    parts = by_picture(labels, np.arange(count, dtype=np.uint64), 0.1, 0, 2)
    assert [int(part.sum()) for part in parts] == [held_out, held_out]


@given(st.integers(1, 12), st.floats(0.01, 0.99), st.integers(1, 2))
def test_one_of_each_digit_is_left_to_train_on(count: int, fraction: float, parts: int) -> None:
    labels = np.repeat(np.arange(10), count)
    digests = np.arange(10 * count, dtype=np.uint64)
    held_out = np.logical_or.reduce(by_picture(labels, digests, fraction, 0, parts))
    assert set(labels[~held_out].tolist()) == set(range(10))


def test_all_can_test() -> None:
    assert by_picture(LABELS, DIGESTS, 1, 0, 1)[0].all()


NAMES = [f"{i % 10}/{writer}_{i}.png" for i in range(20) for writer in ("anna", "bo", "cy", "di")]
DIGITS = np.zeros(len(NAMES), np.int64)


@given(st.integers(0, 50))
def test_each_writer_is_in_one_part(seed: int) -> None:
    test, validation = by_writer(NAMES, DIGITS, "^([a-z]+)_", 0.25, seed, 2)
    writers = np.array([name[2:].partition("_")[0] for name in NAMES])
    groups = [set(writers[part]) for part in (test, validation, ~test & ~validation)]
    assert [len(group) for group in groups] == [1, 1, 2]
    assert len(set.union(*groups)) == 4


def test_one_writer_is_left_to_train_on() -> None:
    held_out = np.logical_or.reduce(by_writer(NAMES, DIGITS, "^([a-z]+)_", 0.5, 0, 2))
    assert (~held_out).sum() == 40  # two writers: as many for each part, and one at least


def test_the_writer_is_the_first_group_or_all_that_matches() -> None:
    for pattern in ("^([a-z]+)_", "^[a-z]+", "(anna|bo|cy|di)(_)"):
        (part,) = by_writer(NAMES, DIGITS, pattern, 0.5, 0, 1)
        assert part.sum() == 40


def test_names_without_a_writer_are_an_error_but_of_no_digit() -> None:
    names = [*NAMES, "none/7.png"]
    with pytest.raises(ConfigError, match="finds no writer in the name of none/7"):
        by_writer(names, np.append(DIGITS, 0), "^([a-z]+)_", 0.25, 0, 2)
    parts = by_writer(names, np.append(DIGITS, NO_DIGIT), "^([a-z]+)_", 0.25, 0, 2)
    assert not any(part[-1] for part in parts)


def test_there_must_be_writers_for_all_parts() -> None:
    with pytest.raises(ConfigError, match="finds 1 writers; 3 are needed"):
        by_writer(NAMES, DIGITS, "(.)ng$", 0.1, 0, 2)
