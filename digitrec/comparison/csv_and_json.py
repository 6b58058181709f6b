"""A comparison for programs: as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from digitrec.comparison.compare_runs import Comparison
from digitrec.comparison.recipes import Recipe
from digitrec.comparison.run_settings import format_setting
from digitrec.comparison.verdicts import Verdict

__all__ = ["to_csv", "to_json"]


def to_csv(comparison: Comparison) -> str:
    """Return a line for each recipe: accuracies as fractions of 1, seconds, and counts.

    The setting ``data`` is in the column ``setting_data``: ``data`` is the name of the test set,
    which may be another data set's.
    """
    text = io.StringIO()
    lines = [_facts(recipe) for recipe in comparison.recipes]
    for recipe, facts in zip(comparison.recipes, lines, strict=True):
        low, high = facts.pop("test_accuracy_interval")
        facts |= {"test_accuracy_low": low, "test_accuracy_high": high}
        facts["tags"], facts["notes"] = ",".join(facts["tags"]), " / ".join(facts["notes"])
        facts["seeds"] = " ".join(map(str, facts["seeds"]))
        del facts["folders"]
        facts |= {
            f"setting_{key}" if key in facts else key: format_setting(recipe.settings[key])
            for key in comparison.settings
            if key in recipe.settings
        }
    names = dict.fromkeys(name for facts in lines for name in facts)
    writer = csv.DictWriter(text, list(names), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in facts.items()} for facts in lines)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Mark as text what a spreadsheet would run as a formula, by an apostrophe before it."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def to_json(comparison: Comparison) -> str:
    """Return the whole comparison as one JSON object.

    Accuracies are fractions of 1, and differences are numbers of images. The object has ``rows``,
    the recipes; ``pairs``, the verdicts; ``problems`` and ``notes``. Programs read these names:
    they are the same as in version 0.1.
    """
    value = {
        "rows": [
            _facts(recipe)
            | {
                "settings": {
                    key: recipe.settings[key]
                    for key in comparison.settings
                    if key in recipe.settings
                }
            }
            for recipe in comparison.recipes
        ],
        "pairs": [_describe(verdict) for verdict in comparison.verdicts],
        "problems": [
            {"run": str(problem.folder), "what": problem.reason} for problem in comparison.problems
        ],
        "notes": comparison.notes,
    }
    return json.dumps(value, indent=1)


def _facts(recipe: Recipe) -> dict[str, Any]:
    several = len(recipe.runs) > 1
    return {
        "name": recipe.name,
        "experiment": recipe.runs[0].experiment,
        "n": len(recipe.runs),
        "seeds": [run.seed for run in recipe.runs],
        "folders": [str(run.folder) for run in recipe.runs],
        "data": recipe.test_set.name,
        "checksum": recipe.test_set.checksum,
        "test_count": recipe.test_set.count,
        "test_clusters": recipe.clusters.count if recipe.clusters else None,
        "test_clustered_by": recipe.clusters.by if recipe.clusters else None,
        "test_accuracy": float(recipe.accuracies.mean()),
        "test_accuracy_sd": float(recipe.accuracies.std(ddof=1)) if several else None,
        "test_accuracy_interval": recipe.accuracy_interval,
        "test_errors": float(recipe.error_counts.mean()),
        "test_errors_sd": float(recipe.error_counts.std(ddof=1)) if several else None,
        "train_seconds": float(recipe.seconds.mean()),
        "train_seconds_sd": float(recipe.seconds.std(ddof=1)) if several else None,
        "parameters": recipe.parameters,
        "tags": recipe.tags,
        "notes": recipe.notes,
    }


def _describe(verdict: Verdict) -> dict[str, Any]:
    difference = verdict.difference
    return {
        "a": verdict.a.name,
        "b": verdict.b.name,
        "errors_b_minus_a": difference.errors,
        "interval": [difference.low, difference.high],
        "p": verdict.p,
        "p_alone": difference.p,
        "about": "recipes" if difference.of_recipes else "networks",
        "verdict": verdict.outcome,
        "sentence": verdict.sentence,
    }
