from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm, t

from digitrec.comparison.students_t import cochran_cox_limit, cochran_cox_p, power_of_t


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("p", [1e-200, 1e-9, 0.05, 0.9])
def test_the_limit_of_one_run_against_several_is_undone_by_its_p(weight: float, p: float) -> None:
    assert cochran_cox_p(cochran_cox_limit(p, weight, 2), weight, 2) == pytest.approx(p)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 66])
@pytest.mark.parametrize("freedom", [1.2, 2, 4, 40])
def test_the_power_is_that_of_chance_in_difference_and_variance(
    freedom: float, alpha: float
) -> None:
    chances = (np.arange(20_000) + 0.5) / 20_000
    limits = t.ppf(1 - alpha / 2, freedom) * np.sqrt(chi2.ppf(chances, freedom) / freedom)
    for deviate in (0.5, 2, 8, 29.9, 30.1, 40, 62, 100):
        power = norm.sf(limits - deviate).mean()
        assert power_of_t(deviate, freedom, alpha) == pytest.approx(power, abs=1e-3)
