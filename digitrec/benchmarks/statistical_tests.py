"""False alarms and power of the tests of `digitrec.comparison.statistics`, on simulated runs.

The errors of simulated runs depend on each other as those of real runs do. Some images are hard for
all networks, some for one recipe more than for another, and a seed may give a network that is
better on all images. In some test sets the images come in clusters, such as those by one writer,
which are hard as a whole, for all or for one recipe. All effects except those of clusters are as
large as in the runs in experiments/reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, ndtri
from scipy.stats import binom

from digitrec.arrays import BoolArray, Float64Array
from digitrec.comparison.statistics import ALPHA, Difference, Errors, difference
from digitrec.data.clusters import Clusters

__all__ = ["tables"]

COMPARISONS = 1000
# Standard deviations of an image's effect on the logit of an error: `SHARED` by all recipes, and
# each recipe's `OWN`. With these, two runs of one recipe share about 60 of 80 errors, and runs of
# two recipes about 40.
SHARED, OWN = 6.0, 4.0
NEGLIGIBLE = -14.0  # logit below which an image is misread less than once in a million
DRAWS = 200  # of the bootstrap that is shown beside the test

Test = Callable[[BoolArray, BoolArray, Clusters | None], float]  # returns p

SEEDS = ((1, 1), (2, 2), (3, 3), (5, 5), (10, 10), (1, 3), (1, 10), (2, 5), (3, 10))
BY_CLUSTER = 1.5  # standard deviation of a cluster's logit, for all recipes and for each alone
# Standard deviations of a seed's effect on the logit. In the reference runs, the errors of seeds
# have standard deviations of 3 to 11 at means of 30 to 90. Here 0.15 gives 6 at 80, 0.3 gives 9.
BY_SEED = (0.0, 0.15, 0.3)


@dataclass(frozen=True)
class Setting:
    """Two recipes whose runs are simulated.

    Attributes:
        runs: Of each recipe.
        rates: Expected error rate of each.
        by_seed: Standard deviation of a seed's effect on the logit of an error, of each.
        images: In the test set.
        clustered: How many clusters of equal size they come in; 0 for independent images.
    """

    runs: tuple[int, int]
    rates: tuple[float, float] = (0.008, 0.008)
    by_seed: tuple[float, float] = (0.0, 0.0)
    images: int = 10_000
    clustered: int = 0

    @property
    def clusters(self) -> Clusters | None:
        """Which images are in one cluster."""
        if not self.clustered:
            return None
        return Clusters(np.arange(self.images, dtype=np.int64) % self.clustered, "writer")


def simulate(setting: Setting, rng: np.random.Generator) -> tuple[BoolArray, BoolArray]:
    """Draw which images the runs misread: for each recipe, bool (runs, images)."""
    shared = rng.normal(0, SHARED, setting.images) + _by_cluster(setting, rng)
    sides = []
    for runs, rate, by_seed in zip(setting.runs, setting.rates, setting.by_seed, strict=True):
        logit = _centre(rate, by_seed, BY_CLUSTER if setting.clustered else 0.0) + shared
        logit += rng.normal(0, OWN, setting.images) + _by_cluster(setting, rng)
        hard = np.flatnonzero(logit > NEGLIGIBLE)
        chance = expit(logit[hard] + rng.normal(0, by_seed, (runs, 1)))
        wrong = np.zeros((runs, setting.images), np.bool_)
        wrong[:, hard] = rng.random(chance.shape) < chance
        sides.append(wrong)
    return sides[0], sides[1]


def _by_cluster(setting: Setting, rng: np.random.Generator) -> Float64Array | float:
    """Draw how much harder the cluster of each image makes it, (images,)."""
    if setting.clusters is None:
        return 0.0
    effect: Float64Array = rng.normal(0, BY_CLUSTER, setting.clustered)[setting.clusters.numbers]
    return effect


def false_alarms(
    setting: Setting, tests: Sequence[Test], rng: np.random.Generator, count: int
) -> Float64Array:
    """Return, for each test, the share of ``count`` comparisons in which it finds a difference."""
    alarms = np.zeros(len(tests))
    for _ in range(count):
        a, b = simulate(setting, rng)
        alarms += [test(a, b, setting.clusters) < ALPHA for test in tests]
    return alarms / count


def tables(count: int = COMPARISONS) -> Iterator[str]:
    """Yield the lines of three tables: false alarms, power claimed and found, images in clusters.

    Args:
        count: Simulated comparisons of each setting.
    """
    rng = np.random.default_rng(0)
    allowed = binom.isf(0.025, count, ALPHA) / count
    yield (
        f"False alarms at p < {ALPHA}, of {count:,} comparisons with no difference.\n"
        f"A test wrong {ALPHA:.0%} of the time shows up to {allowed:.1%} here, 39 times of 40.\n"
        "For comparison: a bootstrap over images and seeds, and McNemar's test of one run of\n"
        "each recipe, taken as a test of the recipes.\n"
    )
    heads = "".join(f"{name:>11}" for name in CONTENDERS)
    yield f"seeds a side  errors          vary over seeds {heads}"
    for setting in without_difference():
        shares = false_alarms(setting, list(CONTENDERS.values()), rng, count)
        yield (
            f"{setting.runs[0]:>4} and {setting.runs[1]:<5}"
            f"{setting.rates[0] * setting.images:.0f} of {setting.images:<9,} "
            f"± {_spread(setting):<14}" + "".join(f"{share:>11.1%}" for share in shares)
        )
    yield f"\nPower: the share of differences found at p < {ALPHA}, claimed beforehand and found.\n"
    yield "seeds a side  true errors   claimed     found"
    for setting in with_difference():
        claimed, found = power(setting, rng, count)
        low, high = (f"{rate * setting.images:.0f}" for rate in setting.rates)
        yield (
            f"{setting.runs[0]:>4} and {setting.runs[1]:<5}{low:>3} and {high:<5}"
            f"{claimed:>9.1%} {found:>9.1%}"
        )
    yield (
        "\nFalse alarms where images come in clusters, such as those by one writer; and those of\n"
        "the same test as if the images were independent.\n"
    )
    heads = "".join(f"{name:>12}" for name in CLUSTER_CONTENDERS)
    yield f"seeds a side  errors          clusters  {heads}"
    for setting in clustered_without_difference():
        shares = false_alarms(setting, list(CLUSTER_CONTENDERS.values()), rng, count)
        yield (
            f"{setting.runs[0]:>4} and {setting.runs[1]:<5}"
            f"{setting.rates[0] * setting.images:.0f} of {setting.images:<9,} "
            f"{setting.clustered:<10}" + "".join(f"{share:>12.1%}" for share in shares)
        )


def power(setting: Setting, rng: np.random.Generator, count: int) -> tuple[float, float]:
    """Return the power that `Difference.power` claims, and the share of differences found.

    The claim is made from the true values: the means of what ``count`` comparisons find.
    """
    found = [_compare(*simulate(setting, rng)) for _ in range(count)]
    seeds = [one.seeds for one in found if one.seeds is not None]
    truth = Difference(
        runs=setting.runs,
        errors=(setting.rates[1] - setting.rates[0]) * setting.images,
        low=0, high=0, p=0,
        images=float(np.mean([one.images for one in found])),
        seeds=float(np.mean(seeds)),
    )  # fmt: skip
    return truth.power(setting.runs[0]), float(np.mean([one.p < ALPHA for one in found]))


def without_difference() -> Iterator[Setting]:
    """Yield settings in which a difference that is found is a false alarm."""
    for runs in SEEDS:
        for by_seed in BY_SEED:
            if runs != (1, 1) or by_seed == 0:  # two networks have no other seeds
                yield Setting(runs, by_seed=(by_seed, by_seed))
    # One or two runs are hardest to judge where some seeds are far worse than the rest; two runs
    # especially beside many, or beside those of a steadier recipe.
    yield Setting((1, 3), by_seed=(0.8, 0.8))
    for many in (10, 20):
        yield Setting((2, many), by_seed=(0.6, 0.6))
    for many in (5, 10):
        yield Setting((2, many), by_seed=(0.8, 0.1))
    # One recipe far steadier than the other; few errors; a small test set.
    yield Setting((3, 3), by_seed=(0.05, 0.3))
    yield Setting((3, 10), by_seed=(0.3, 0.05))
    yield Setting((3, 3), (0.003, 0.003), (0.3, 0.3))
    yield Setting((3, 3), (0.03, 0.03), (0.15, 0.15), images=1000)


def with_difference() -> Iterator[Setting]:
    """Yield settings in which one recipe is better."""
    for runs in (2, 3, 5, 10):
        for better in (0.006, 0.005):
            yield Setting((runs, runs), (better, 0.008), (0.15, 0.15))


def clustered_without_difference() -> Iterator[Setting]:
    """Yield settings of equal recipes whose test images depend on each other, by writer."""
    for runs, by_seed in (((1, 1), 0.0), ((3, 3), 0.15), ((1, 3), 0.15), ((2, 5), 0.15)):
        for clustered in (3, 12, 100):
            yield Setting(runs, (0.03, 0.03), (by_seed, by_seed), 3000, clustered)


def _compare(a: BoolArray, b: BoolArray, clusters: Clusters | None = None) -> Difference:
    return difference(Errors.of(a, clusters), Errors.of(b, clusters))


def _digitrec(a: BoolArray, b: BoolArray, clusters: Clusters | None) -> float:
    return _compare(a, b, clusters).p


def _independent(a: BoolArray, b: BoolArray, _: Clusters | None) -> float:
    """Do the same test as if each image were independent."""
    return _compare(a, b).p


def _bootstrap(a: BoolArray, b: BoolArray, _: Clusters | None) -> float:
    """Bootstrap images and seeds (Owen & Eckles 2012), and return p from percentiles."""
    rng = np.random.default_rng(0)
    some = np.flatnonzero(a.any(axis=0) | b.any(axis=0))
    images = rng.poisson(1, (DRAWS, len(some))).astype(np.float64)
    drawn = []
    for wrong in (a, b):
        runs = len(wrong)
        seeds = rng.multinomial(runs, np.full(runs, 1 / runs), DRAWS) / runs
        drawn.append(((images @ wrong[:, some].T) * seeds).sum(axis=1))
    gaps = drawn[1] - drawn[0]
    return 2 * float(min((gaps <= 0).mean(), (gaps >= 0).mean()))


def _one_seed(a: BoolArray, b: BoolArray, _: Clusters | None) -> float:
    """McNemar's test of the first run of each recipe, taken as a test of the recipes."""
    return _compare(a[:1], b[:1]).p


CONTENDERS: dict[str, Test] = {
    "digitrec": _digitrec,
    "bootstrap": _bootstrap,
    "one seed": _one_seed,
}
CLUSTER_CONTENDERS: dict[str, Test] = {"digitrec": _digitrec, "independent": _independent}


def _spread(setting: Setting) -> str:
    """Return the standard deviation of the errors over seeds, of each recipe, as text."""
    rng = np.random.default_rng(0)
    sides = []
    for by_seed, rate in zip(setting.by_seed, setting.rates, strict=True):
        many = Setting((50, 50), (rate, rate), (by_seed, by_seed), setting.images)
        spreads = [side.sum(axis=1).std() for _ in range(10) for side in simulate(many, rng)]
        sides.append(f"{np.mean(spreads):.0f}")
    return " and ".join(dict.fromkeys(sides))


@lru_cache
def _centre(rate: float, by_seed: float, by_cluster: float) -> float:
    """Return the mean logit at which images are misread with this rate."""
    deviate = ndtri((np.arange(20_000) + 0.5) / 20_000)
    spread = np.sqrt(SHARED**2 + OWN**2 + by_seed**2 + 2 * by_cluster**2)
    return float(brentq(lambda mean: expit(mean + spread * deviate).mean() - rate, -100, 10))
