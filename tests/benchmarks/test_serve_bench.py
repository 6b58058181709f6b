"""The load test of the service."""

from __future__ import annotations

import re

import pytest

from digitrec.benchmarks.serve import measure


@pytest.mark.slow
def test_a_real_service_is_measured_and_does_not_grow() -> None:
    fast, busy, even, memory = measure(share=0.1)
    assert float(re.findall(r"(\d+) a second$", fast)[0]) > 20
    assert len(re.findall(r"[\d.]+ ms", busy)) == len(re.findall(r"[\d.]+ ms", even)) == 2
    before, after = map(int, re.findall(r"(\d+) MB", memory))
    assert after - before < 40
