"""The panel of one test set: the part of the report about the recipes with that test set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from digitrec.comparison.compare_runs import Comparison
from digitrec.comparison.html_report import charts, misread_images
from digitrec.comparison.html_report.chart_frame import Colours
from digitrec.comparison.html_report.confusions import ConfusionCells, confusion_cells
from digitrec.comparison.html_report.interval_strips import difference_strips
from digitrec.comparison.number_format import format_percent
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.runs import TestSet
from digitrec.comparison.verdicts import Verdict

__all__ = ["make_panel"]

# With more than these a page is no longer readable; the table has all recipes in any case.
MAX_RECIPES = 24
MAX_VERDICTS = 40
# Columns of metrics.csv that are drawn: column, title, and whether over seconds (or epochs).
CURVES = (
    ("validation_accuracy", "Validation errors, %, by epoch", False),
    ("validation_accuracy", "Validation errors, %, by training time", True),
    ("train_loss", "Training loss, nats", False),
    ("validation_loss", "Validation loss, nats", False),
)


@dataclass(frozen=True, eq=False)
class Panel:
    """What the report shows for one test set.

    Attributes:
        number: Of the panel, from 0.
        test_set: The test set.
        recipes: All recipes with this test set.
        drawn: Those of them that are in charts.
        verdicts: Those that are shown.
        hidden_verdicts: How many verdicts more there are.
        headline: What the verdicts come to, in a few words.
        curves: Charts of metrics.csv, with their titles.
        tradeoffs: Charts of accuracy against its cost, with their titles.
        draw_interval: Draws the interval of a verdict, all on one scale.
        galleries: Images that were misread.
        confusions: For each verdict, the table of confusions.
        sprite: One picture with all images of the galleries, as a ``data:`` address. Empty if the
            images could not be found.
        places: Column and line of each test image in the sprite, by the image's index.
    """

    number: int
    test_set: TestSet
    recipes: Sequence[Recipe]
    drawn: Sequence[Recipe]
    verdicts: Sequence[Verdict]
    hidden_verdicts: int
    headline: str
    curves: Sequence[tuple[str, Markup]]
    tradeoffs: Sequence[tuple[str, Markup]]
    draw_interval: Callable[[Verdict], Markup] | None
    galleries: Sequence[misread_images.Gallery]
    confusions: Sequence[tuple[Verdict, ConfusionCells]]
    sprite: str
    places: Mapping[int, tuple[int, int]]


def make_panel(comparison: Comparison, number: int, test_set: TestSet, colours: Colours) -> Panel:
    """Make the panel of a test set."""
    recipes = [recipe for recipe in comparison.recipes if recipe.test_set == test_set]
    ranked = sorted(recipes, key=lambda recipe: recipe.errors.mean)[:MAX_RECIPES]
    drawn = [recipe for recipe in recipes if recipe in ranked]  # in the order of the table
    main = [verdict for verdict in comparison.main_verdicts if verdict.a.test_set == test_set]
    verdicts = main[:MAX_VERDICTS]
    known = sum(verdict.a.test_set == test_set for verdict in comparison.verdicts)
    digits = recipes[0].runs[0].data.task == "digits"  # else nothing is confused
    galleries = misread_images.make_galleries(drawn) if len(drawn) > 1 and digits else []
    images = misread_images.find_test_images(recipes[0]) if galleries else None
    wanted = sorted({image.index for gallery in galleries for image in gallery.images})
    return Panel(
        number=number,
        test_set=test_set,
        recipes=recipes,
        drawn=drawn,
        verdicts=verdicts,
        hidden_verdicts=known - len(verdicts),
        headline=_headline(comparison, test_set, recipes),
        curves=[
            (title, chart)
            for column, title, by_time in CURVES
            if (chart := charts.curves(drawn, colours, column, title, by_time))
        ],
        tradeoffs=_tradeoffs(drawn, colours),
        draw_interval=difference_strips(verdicts) if verdicts else None,
        galleries=galleries,
        confusions=[(verdict, confusion_cells(verdict)) for verdict in verdicts if digits],
        sprite=misread_images.sprite(images[wanted]) if images is not None and wanted else "",
        places={
            index: divmod(place, misread_images.COLUMNS)[::-1] for place, index in enumerate(wanted)
        },
    )


def _tradeoffs(recipes: Sequence[Recipe], colours: Colours) -> list[tuple[str, Markup]]:
    if len(recipes) < 2:
        return []

    def seconds(recipe: Recipe) -> float:
        return float(recipe.seconds.mean())

    def parameters(recipe: Recipe) -> float:
        return recipe.parameters

    return [
        ("Accuracy and training time", charts.tradeoff(recipes, colours, seconds, by_time=True)),
        ("Accuracy and size", charts.tradeoff(recipes, colours, parameters, by_time=False)),
    ]


def _headline(comparison: Comparison, test_set: TestSet, recipes: Sequence[Recipe]) -> str:
    """Say in a few words what the verdicts come to."""
    best = comparison.best(test_set)
    if len(recipes) == 1:
        return f"{best.name} reads {format_percent(float(best.accuracies.mean()))}% correctly"
    verdicts = [verdict for verdict in comparison.verdicts if verdict.a.test_set == test_set]
    if comparison.baseline:
        return _against_baseline(comparison.baseline, verdicts)
    level = [
        verdict.a.name
        for verdict in verdicts
        if verdict.b is best and verdict.outcome == "within noise"
    ]
    if not level:
        return f"{best.name} is the most accurate"
    if len(level) == len(recipes) - 1:
        return "No clear winner"
    if len(level) > 3:
        return f"{best.name} leads; {len(level)} others may be as accurate"
    return f"{best.name} leads; {' and '.join(level)} may be as accurate"


def _against_baseline(baseline: Recipe, verdicts: Sequence[Verdict]) -> str:
    if not verdicts:
        return f"Not compared with {baseline.name}, which has another test set"
    better = sum(verdict.outcome == "better" for verdict in verdicts)
    if len(verdicts) == 1:
        return f"{verdicts[0].b.name} is {'' if better else 'not '}better than {baseline.name}"
    verb = "are" if better > 1 else "is"
    return f"{better or 'None'} of {len(verdicts)} others {verb} better than {baseline.name}"
