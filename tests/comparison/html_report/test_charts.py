from __future__ import annotations

from dataclasses import replace

from digitrec.comparison.compare_runs import Comparison
from digitrec.comparison.html_report.charts import curves, pareto_front
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.runs import Run
from digitrec.training.run_directory import MetricsRow


def seconds(recipe: Recipe) -> float:
    return float(recipe.seconds.mean())


def parameters(recipe: Recipe) -> float:
    return recipe.parameters


def test_nothing_is_both_cheaper_and_more_accurate_than_the_pareto_front(
    comparison: Comparison,
) -> None:
    assert [r.name for r in pareto_front(comparison.recipes, seconds)] == ["poor", "good"]
    assert [r.name for r in pareto_front(comparison.recipes, parameters)] == ["good"]


def _unvalidated(run: Run) -> list[MetricsRow]:
    return [replace(row, validation_loss=None) for row in run.epochs]


def test_a_column_that_no_run_has_makes_no_chart(comparison: Comparison) -> None:
    without = [
        replace(recipe, runs=[replace(run, epochs=_unvalidated(run)) for run in recipe.runs])
        for recipe in comparison.recipes
    ]
    colours = {recipe: number for number, recipe in enumerate(without)}
    assert curves(without, colours, "validation_loss", "nothing") is None
    colours = {recipe: number for number, recipe in enumerate(comparison.recipes)}
    chart = curves(comparison.recipes, colours, "train_loss", "Training loss")
    assert chart is not None
    assert chart.count('<polyline class="mean"') == len(comparison.recipes)
