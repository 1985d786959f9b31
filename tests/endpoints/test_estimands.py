"""Estimands of times to event (trialdesign.endpoints.time_to_event.exponential) against SciPy.

Values of a constant hazard are those of scipy.stats.expon; no tolerance beyond rounding.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from trialdesign.endpoints.time_to_event.exponential import Exponential

CONTROL, TREATMENT = 0.08, 0.03  # events a month
AT, TO = 18.0, 30.0
LAWS = {"control": stats.expon(scale=1 / CONTROL), "treatment": stats.expon(scale=1 / TREATMENT)}


def _mean_to(law) -> float:
    return integrate.quad(law.sf, 0, TO, epsabs=1e-12)[0]


WANTED = {
    "hazard": TREATMENT,
    "median": LAWS["treatment"].median(),
    "survival": LAWS["treatment"].sf(AT),
    "survival_difference": LAWS["treatment"].sf(AT) - LAWS["control"].sf(AT),
    "rmst_difference": _mean_to(LAWS["treatment"]) - _mean_to(LAWS["control"]),
    "hazard_ratio": TREATMENT / CONTROL,
}


def test_every_estimand_is_held_against_a_law():
    assert set(Exponential(name="relapse").estimands(AT, TO)) == set(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_estimands_of_constant_hazards_are_those_of_exponential_laws(name):
    own = Exponential(name="relapse").estimands(AT, TO)[name]
    value = own.value(np.log(CONTROL), np.log(TREATMENT))
    assert value == pytest.approx(WANTED[name], rel=1e-10)
    assert own.range[0] <= value <= own.range[1]


def test_each_arm_is_told_at_the_month_that_is_asked_for():
    arms = Exponential(name="relapse").by_arm(AT)
    linear = {"control": np.log(CONTROL), "treatment": np.log(TREATMENT)}
    for arm, own in arms.items():
        assert own.value(**linear) == pytest.approx(LAWS[arm].sf(AT), rel=1e-12)
