from __future__ import annotations

import pytest
from sample_comparison import made_up_comparison

from digitrec.comparison.compare_runs import Comparison


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return made_up_comparison(tmp_path_factory.mktemp("runs"))
