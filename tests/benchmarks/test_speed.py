from __future__ import annotations

import re

from digitrec.benchmarks import speed

SMALL = ["data=synthetic", "data.train=300", "data.test=20", "batch_size=100", "device=cpu"]


def test_the_loop_is_timed_beside_a_bare_one() -> None:
    bare, whole, ratio, about = speed.training_overhead(SMALL, repeats=2)
    times = [
        re.match(r"(.+?)  +([\d.]+) s   \([\d.]+ to [\d.]+, 2 times\)", x) for x in (bare, whole)
    ]
    assert [found and found[1] for found in times] == ["bare PyTorch loop", "digitrec's loop"]
    assert re.match(r"ratio  +\d+\.\d{3} ", ratio)
    assert about.startswith("one epoch of 300 images, batch 100, ")


def test_rates_are_of_one_core() -> None:
    for line, what in (
        (speed.synthetic_images(count=20, repeats=1), "synthetic images"),
        (speed.normalisation(count=2, repeats=1), "drawings of 280×280"),
    ):
        found = re.fullmatch(rf"([\d,]+) {what} a second of one core \(median of 1\)", line)
        assert found
        assert int(found[1].replace(",", "")) > 10


def test_the_command_predict_is_timed_with_its_start() -> None:
    found = re.fullmatch(
        r"3 PNG files of 280×280 in ([\d.]+) s: ([\d,]+) a minute", speed.predict_files(count=3)
    )
    assert found
    assert float(found[1]) > 0.1
