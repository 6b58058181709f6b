from __future__ import annotations

import pytest

from digitrec.benchmarks import read


@pytest.mark.slow  # a benchmark
def test_ways_to_read_take_turns_in_one_table() -> None:
    head, *rows = read.measure(files=2, count=2, repeats=1)
    assert head.split() == ["float32", "by", "PyTorch", "now", "onnxruntime", "ratio"]
    assert [row[:40].rstrip() for row in rows] == [
        "one drawing, ms of one core",
        "of 2 drawings, ms of one core each",
        "of 2 PNG files, ms of one core each",
        "predict, of 2 PNG files, ms each",
        "one picture, start and end, seconds",
    ]
    for row in rows:
        float32, now, onnx, ratio = map(float, row[40:].split())
        assert min(float32, now, onnx) > 0
        assert abs(now / float32 - ratio) < 0.05
