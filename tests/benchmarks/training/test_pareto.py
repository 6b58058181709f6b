from __future__ import annotations

from pathlib import Path

from PIL import Image

from digitrec.benchmarks.training.finishes import Finish
from digitrec.benchmarks.training.pareto import draw_pareto, pareto_front


def test_the_front_is_what_nothing_else_beats_in_both() -> None:
    points = [(2.0, 1.0), (1.0, 3.0), (3.0, 1.5), (4.0, 0.5), (1.5, 3.0)]
    assert pareto_front(points) == [(1.0, 3.0), (2.0, 1.0), (4.0, 0.5)]


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    finishes = [Finish("speedrun", 0, 1.0, 0.99, 2), Finish("recipe", 0, 8.0, 0.98, 2)]
    draw_pareto(tmp_path / "a.png", finishes)
    with Image.open(tmp_path / "a.png") as picture:
        colours = picture.convert("RGB").getcolors(1 << 20)
    assert colours
    assert len(colours) > 10
