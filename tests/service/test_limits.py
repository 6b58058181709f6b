"""The limits of a service."""

from __future__ import annotations

import re

import pytest

from digitrec.errors import DigitrecError
from digitrec.service.limits import Limits


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"megabytes": 0.0}, "the limit megabytes must be a number above 0, not 0"),
        ({"seconds": -1.0}, "the limit seconds must be a number above 0, not -1"),
        ({"megapixels": float("nan")}, "the limit megapixels must be a number above 0, not nan"),
        ({"seconds": float("inf")}, "the limit seconds must be a number above 0, not inf"),
        ({"queue": 10}, "the limit queue is 10, below the limit pictures, 64;"),
    ],
)
def test_a_limit_that_cannot_be_is_one_line(given: dict[str, float], line: str) -> None:
    with pytest.raises(DigitrecError, match=re.escape(line)):
        Limits(**given)  # type: ignore[arg-type]


def test_the_defaults_can_be() -> None:
    assert Limits().queue >= Limits().pictures
