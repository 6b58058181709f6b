from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, chi2, norm, t

from digitrec.benchmarks.statistical_tests import (
    CLUSTER_CONTENDERS,
    CONTENDERS,
    Setting,
    false_alarms,
    power,
    simulate,
)
from digitrec.comparison.statistics import (
    ALPHA,
    POWER,
    Difference,
    Errors,
    _swap_test,
    accuracy_interval,
    difference,
    holm,
)
from digitrec.data.clusters import Clusters

IMAGES = 1000


def networks(only_a: int, only_b: int, both: int = 5) -> tuple[Errors, Errors]:
    """Two networks, and how many images each misreads alone."""
    a, b = np.zeros((2, 1, IMAGES), np.bool_)
    a[0, :only_a] = b[0, only_a : only_a + only_b] = True
    a[0, IMAGES - both :] = b[0, IMAGES - both :] = True
    return Errors.of(a), Errors.of(b)


@given(st.integers(0, 80), st.integers(0, 80))
def test_two_networks_are_compared_by_mcnemars_exact_test(only_a: int, only_b: int) -> None:
    found = difference(*networks(only_a, only_b))
    assert found.errors == only_b - only_a
    count = only_a + only_b
    p = binomtest(only_a, count).pvalue if count else 1.0
    assert found.p == pytest.approx(p, abs=1e-12)
    assert found.low <= found.errors <= found.high
    assert (found.low > 0 or found.high < 0) == (found.p < ALPHA)
    assert not found.of_recipes
    other = difference(*networks(only_b, only_a))
    assert (other.errors, other.low, other.high) == (-found.errors, -found.high, -found.low)


def test_the_interval_of_two_networks_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for only_a, only_b in zip(rng.poisson(30, 400), rng.poisson(12, 400), strict=True):
        found = difference(*networks(int(only_a), int(only_b)))
        held += found.low <= 12 - 30 <= found.high
    assert held >= binom.isf(0.999, 400, 0.95)


def recipes(a: list[list[int]], b: list[list[int]], images: int = IMAGES) -> Difference:
    """Compare recipes whose runs misread the images named."""
    wrong = [np.zeros((len(side), images), np.bool_) for side in (a, b)]
    for side, runs in zip(wrong, (a, b), strict=True):
        for run, missed in zip(side, runs, strict=True):
            run[missed] = True
    return difference(Errors.of(wrong[0]), Errors.of(wrong[1]))


def test_the_variance_is_that_of_images_and_seeds() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random((3, 200)) < 0.2, rng.random((4, 200)) < np.linspace(0, 0.6, 200)
    found = difference(Errors.of(a), Errors.of(b))
    assert found.errors == pytest.approx(b.sum(axis=1).mean() - a.sum(axis=1).mean())
    # By the book: images' variance of the difference, less what chance of seeds puts in it.
    gap = b.mean(axis=0) - a.mean(axis=0)
    chance = [side.var(axis=0, ddof=1).mean() for side in (a, b)]  # of a seed on an image
    of_images = (gap.var() - chance[0] / 3 - chance[1] / 4) * 200
    assert found.images == pytest.approx(of_images)
    of_seeds = [
        max(side.sum(axis=1).var(ddof=1), 200 * c) for side, c in zip((a, b), chance, strict=True)
    ]
    assert found.seeds == pytest.approx(sum(of_seeds))
    variance = of_images + of_seeds[0] / 3 + of_seeds[1] / 4
    half = (found.high - found.low) / 2
    assert 1.96 < half / np.sqrt(variance) < 4.31  # between normal and t of 2 degrees of freedom


def test_neither_the_order_of_seeds_nor_of_images_nor_of_sides_matters() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random((3, 300)) < 0.1, rng.random((5, 300)) < 0.15
    order = rng.permutation(300)
    found = difference(Errors.of(a), Errors.of(b))
    shuffled = difference(Errors.of(a[::-1, order]), Errors.of(b[[2, 0, 1, 4, 3]][:, order]))
    assert shuffled.p == pytest.approx(found.p)
    turned = difference(Errors.of(b), Errors.of(a))
    assert (turned.low, turned.p) == (pytest.approx(-found.high), pytest.approx(found.p))


def test_recipes_that_never_differ_do_not_differ() -> None:
    found = recipes([[1, 2], [1, 2]], [[1, 2], [1, 2]])
    assert (found.errors, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert found.seeds_needed() is None


def test_a_single_image_proves_nothing() -> None:
    for runs in (1, 2):
        found = recipes([[]] * runs, [[0]] * runs, images=1)
        assert (found.errors, found.p) == (1, 1)
        assert found.low <= 0 <= found.high


def test_one_run_against_several_is_held_to_vary_as_they_do() -> None:
    steady = recipes([[*range(40)]], [[*range(50)], [*range(1, 51)], [*range(2, 52)]])
    unsteady = recipes([[*range(40)]], [[*range(50)], [*range(20)], [*range(80)]])
    assert steady.errors == pytest.approx(unsteady.errors)
    assert steady.p < ALPHA < unsteady.p


def test_errors_on_different_numbers_of_images_cannot_be_compared() -> None:
    a, b = Errors.of(np.zeros((1, 5), np.bool_)), Errors.of(np.zeros((1, 6), np.bool_))
    with pytest.raises(ValueError, match="on 5 and on 6 images cannot be compared"):
        difference(a, b)


def test_seeds_needed_are_the_fewest_with_the_power() -> None:
    found = Difference((3, 3), -10, 0, 0, 0.3, images=5, seeds=60)
    needed = found.seeds_needed()
    assert needed is not None
    assert found.power(needed) >= POWER > found.power(needed - 1)


def test_seeds_needed_are_few_where_many_find_the_difference_for_certain() -> None:
    runs = [list(range(100 * n, 100 * n + count)) for n, count in enumerate((1, 6, 12, 12))]
    found = recipes(runs[:2], runs[2:], images=2000)
    assert found.p >= ALPHA
    assert found.seeds_needed() == 4
    powers = [found.power(count) for count in range(2, 1001)]
    assert powers == sorted(powers)


@pytest.mark.parametrize("seeds", [4.0, 40.0])
@pytest.mark.parametrize("runs", [2, 3, 100, 1000])
@pytest.mark.parametrize("images", [0.0, 0.1])
def test_the_power_is_that_of_the_noncentral_t_distribution(
    seeds: float, runs: int, images: float
) -> None:
    chances = (np.arange(20_000) + 0.5) / 20_000
    variance = images + seeds / runs
    freedom = 2 * (runs - 1) / (seeds / runs / variance) ** 2
    limits = t.ppf(1 - ALPHA / 2, freedom) * np.sqrt(chi2.ppf(chances, freedom) / freedom)
    for deviate in (0.5, 1, 2, 4, 8, 29.9, 30.1, 36.75, 40, 44, 50, 62, 100):
        found = Difference((3, 3), deviate * variance**0.5, 0, 0, 0.2, images, seeds)
        assert found.power(runs) == pytest.approx(norm.sf(limits - deviate).mean(), abs=1e-4)


def test_no_number_of_seeds_makes_up_for_few_images() -> None:
    assert Difference((3, 3), -10, 0, 0, 0.3, images=30, seeds=60).seeds_needed() is None
    with pytest.raises(ValueError, match="two seeds"):
        Difference((1, 1), -10, 0, 0, 0.3, images=30, seeds=None).power(3)


def test_the_interval_of_one_network_is_wilsons() -> None:
    for wrong in (0, 3, 100, IMAGES):
        errors = Errors.of((np.arange(IMAGES) < wrong)[None])
        interval = binomtest(IMAGES - wrong, IMAGES).proportion_ci(0.95, method="wilson")
        assert accuracy_interval(errors) == pytest.approx((interval.low, interval.high))


@pytest.mark.parametrize("images", [1, 3, 7, 100, 10_000])
def test_the_interval_ends_at_0_and_1_where_all_are_misread_or_none(images: int) -> None:
    assert accuracy_interval(Errors.of(np.ones((1, images), np.bool_)))[0] == 0
    assert accuracy_interval(Errors.of(np.zeros((1, images), np.bool_)))[1] == 1


def test_the_interval_of_a_recipe_counts_its_seeds() -> None:
    alike = np.arange(IMAGES) < np.array([[100], [100], [100]])
    unlike = np.arange(IMAGES) < np.array([[60], [100], [140]])
    (a_low, a_high), (b_low, b_high) = (accuracy_interval(Errors.of(w)) for w in (alike, unlike))
    assert b_low < a_low < 0.9 < a_high < b_high
    assert accuracy_interval(Errors.of(np.zeros((3, 50), np.bool_)))[1] == 1


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_never_lowers(ps: list[float]) -> None:
    adjusted = holm(ps)
    assert all(p <= q <= 1 for p, q in zip(ps, adjusted, strict=True))
    order = sorted(range(len(ps)), key=ps.__getitem__)
    assert sorted(adjusted) == [adjusted[i] for i in order]


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


COUNT = 300  # comparisons; the command `bench statistics` makes more, of more kinds


@pytest.mark.parametrize(
    ("runs", "by_seed"),
    [
        ((1, 1), 0.0),
        ((2, 2), 0.15),
        pytest.param((3, 3), 0.15, marks=pytest.mark.slow),
        ((3, 3), 0.3),
        pytest.param((1, 3), 0.15, marks=pytest.mark.slow),
        ((2, 5), 0.3),
    ],
)
def test_false_alarms_are_as_rare_as_claimed(runs: tuple[int, int], by_seed: float) -> None:
    rng = np.random.default_rng(0)
    setting = Setting(runs, by_seed=(by_seed, by_seed))
    (share,) = false_alarms(setting, [CONTENDERS["digitrec"]], rng, COUNT)
    # A test that is wrong in 5% exceeds this once in a thousand times.
    assert share * COUNT <= binom.isf(0.001, COUNT, ALPHA)


def test_the_simulation_can_tell_a_test_that_forgets_the_seeds() -> None:
    rng = np.random.default_rng(0)
    setting = Setting((3, 3), by_seed=(0.3, 0.3))
    (share,) = false_alarms(setting, [CONTENDERS["one seed"]], rng, COUNT)
    assert share * COUNT > binom.isf(0.001, COUNT, ALPHA)


def test_differences_are_found_as_often_as_claimed() -> None:
    rng = np.random.default_rng(0)
    claimed, found = power(Setting((3, 3), (0.005, 0.008), (0.15, 0.15)), rng, COUNT)
    assert claimed == pytest.approx(found, abs=3 * np.sqrt(0.1 / COUNT))
    assert found > 0.8


def test_simulated_networks_err_as_often_as_asked_and_share_errors() -> None:
    rng = np.random.default_rng(0)
    a, b = simulate(Setting((40, 40), (0.004, 0.008), (0.15, 0.0)), rng)
    assert a.mean() == pytest.approx(0.004, rel=0.25)
    assert b.mean() == pytest.approx(0.008, rel=0.25)
    assert (b[0] & b[1]).sum() > 0.5 * b[0].sum()
    assert 0 < (a[0] & b[0]).sum() < 0.9 * a[0].sum()


@pytest.mark.parametrize(
    ("runs", "by_seed"),
    [((1, 3), (0.8, 0.8)), ((2, 20), (0.6, 0.6)), ((2, 10), (0.8, 0.1)), ((2, 5), (0.8, 0.1))],
)
def test_few_seeds_against_more_give_no_more_false_alarms_than_claimed(
    runs: tuple[int, int], by_seed: tuple[float, float]
) -> None:
    setting = Setting(runs, by_seed=by_seed)
    (share,) = false_alarms(setting, [CONTENDERS["digitrec"]], np.random.default_rng(1), 1000)
    assert share <= 0.064


def clustered(numbers: np.ndarray) -> Clusters:
    return Clusters(np.asarray(numbers, np.int64), "writer")


@pytest.mark.parametrize("runs", [(1, 1), (3, 3), (1, 3)])
def test_with_one_image_a_cluster_nothing_changes(runs: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    a, b = (rng.random((count, 400)) < 0.1 for count in runs)
    alone = clustered(rng.permutation(400))
    assert difference(Errors.of(a, alone), Errors.of(b, alone)) == difference(
        Errors.of(a), Errors.of(b)
    )
    assert accuracy_interval(Errors.of(b, alone)) == accuracy_interval(Errors.of(b))


@pytest.mark.parametrize("runs", [(2, 2), (3, 4), (1, 3)])
def test_the_variance_of_clusters_of_one_is_nearly_that_of_images(runs: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    a, b = (rng.random((count, 2001)) < np.linspace(0, 0.4, 2001) for count in runs)
    pairs = clustered(np.r_[0, np.arange(2000)])  # all but two images are alone
    found = difference(Errors.of(a, pairs), Errors.of(b, pairs))
    plain = difference(Errors.of(a), Errors.of(b))
    assert found.errors == plain.errors
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), rel=0.01)
    assert found.images == pytest.approx(plain.images, rel=0.02)
    assert (found.freedom, plain.freedom) == (pytest.approx(1998, abs=2), None)


@pytest.mark.parametrize("runs", [(1, 1), (3, 3)])
def test_copies_of_the_images_tell_nothing_new(runs: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    a, b = (rng.random((count, 500)) < 0.1 for count in runs)
    plain = difference(Errors.of(a), Errors.of(b))
    copies = clustered(np.tile(np.arange(500), 8))
    a8, b8 = (np.tile(side, 8) for side in (a, b))
    found = difference(Errors.of(a8, copies), Errors.of(b8, copies))
    independent = difference(Errors.of(a8), Errors.of(b8))
    assert found.errors == pytest.approx(8 * plain.errors)
    width, plain_width = found.high - found.low, 8 * (plain.high - plain.low)
    assert width == pytest.approx(plain_width, rel=0.1)
    assert independent.high - independent.low < 0.8 * width
    low, high = accuracy_interval(Errors.of(b8, copies))
    assert (low, high) == pytest.approx(accuracy_interval(Errors.of(b)), abs=2e-3)


@given(st.integers(0, 60), st.integers(0, 60))
def test_swapping_single_images_is_mcnemars_test(only_a: int, only_b: int) -> None:
    gaps = np.array([-1] * only_a + [1] * only_b + [0] * 5)
    count = only_a + only_b
    p = binomtest(only_a, count).pvalue if count else 1.0
    assert _swap_test(gaps) == pytest.approx(p, abs=1e-12)


def test_swapping_clusters_counts_all_swaps() -> None:
    gaps = np.array([3, -1, 2, 5, 0])
    signs = np.array(np.meshgrid(*[[-1, 1]] * 5)).reshape(5, -1)
    share = (abs(gaps @ signs) >= 9).mean()
    assert _swap_test(gaps) == pytest.approx(share)


@pytest.mark.parametrize("count", [2, 5, 6])
def test_two_networks_that_differ_alike_in_few_clusters(count: int) -> None:
    numbers = np.arange(600) % count
    a = np.zeros((1, 600), np.bool_)
    b = np.arange(600)[None] < 20 * count
    found = difference(Errors.of(a, clustered(numbers)), Errors.of(b, clustered(numbers)))
    assert found.p == pytest.approx(2 * 0.5**count)
    assert (found.low > 0) == (found.p < ALPHA)
    assert found.high >= found.errors >= found.low


@pytest.mark.parametrize("runs", [(1, 1), (3, 3)])
def test_an_interval_agrees_with_p_in_clusters(runs: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    setting = Setting(runs, (0.02, 0.05), (0.1, 0.1), 600, clustered=12)
    found = []
    for _ in range(30):
        a, b = simulate(setting, rng)
        found.append(difference(Errors.of(a, setting.clusters), Errors.of(b, setting.clusters)))
    for one in found:
        assert (one.low > 0 or one.high < 0) == (one.p < ALPHA)
    assert {one.p < ALPHA for one in found} == {True, False}


@pytest.mark.parametrize("count", [1, 2])
def test_the_interval_of_clusters_that_are_read_alike(count: int) -> None:
    clusters = clustered(np.arange(90) % 3)
    none, all_ = np.zeros((count, 90), np.bool_), np.ones((count, 90), np.bool_)
    low, high = binomtest(3, 3).proportion_ci(0.95, method="wilson")
    assert accuracy_interval(Errors.of(none, clusters)) == pytest.approx((low, 1))
    assert accuracy_interval(Errors.of(all_, clusters)) == pytest.approx((0, 1 - low))
    even = np.tile(np.arange(90) < 30, (count, 1))  # as many of each cluster
    low, high = accuracy_interval(Errors.of(even, clusters))
    assert 0 <= low < 2 / 3 < high <= 1


@pytest.mark.parametrize(
    ("runs", "by_seed", "count"),
    [((1, 1), 0.0, 12), ((1, 1), 0.0, 100), ((3, 3), 0.15, 12), ((1, 3), 0.15, 12)],
)
def test_false_alarms_are_as_rare_as_claimed_in_clusters(
    runs: tuple[int, int], by_seed: float, count: int
) -> None:
    rng = np.random.default_rng(0)
    setting = Setting(runs, (0.03, 0.03), (by_seed, by_seed), 3000, clustered=count)
    share, independent = false_alarms(setting, list(CLUSTER_CONTENDERS.values()), rng, COUNT)
    assert share * COUNT <= binom.isf(0.001, COUNT, ALPHA)
    if count == 12:
        assert independent * COUNT > binom.isf(0.001, COUNT, ALPHA)
