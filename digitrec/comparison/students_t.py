"""Limits, p-values and power by Student's t."""

from __future__ import annotations

import math

from scipy import special

__all__ = ["cochran_cox_limit", "cochran_cox_p", "power_of_t"]

# From so many standard errors on, SciPy's noncentral t is NaN for some (36 to 62). The chance in
# the variance alone then tells the power to three decimals.
MANY = 30


def cochran_cox_limit(
    p: float, weight: float, freedom: float, of_images: float | None = None
) -> float:
    """Return the limit of Cochran & Cox for p, given the weight of Student's t of seeds in it.

    The rest is of images: normal, or Student's t with the degrees of freedom ``of_images``.
    """
    of_seeds = float(special.stdtrit(freedom, p / 2))
    rest = special.ndtri(p / 2) if of_images is None else special.stdtrit(of_images, p / 2)
    return -weight * of_seeds - (1 - weight) * float(rest)


def cochran_cox_p(
    deviate: float, weight: float, freedom: float, of_images: float | None = None
) -> float:
    """Return the p whose `cochran_cox_limit` is this deviate."""
    low, high = -690.0, 0.0  # of log p; the limit falls to 0 as p grows
    for _ in range(60):
        middle = (low + high) / 2
        beyond = cochran_cox_limit(math.exp(middle), weight, freedom, of_images) > deviate
        low, high = (middle, high) if beyond else (low, middle)
    return math.exp(high)


def power_of_t(deviate: float, freedom: float, alpha: float) -> float:
    """Return the power of a two-sided t-test, by the noncentral t distribution.

    Args:
        deviate: The true difference, in standard errors.
        freedom: Degrees of freedom of the standard error.
        alpha: Significance level.
    """
    limit = -float(special.stdtrit(freedom, alpha / 2))
    if deviate > MANY:
        return float(special.chdtr(freedom, freedom * (deviate / limit) ** 2))
    return 1 - float(special.nctdtr(freedom, deviate, limit))
