from __future__ import annotations

import re

from digitrec.benchmarks.predict import predict_files


def test_the_command_predict_is_timed_with_its_start() -> None:
    found = re.fullmatch(
        r"3 PNG files of 280×280 in ([\d.]+) s: ([\d,]+) a minute", predict_files(count=3)
    )
    assert found
    assert float(found[1]) > 0.1
