from __future__ import annotations

from digitrec.comparison.compare_runs import Comparison
from digitrec.comparison.html_report.charts import curves, pareto_front
from digitrec.comparison.recipes import Recipe


def seconds(recipe: Recipe) -> float:
    return float(recipe.seconds.mean())


def parameters(recipe: Recipe) -> float:
    return recipe.parameters


def test_nothing_is_both_cheaper_and_more_accurate_than_the_pareto_front(
    comparison: Comparison,
) -> None:
    assert [r.name for r in pareto_front(comparison.recipes, seconds)] == ["poor", "good"]
    assert [r.name for r in pareto_front(comparison.recipes, parameters)] == ["good"]


def test_a_column_that_no_run_has_makes_no_chart(comparison: Comparison) -> None:
    colours = {recipe: number for number, recipe in enumerate(comparison.recipes)}
    assert curves(comparison.recipes, colours, "no_such_column", "nothing") is None
    chart = curves(comparison.recipes, colours, "train_loss", "Training loss")
    assert chart is not None
    assert chart.count('<polyline class="mean"') == len(comparison.recipes)
