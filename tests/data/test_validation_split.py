from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitrec.arrays import Int64Array
from digitrec.data.validation_split import stratified_split


@st.composite
def labels_and_held_out(draw: st.DrawFn) -> tuple[Int64Array, int]:
    labels = draw(st.lists(st.integers(0, 9), min_size=1, max_size=200))
    return np.array(labels, dtype=np.int64), draw(st.integers(0, len(labels) - 1))


@given(labels_and_held_out())
def test_both_sides_make_up_the_whole_without_overlap(case: tuple[Int64Array, int]) -> None:
    labels, held_out = case
    train, validation = stratified_split(labels, held_out)
    assert len(validation) == held_out
    assert train.dtype == validation.dtype == np.int64
    np.testing.assert_array_equal(np.sort(np.r_[train, validation]), np.arange(len(labels)))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()


@given(labels_and_held_out())
def test_shares_follow_the_largest_remainders(case: tuple[Int64Array, int]) -> None:
    labels, held_out = case
    _, validation = stratified_split(labels, held_out)
    sizes = np.bincount(labels, minlength=10)
    given_up = np.bincount(labels[validation], minlength=10)

    floors, remainders = np.divmod(held_out * sizes, len(labels))
    rounded_up = given_up - floors
    assert np.isin(rounded_up, (0, 1)).all()
    if rounded_up.any() and not rounded_up.all():
        assert remainders[rounded_up == 1].min() >= remainders[rounded_up == 0].max()


@given(labels_and_held_out(), st.integers(0, 2**32))
def test_same_arguments_same_split(case: tuple[Int64Array, int], seed: int) -> None:
    first, second = (stratified_split(*case, seed=seed) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


@given(labels_and_held_out(), st.integers(1, 1000))
def test_class_names_do_not_matter(case: tuple[Int64Array, int], shift: int) -> None:
    labels, held_out = case
    np.testing.assert_array_equal(
        stratified_split(labels, held_out)[1], stratified_split(labels * 3 + shift, held_out)[1]
    )


def test_split_is_frozen() -> None:
    # Published numbers rest on this very choice: it must outlive every change of NumPy.
    labels = np.arange(40) % 4
    _, validation = stratified_split(labels, 10)
    assert validation.tolist() == [6, 9, 11, 12, 22, 23, 25, 28, 36, 37]


def test_another_seed_holds_out_others() -> None:
    labels = np.arange(1000) % 10
    one, other = (stratified_split(labels, 100, seed=seed)[1] for seed in (1, 2))
    assert len(np.intersect1d(one, other)) < 40  # 10 expected by chance


def test_choice_is_spread_over_the_data() -> None:
    labels = np.arange(10_000) % 10
    _, validation = stratified_split(labels, 5000)
    assert abs(validation.mean() - 5000) < 150  # standard error 29


def test_global_random_state_is_neither_used_nor_moved() -> None:
    before = np.random.get_state(legacy=False)  # noqa: NPY002
    stratified_split(np.arange(20) % 3, 5)
    assert str(before) == str(np.random.get_state(legacy=False))  # noqa: NPY002


def test_nothing_held_out() -> None:
    train, validation = stratified_split(np.array([3, 1, 3]), 0)
    assert train.tolist() == [0, 1, 2]
    assert validation.shape == (0,)


@pytest.mark.parametrize("held_out", [-1, 3, 4])
def test_impossible_number(held_out: int) -> None:
    with pytest.raises(ValueError, match=r"held_out must be in \[0, 3\)"):
        stratified_split(np.array([0, 1, 2]), held_out)
