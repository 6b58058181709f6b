"""Optuna's plots of a search, as SVG files in its folder."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitrec.storage.atomic import atomic_path

if TYPE_CHECKING:
    import optuna

__all__ = ["draw_plots", "plot_files"]

FILES = {
    "Optimization history": "optimization-history.svg",
    "Parameter importances": "parameter-importances.svg",
    "Slices": "slices.svg",
}


def plot_files(folder: Path) -> dict[str, Path]:
    """Return the plots in the folder of a search that there are, by their titles."""
    return {title: folder / name for title, name in FILES.items() if (folder / name).exists()}


def draw_plots(study: optuna.Study, folder: Path) -> None:
    """Draw the plots, and print a warning for those that need more trials than there are."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("Agg")
    with warnings.catch_warnings(), mpl.rc_context():  # Optuna sets a style of its own
        warnings.simplefilter("ignore")  # "experimental", since 2020
        import optuna
        from optuna.visualization import matplotlib as optuna_plots

        target = "validation accuracy"
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        makers: tuple[Callable[[], Any], ...] = (
            lambda: optuna_plots.plot_optimization_history(study, target_name=target),
            lambda: optuna_plots.plot_param_importances(
                study, evaluator=evaluator, target_name=target
            ),
            lambda: optuna_plots.plot_slice(study, target_name=target),
        )
        for name, make in zip(FILES.values(), makers, strict=True):
            try:
                make()
                with atomic_path(folder / name) as part:
                    plt.gcf().savefig(part, format="svg", bbox_inches="tight")
            except (ValueError, RuntimeError) as error:
                print(f"warning: {name} cannot be drawn yet: {error}", file=sys.stderr)
            finally:
                plt.close("all")
