"""A comparison made up for tests of the report."""

from __future__ import annotations

from pathlib import Path

from sample_runs import errors_at, made_up_run

from digitrec.comparison.compare_runs import Comparison, compare_runs
from digitrec.comparison.find_runs import find_runs
from digitrec.data.sets.single import SyntheticData

NASTY = '<script>alert(1)</script> & "quoted" {{ 7 * 7 }}'.replace("/", "\N{DIVISION SLASH}")
SMALL = SyntheticData(train=10, test=60)


def made_up_comparison(place: Path) -> Comparison:
    """Compare three recipes on `SMALL`, one with the name `NASTY`; a fourth run is damaged."""
    examples, checksum = SMALL.load_test()
    for seed in range(3):
        for name, first, parameters, seconds in (
            ("good", 0, 5000, 90.0), (NASTY, 4, 90_000, 700.0), ("poor", 10, 40_000, 20.0),
        ):  # fmt: skip
            made_up_run(
                place / f"{first}-{seed}", errors_at(60, *range(first, 2 * first + 3 + seed)), seed,
                epochs=2 + first % 3, experiment=name, data=SMALL, checksum=checksum,
                parameters=parameters, seconds=seconds, validation=5,
                labels=examples.labels.numpy(),
            )  # fmt: skip
    made_up_run(place / "bad", errors_at(60), 7)
    (place / "bad/predictions.h5").write_text("junk")
    return compare_runs(find_runs([str(place)]))
