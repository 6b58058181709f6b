from __future__ import annotations

import re

from digitrec.benchmarks.training.overhead import training_overhead

SMALL = ["data=synthetic", "data.train=300", "data.test=20", "batch_size=100", "device=cpu"]


def test_the_loop_is_timed_beside_a_bare_one() -> None:
    bare, whole, ratio, about = training_overhead(SMALL, repeats=2)
    times = [
        re.match(r"(.+?)  +([\d.]+) s   \([\d.]+ to [\d.]+, 2 times\)", x) for x in (bare, whole)
    ]
    assert [found and found[1] for found in times] == ["bare PyTorch loop", "digitrec's loop"]
    assert re.match(r"ratio  +\d+\.\d{3} ", ratio)
    assert about.startswith("one epoch of 300 images, batch 100, ")
