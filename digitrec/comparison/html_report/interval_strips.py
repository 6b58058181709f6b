"""Small charts in the lines of tables: intervals of accuracies and of differences, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from digitrec.comparison.html_report.axes import linear_axis, logarithmic_axis
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.verdicts import Verdict

__all__ = ["accuracy_strips", "difference_strips"]

WIDTH, HEIGHT = 150, 20


def accuracy_strips(recipes: Sequence[Recipe]) -> Callable[[Recipe], Markup]:
    """Return a function that draws a recipe's interval, its runs and their mean.

    All recipes are drawn on one scale: that of the errors, logarithmic, with few errors at the
    right.
    """
    least = min(0.5 / recipe.test_set.count for recipe in recipes)  # for a recipe without errors
    x = logarithmic_axis(
        [
            max(1 - accuracy, least)
            for recipe in recipes
            for accuracy in (*recipe.accuracy_interval, *recipe.accuracies)
        ],
        WIDTH - 4,
        4,
        0.02,
    )

    def draw(recipe: Recipe) -> Markup:
        low, high = (x(max(1 - accuracy, least)) for accuracy in recipe.accuracy_interval)
        mean = x(max(1 - float(recipe.accuracies.mean()), least))
        dots = "".join(
            f'<circle cx="{x(max(1 - accuracy, least))}" cy="10" r="2.5"/>'
            for accuracy in recipe.accuracies
        )
        return _strip(
            f'<path class="guide" d="M0 10H{WIDTH}"/>'
            f'<path class="bar" d="M{low} 10H{high}"/>{dots}'
            f'<path class="tick" d="M{mean} 3V17"/>'
        )

    return draw


def difference_strips(verdicts: Sequence[Verdict]) -> Callable[[Verdict], Markup]:
    """Return a function that draws the interval of a verdict's difference beside zero.

    All verdicts are drawn on one scale.
    """
    found = [verdict.difference for verdict in verdicts]
    ends = [end for difference in found for end in (difference.low, difference.high)]
    x = linear_axis([*ends, 0.0], 2, WIDTH - 2, 0.02)

    def draw(verdict: Verdict) -> Markup:
        difference = verdict.difference
        return _strip(
            f'<path class="guide" d="M{x(0)} 0V{HEIGHT}"/>'
            f'<path class="bar" d="M{x(difference.low)} 10H{x(difference.high)}"/>'
            f'<circle cx="{x(difference.errors)}" cy="10" r="4"/>'
        )

    return draw


def _strip(content: str) -> Markup:
    return Markup(
        f'<svg class="strip" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{content}</svg>'
    )
