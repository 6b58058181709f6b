from __future__ import annotations

import re

import pytest

from digitrec.benchmarks.training.threads import side_by_side
from digitrec.errors import DigitrecError

SMALL = ["data.train=120", "data.test=20", "validation=20", "batch_size=40"]


@pytest.mark.slow
def test_a_training_is_timed_alone_and_beside_another() -> None:
    own, spinning = side_by_side([*SMALL, "threads=1", "score_test=false"])
    for line, name in ((own, "as digitrec does"), (spinning, "by spinning")):
        found = re.fullmatch(
            rf"threads wait {name} +([\d.]+) s alone, +([\d.]+) s beside another: "
            r"([\d.]+) times as long",
            line,
        )
        assert found
        alone, beside, ratio = map(float, found.groups())
        assert alone > 0
        # The three are rounded, the seconds to hundredths and the ratio to tenths.
        assert (beside - 0.005) / (alone + 0.005) - 0.05 <= ratio
        assert ratio <= (beside + 0.005) / max(alone - 0.005, 0.001) + 0.05


def test_a_training_that_fails_is_an_error() -> None:
    with pytest.raises(DigitrecError, match="a training ended with exit code 2"):
        next(side_by_side([*SMALL, "epochs=0"]))
