"""Is one recipe better than another, or was it chance? Intervals and paired tests, with seeds.

A *recipe* is all settings but the seed. The errors of its runs on one test set vary for two
reasons: another seed gives another network, and other test images would have been easier or
harder. Both must be counted.

Two runs, one of each recipe
    McNemar's exact test (McNemar 1947, Psychometrika 12:153) on the images that only one of the
    two networks misreads. It compares these two networks: one run of a recipe shows nothing of
    other seeds.

Recipes with more runs
    The variance of the difference of mean errors, with both images and seeds random and every seed
    scored on the same images (Gallas, Pennello & Myers 2007, J. Opt. Soc. Am. A 24:B70), and
    Student's t with the degrees of freedom of Welch (1947, Biometrika 34:28) and Satterthwaite
    (1946, Biometrics Bulletin 2:110). This is in closed form what a bootstrap over images and
    seeds (Owen 2007, Ann. Appl. Stat. 1:386) estimates by drawing, without the bias that the
    bootstrap has with few seeds. A permutation test over seeds would need no assumption, but it
    could never find a difference between three seeds and three: there are 20 permutations, so its
    least p is 0.1.
    If one side has a single run, its seeds are assumed to vary as those of the other side do. This
    one variance then decides the degrees of freedom, too. Where it is found too small, Welch's
    degrees of freedom are too many: up to 9% false alarms with one seed against three. So the
    limit is the mean of Student's t for the two parts of the variance, weighted by their sizes
    (Cochran & Cox 1950, Experimental Designs, 4.14), which is cautious.
    The same befalls a side with few seeds beside one with many, or with a steadier one: 9 to 12%
    false alarms with 2 seeds against 5, 10 or 20. So the variance of the side with fewer seeds
    counts for more than was found in the degrees of freedom: by `CAUTION` times the difference of
    1 / (n - 1) between the sides. It is 0 between equal numbers: only with 2 seeds each and very
    unequal spreads are Welch's degrees of freedom too many there.

Test images by the same writer, or drawn of the same digit, depend on each other. Where the test
set tells which do (`digitrec.data.clusters`), clusters take the place of images: the variance is
the cluster-robust one (Liang & Zeger 1986, Biometrika 73:13), with degrees of freedom one less than
the effective number of clusters. Two runs are compared by the exact permutation test that swaps
them on whole clusters, which is McNemar's where each image is a cluster, and by Student's t; the
larger p counts. So t finds nothing in a few clusters that differ alike by chance, and the interval,
which is that of t, agrees with the test.

`python -m digitrec.bench statistics` shows how often each test is wrong, and the bootstrap as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from digitrec.arrays import BoolArray, Float64Array, Int64Array
from digitrec.comparison.students_t import cochran_cox_limit, cochran_cox_p, power_of_t
from digitrec.data.clusters import Clusters
from digitrec.training.metrics import clustered_interval, clustered_variance, wilson_interval

__all__ = [
    "ALPHA",
    "MIN_CLUSTERS",
    "Difference",
    "Errors",
    "accuracy_interval",
    "difference",
    "holm",
]

ALPHA = 0.05  # significance level
MIN_CLUSTERS = 6  # that can tell two networks apart: of 5, the least p is 2 / 2**5 = 0.0625
POWER = 0.8  # probability of finding a difference with the number of seeds that is advised
MAX_SEEDS = 1000  # nobody trains more
CAUTION = 3  # false alarms of `bench statistics` stay near 5%; more would cost power


@dataclass(frozen=True, eq=False)
class Errors:
    """What the tests need to know about the errors of a recipe's runs on N test images.

    Attributes:
        runs: Number of runs.
        rate: (N,), the fraction of the runs that misread each image.
        mean: The fraction of images misread, over all runs.
        seed_variance: Sample variance over the seeds of a run's fraction of misread images. It is
            never less than ``chance``, its least value in the long run. None for one run.
        chance: The part of this variance that comes from images that some seeds read correctly and
            others misread, as if each image fell by chance. None for one run.
        clusters: Which images depend on each other; None if all are independent. ``chance`` is
            then that of clusters.
    """

    runs: int
    rate: Float64Array
    mean: float
    seed_variance: float | None
    chance: float | None
    clusters: Clusters | None = None

    @classmethod
    def of(cls, wrong: BoolArray, clusters: Clusters | None = None) -> Errors:
        """Sum up which images each run misread, given as bool (runs, N), both at least 1."""
        runs, images = wrong.shape
        if clusters and clusters.count == images:
            clusters = None
        rate = wrong.mean(axis=0)
        if runs == 1:
            return cls(1, rate, float(rate.mean()), None, None, clusters)
        if clusters:
            chance = sum(clustered_variance(run - rate, clusters) for run in wrong) / (runs - 1)
        else:
            chance = float((rate * (1 - rate)).mean()) * runs / (runs - 1) / images
        seed_variance = float(wrong.mean(axis=1).var(ddof=1))
        return cls(runs, rate, float(rate.mean()), max(seed_variance, chance), chance, clusters)


@dataclass(frozen=True)
class Difference:
    """How many images more ``b`` misreads than ``a``, on the same test images.

    Attributes:
        runs: Number of runs of ``a`` and of ``b``.
        errors: Difference of the mean numbers of errors; below 0 if ``b`` is better.
        low: Lower limit of its 95% confidence interval.
        high: Upper limit.
        p: P-value of the test above, of there being no difference.
        images: Part of the variance of ``errors`` that comes from the images.
        seeds: Part of the variance that comes from one seed of each side; None if neither side has
            two runs.
        freedom: Degrees of freedom of ``images``, where images are in clusters; else None.
    """

    runs: tuple[int, int]
    errors: float
    low: float
    high: float
    p: float
    images: float
    seeds: float | None
    freedom: float | None = None

    @property
    def of_recipes(self) -> bool:
        """Whether recipes are compared, not just two networks."""
        return self.seeds is not None

    def power(self, runs: int, alpha: float = ALPHA) -> float:
        """Return the probability of finding a difference as large as this one with more seeds.

        It comes from the noncentral t distribution, with degrees of freedom as in the test.

        Args:
            runs: Number of seeds of each recipe, at least 2.
            alpha: Significance level that p has to pass.

        Raises:
            ValueError: if nothing is known of how results vary between seeds.
        """
        if self.seeds is None or runs < 2:
            raise ValueError("the power is known with two seeds of each recipe or more")
        variance = self.images + self.seeds / runs
        if variance == 0:
            return float(self.errors != 0)
        # Both recipes are assumed to vary alike. Independent images have many degrees of freedom.
        of_seeds = self.seeds / runs / variance
        spread = of_seeds**2 / (2 * (runs - 1))
        if self.freedom:
            spread += (1 - of_seeds) ** 2 / self.freedom
        freedom = min(1e6, 1 / spread if spread else math.inf)
        return power_of_t(abs(self.errors) / math.sqrt(variance), freedom, alpha)

    def seeds_needed(self, alpha: float = ALPHA) -> int | None:
        """Return how many seeds of each recipe find such a difference with probability `POWER`.

        Args:
            alpha: Significance level that p has to pass.

        Returns:
            The number of seeds; None if no number is enough with these test images, or if nothing
            is known of how results vary between seeds.
        """
        if self.seeds is None or self.power(MAX_SEEDS, alpha) < POWER:
            return None
        low, high = 1, MAX_SEEDS  # too few, enough
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(middle, alpha) >= POWER else (middle, high)
        return high


def difference(a: Errors, b: Errors) -> Difference:
    """Compare the errors of two recipes on the same images, in the same order and clusters.

    Raises:
        ValueError: if the numbers of images differ.
    """
    images = len(a.rate)
    if images != len(b.rate):
        raise ValueError(f"errors on {images} and on {len(b.rate)} images cannot be compared")
    clusters = a.clusters
    if a.runs == b.runs == 1:
        of_networks = _of_networks(a.rate, b.rate)
        return _by_cluster(of_networks, b.rate - a.rate, clusters) if clusters else of_networks
    gap = b.rate - a.rate
    parts = _seed_parts(a, b)
    # The variance between images and the variance between seeds both contain the chance of each
    # seed and image, which must be counted once.
    of_images = max(0.0, _of_images(gap, clusters) - sum(part.chance for part in parts))
    low, high, p = _t_test(float(gap.mean()), of_images, images, parts, clusters)
    return Difference(
        runs=(a.runs, b.runs),
        errors=float(gap.mean()) * images,
        low=low * images,
        high=high * images,
        p=p,
        images=of_images * images**2,
        seeds=sum(part.of_one for part in parts) * images**2,
        freedom=clusters.freedom if clusters else None,
    )


def accuracy_interval(errors: Errors) -> tuple[float, float]:
    """Return the 95% interval of a recipe's accuracy; of a single run, that of its network.

    Wilson's score interval for the effective number of images, whose
    binomial variance is the variance found (Korn & Graubard 1998, Survey Methodology 24:193), with
    Student's t in place of the normal deviate.
    """
    images, wrong, clusters = len(errors.rate), errors.mean, errors.clusters
    if clusters and (errors.runs == 1 or wrong in (0, 1)):
        return clustered_interval(errors.rate == 0, clusters)
    count, deviate = float(images), float(special.ndtri(1 - ALPHA / 2))
    if errors.seed_variance is not None and errors.chance is not None and 0 < wrong < 1:
        part = _SeedPart(
            errors.seed_variance / errors.runs, errors.chance / errors.runs, errors.runs - 1, 0
        )
        of_images = max(0.0, _of_images(errors.rate, clusters) - part.chance)
        variance, freedom = _total(of_images, _freedom(clusters, images), [part])
        if clusters:
            variance = max(variance, wrong * (1 - wrong) / images)
        count = wrong * (1 - wrong) / variance
        deviate = float(special.stdtrit(freedom, 1 - ALPHA / 2))
    low, high = wilson_interval(1 - wrong, count, deviate)
    return max(0.0, low), min(1.0, high)  # which rounding could exceed


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979, Scand. J. Statist. 6:65)."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def _of_networks(a: Float64Array, b: Float64Array) -> Difference:
    """Do McNemar's exact test, and make an interval of the difference that agrees with it.

    The images that only one network misreads are two Poisson counts. The interval of their
    difference combines the exact intervals of both (Garwood 1936, Biometrika 28:437; Zou & Donner
    2008, Statist. Med. 27:1693). It is extended to include 0 if the test finds no difference,
    which is hardly ever necessary.
    """
    only_a, only_b = int((a > b).sum()), int((b > a).sum())
    gap, discordant = only_b - only_a, only_a + only_b
    p = min(1.0, 2 * float(special.bdtr(min(only_a, only_b), discordant, 0.5)))
    (low_a, high_a), (low_b, high_b) = _poisson_limits(only_a), _poisson_limits(only_b)
    low = gap - math.hypot(only_b - low_b, high_a - only_a)
    high = gap + math.hypot(high_b - only_b, only_a - low_a)
    if p >= ALPHA:
        low, high = min(low, 0.0), max(high, 0.0)
    return Difference((1, 1), gap, low, high, p, images=float(discordant), seeds=None)


def _by_cluster(found: Difference, gap: Float64Array, clusters: Clusters) -> Difference:
    """Return what McNemar's test found of two networks, with the interval and p of clusters."""
    images, freedom = len(gap), clusters.freedom
    # By chance the clusters may look more alike than independent images would.
    variance = max(clustered_variance(gap, clusters), float(gap.var()) / images) * images**2
    p, half = 1.0, 0.0
    if variance:
        of_t = 2 * float(special.stdtr(freedom, -abs(found.errors) / math.sqrt(variance)))
        p = max(of_t, _swap_test(np.bincount(clusters.numbers, gap).astype(np.int64)))
        half = math.sqrt(variance) * float(special.stdtrit(freedom, 1 - ALPHA / 2))
    low, high = found.errors - half, found.errors + half
    if p >= ALPHA:
        low, high = min(low, 0.0), max(high, 0.0)
    return replace(found, low=low, high=high, p=p, images=variance, freedom=freedom)


def _swap_test(gaps: Int64Array) -> float:
    """Return p of a sum of differences, each of which could as well have the other sign."""
    sizes = np.abs(gaps[gaps != 0]).tolist()
    chances = np.ones(1)  # of each sum of those differences that are positive
    for size in sizes:
        nothing = np.zeros(size)
        chances = (np.concatenate([chances, nothing]) + np.concatenate([nothing, chances])) / 2
    sums = np.abs(2 * np.arange(len(chances)) - sum(sizes))
    return min(1.0, float(chances[sums >= abs(gaps.sum())].sum()))


def _freedom(clusters: Clusters | None, images: int) -> float:
    return clusters.freedom if clusters else max(1, images - 1)


def _of_images(values: Float64Array, clusters: Clusters | None) -> float:
    """Return the variance of the mean of values of images."""
    if clusters:
        return clustered_variance(values, clusters)
    return float(values.var()) / len(values)


def _poisson_limits(count: int) -> tuple[float, float]:
    low = float(special.gammaincinv(count, ALPHA / 2)) if count else 0.0
    return low, float(special.gammaincinv(count + 1, 1 - ALPHA / 2))


@dataclass(frozen=True)
class _SeedPart:
    """A part of the variance of a mean difference that comes from seeds."""

    variance: float
    chance: float
    freedom: int  # degrees of freedom that it is estimated with
    of_one: float  # the variance with one seed of each recipe


def _seed_parts(a: Errors, b: Errors) -> list[_SeedPart]:
    known = [
        (side, side.seed_variance, side.chance)
        for side in (a, b)
        if side.seed_variance is not None and side.chance is not None
    ]
    if len(known) == 2:
        return [
            _SeedPart(variance / side.runs, chance / side.runs, side.runs - 1, variance)
            for side, variance, chance in known
        ]
    ((side, variance, chance),) = known
    both = 1 / a.runs + 1 / b.runs
    return [_SeedPart(variance * both, chance * both, side.runs - 1, 2 * variance)]


def _total(of_images: float, freedom: float, parts: list[_SeedPart]) -> tuple[float, float]:
    """Return the variance of a mean and its degrees of freedom."""
    variance = of_images + sum(part.variance for part in parts)
    spread = of_images**2 / freedom
    spread += sum(part.variance**2 / part.freedom for part in parts)
    return variance, variance**2 / spread if spread else math.inf


def _for_freedom(parts: Sequence[_SeedPart]) -> list[_SeedPart]:
    """Return the parts of two sides as the degrees of freedom count them."""
    few, many = sorted(parts, key=lambda part: part.freedom)
    factor = 1 + CAUTION * (1 / few.freedom - 1 / many.freedom)
    return [replace(few, variance=factor * few.variance), many]


def _t_test(
    gap: float, of_images: float, images: int, parts: list[_SeedPart], clusters: Clusters | None
) -> tuple[float, float, float]:
    """Return the limits of the interval of a mean difference, and p."""
    variance, _ = _total(of_images, _freedom(clusters, images), parts)
    if variance == 0:
        # All runs agree, and the gap is the same on every image, or in every cluster: only its
        # sign can be by chance.
        p = min(1.0, 2 * 0.5 ** (clusters.count if clusters else images)) if gap else 1.0
        return (gap, gap, p) if p < ALPHA or not gap else (-1.0, 1.0, p)
    error = math.sqrt(variance)
    if len(parts) == 1:
        weight, freedom = parts[0].variance / variance, parts[0].freedom
        few = clusters.freedom if clusters else None
        half = error * cochran_cox_limit(ALPHA, weight, freedom, few)
        p = cochran_cox_p(abs(gap) / error, weight, freedom, few)
    else:
        _, total = _total(of_images, _freedom(clusters, images), _for_freedom(parts))
        half = error * float(special.stdtrit(total, 1 - ALPHA / 2))
        p = 2 * float(special.stdtr(total, -abs(gap) / error))
    return gap - half, gap + half, p
