from __future__ import annotations

import pytest

from digitrec.benchmarks.soak import soak
from digitrec.errors import DigitrecError

pytestmark = pytest.mark.window


@pytest.mark.slow  # a soak
def test_a_short_soak_loses_nothing(display: str) -> None:
    (line,) = soak(actions=120, kills=2, seed=3)
    assert line.startswith("120 random actions, ")
    assert "reader killed 2 times: nothing was lost; the window took " in line
    assert line.endswith(" MB more after the first 24")


@pytest.mark.slow
def test_what_is_lost_is_told(display: str) -> None:
    with pytest.raises(DigitrecError, match="lost something"):
        [*soak(actions=-1, kills=-1)]  # which no soak can do
