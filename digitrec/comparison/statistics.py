"""Is one recipe better than another, or was it luck? Intervals and paired tests, seeds included.

A *recipe* is all settings but the seed. The errors of its runs on one test set vary in two ways:
another seed gives another network, and other images would have been easier or harder. Both count.

Two runs, one of each recipe
    McNemar's exact test (McNemar 1947, Psychometrika 12:153) on the images that one reads and the
    other does not. It is about these two networks: one run tells nothing of other seeds.

Recipes with more runs
    The variance of the difference of mean errors with images and seeds both random, every seed
    scored on the same images (Gallas, Pennello & Myers 2007, J. Opt. Soc. Am. A 24:B70), and
    Student's t with the degrees of freedom of Welch (1947, Biometrika 34:28) and Satterthwaite
    (1946, Biometrics Bulletin 2:110). This is in closed form, and without its bias for few seeds,
    what a bootstrap over images and seeds (Owen 2007, Ann. Appl. Stat. 1:386) estimates by drawing.
    A permutation of seeds would need no assumption, and could never say anything of three seeds
    against three: it has 20 arrangements, so that its least p is 0.1.
    Where one side has a single run, its seeds are taken to vary as those of the other side do.
    That one variance then stands for all, and is often found too small, where Welch's degrees of
    freedom, which it decides too, are found too many: up to 9% false alarms of one seed against
    three. So the limit is the mean of Student's t of each part of the variance, weighted by the
    parts (Cochran & Cox 1950, Experimental Designs, 4.14), which errs on the side of caution.

`python -m digitrec.bench statistics` shows how often each is wrong, and beside them the bootstrap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from digitrec.arrays import BoolArray, Float64Array

__all__ = ["ALPHA", "Difference", "Errors", "accuracy_interval", "difference", "holm"]

ALPHA = 0.05  # false alarms allowed
POWER = 0.8  # of finding a difference, where a number of seeds is advised
MOST_SEEDS = 1000  # beyond this nobody trains as many


@dataclass(frozen=True, eq=False)
class Errors:
    """What the tests need of the errors of one recipe's runs on N images.

    rate: (N,), the part of the runs that misread each image.
    mean: the part of images misread, over all runs.
    seed_variance: sample variance of a run's mean over the seeds; at least ``chance``, its least
        value in the long run. None for one run.
    chance: the part of it that comes of images that some seeds read and others do not, as if each
        image fell by chance. None for one run.
    """

    runs: int
    rate: Float64Array
    mean: float
    seed_variance: float | None
    chance: float | None

    @classmethod
    def of(cls, wrong: BoolArray) -> Errors:
        """Sum up which images each run misread: (runs, N), both at least 1."""
        runs, images = wrong.shape
        rate = wrong.mean(axis=0)
        if runs == 1:
            return cls(1, rate, float(rate.mean()), None, None)
        chance = float((rate * (1 - rate)).mean()) * runs / (runs - 1) / images
        seed_variance = float(wrong.mean(axis=1).var(ddof=1))
        return cls(runs, rate, float(rate.mean()), max(seed_variance, chance), chance)


@dataclass(frozen=True)
class Difference:
    """How many images ``b`` misreads more than ``a`` does, on the same test images.

    errors: the difference of the means; below 0 where ``b`` is better.
    low, high: its 95% interval.
    p: probability of a difference at least as large where there is none, by the test above.
    images, seeds: the parts of its variance that images make, and that one seed of each side makes;
        ``seeds`` is None where neither side has two runs.
    """

    runs: tuple[int, int]
    errors: float
    low: float
    high: float
    p: float
    images: float
    seeds: float | None

    @property
    def of_recipes(self) -> bool:
        """Whether it is about the settings, and not about two networks alone."""
        return self.seeds is not None

    def power(self, runs: int) -> float:
        """Return how probably ``runs`` seeds a side would find a difference as large as this one.

        The noncentral t distribution, with degrees of freedom as in the test.

        Raises:
            ValueError: where nothing is known of the seeds.
        """
        if self.seeds is None or runs < 2:
            raise ValueError("the power is known of two seeds a side or more")
        variance = self.images + self.seeds / runs
        if variance == 0:
            return float(self.errors != 0)
        # Both sides' seeds are taken to vary alike. The degrees of freedom of the images are many.
        of_seeds = self.seeds / runs / variance
        freedom = min(1e6, 2 * (runs - 1) / of_seeds**2 if of_seeds else math.inf)
        limit = float(special.stdtrit(freedom, 1 - ALPHA / 2))
        return 1 - float(special.nctdtr(freedom, abs(self.errors) / math.sqrt(variance), limit))

    def seeds_needed(self) -> int | None:
        """Return the seeds a side that would find a difference as large as this one, mostly.

        None where no number would, on these images, or where nothing is known of the seeds.
        """
        if self.seeds is None or self.power(MOST_SEEDS) < POWER:
            return None
        low, high = 1, MOST_SEEDS  # too few, enough
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(middle) >= POWER else (middle, high)
        return high


def difference(a: Errors, b: Errors) -> Difference:
    """Compare the errors of two recipes on the same images, in the same order."""
    images = len(a.rate)
    if images != len(b.rate):
        raise ValueError(f"{images} images are not {len(b.rate)}")
    if a.runs == b.runs == 1:
        return _of_networks(a.rate, b.rate)
    gap = b.rate - a.rate
    parts = _seed_parts(a, b)
    # The spread of the images' gaps holds the chance of each seed and image, which the seeds'
    # variance holds too, and is counted once.
    of_images = max(0.0, float(gap.var()) / images - sum(part.chance for part in parts))
    low, high, p = _t_test(float(gap.mean()), of_images, images, parts)
    return Difference(
        runs=(a.runs, b.runs),
        errors=float(gap.mean()) * images,
        low=low * images,
        high=high * images,
        p=p,
        images=of_images * images**2,
        seeds=sum(part.of_one for part in parts) * images**2,
    )


def accuracy_interval(errors: Errors) -> tuple[float, float]:
    """Return the 95% interval of a recipe's accuracy; of one run, of that network's.

    Wilson's score interval (Wilson 1927, JASA 22:209) at the effective number of images, that is
    the number whose binomial variance is the variance found (Korn & Graubard 1998, Survey
    Methodology 24:193), with Student's t for the normal deviate.
    """
    images, wrong = len(errors.rate), errors.mean
    count, deviate = float(images), float(special.ndtri(1 - ALPHA / 2))
    if errors.seed_variance is not None and errors.chance is not None and 0 < wrong < 1:
        part = _SeedPart(
            errors.seed_variance / errors.runs, errors.chance / errors.runs, errors.runs - 1, 0
        )
        of_images = max(0.0, float(errors.rate.var()) / images - part.chance)
        variance, freedom = _total(of_images, images, [part])
        count = wrong * (1 - wrong) / variance
        deviate = float(special.stdtrit(freedom, 1 - ALPHA / 2))
    right, square = 1 - wrong, deviate**2 / count
    centre = (right + square / 2) / (1 + square)
    half = math.sqrt(square * (right * wrong + square / 4)) / (1 + square)
    # At no errors and at no hits the limit is exact, and rounding must not pass it.
    return max(0.0, centre - half), 1.0 if wrong == 0 else min(1.0, centre + half)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for how many there are (Holm 1979, Scand. J. Statist. 6:65)."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def _of_networks(a: Float64Array, b: Float64Array) -> Difference:
    """McNemar's exact test, and an interval of the difference that agrees with it.

    The images that only one network misreads are two Poisson counts; the interval of their
    difference is made of the exact ones of both (Garwood 1936, Biometrika 28:437; Zou & Donner
    2008, Statist. Med. 27:1693), and reaches to 0 where the exact test cannot tell, as it all but
    always does by itself.
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


def _poisson_limits(count: int) -> tuple[float, float]:
    low = float(special.gammaincinv(count, ALPHA / 2)) if count else 0.0
    return low, float(special.gammaincinv(count + 1, 1 - ALPHA / 2))


@dataclass(frozen=True)
class _SeedPart:
    """A part of a variance that seeds make, known from so many degrees of freedom."""

    variance: float
    chance: float
    freedom: int
    of_one: float  # the same for one seed of each side


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


def _total(of_images: float, images: int, parts: list[_SeedPart]) -> tuple[float, float]:
    """Return the variance of a mean and its degrees of freedom."""
    variance = of_images + sum(part.variance for part in parts)
    spread = of_images**2 / max(1, images - 1)
    spread += sum(part.variance**2 / part.freedom for part in parts)
    return variance, variance**2 / spread if spread else math.inf


def _t_test(
    gap: float, of_images: float, images: int, parts: list[_SeedPart]
) -> tuple[float, float, float]:
    """Return the interval of a mean difference, and p."""
    variance, freedom = _total(of_images, images, parts)
    if variance == 0:
        # All runs agree, and every image says the same: nothing varies but the signs of the gaps.
        p = min(1.0, 2 * 0.5**images) if gap else 1.0
        return (gap, gap, p) if p < ALPHA or not gap else (-1.0, 1.0, p)
    error = math.sqrt(variance)
    if len(parts) == 1:
        weight, freedom = parts[0].variance / variance, parts[0].freedom
        half, p = error * _limit(ALPHA, weight, freedom), _tail(abs(gap) / error, weight, freedom)
    else:
        half = error * float(special.stdtrit(freedom, 1 - ALPHA / 2))
        p = 2 * float(special.stdtr(freedom, -abs(gap) / error))
    return gap - half, gap + half, p


def _limit(p: float, weight: float, freedom: float) -> float:
    """Return the deviate of p of Cochran & Cox, of which Student's t has that weight."""
    of_seeds = float(special.stdtrit(freedom, p / 2))
    return -weight * of_seeds - (1 - weight) * float(special.ndtri(p / 2))


def _tail(deviate: float, weight: float, freedom: float) -> float:
    """Return the p whose `_limit` that deviate is."""
    low, high = -690.0, 0.0  # of log p, whose limit falls from beyond all deviates to 0
    for _ in range(60):
        middle = (low + high) / 2
        beyond = _limit(math.exp(middle), weight, freedom) > deviate
        low, high = (middle, high) if beyond else (low, middle)
    return math.exp(high)
