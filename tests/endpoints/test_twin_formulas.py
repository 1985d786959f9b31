"""What endpoints tell PyMC is what they tell the grid, formula by formula and without a sampler.

Both are double precision: they agree to 1e-9.
"""

from __future__ import annotations

import numpy as np
import pytest
from checks.families import FAMILIES, design

from trialdesign.endpoints.binary import Binary
from trialdesign.endpoints.time_to_event.exponential import Exponential

LINEAR = np.array([-4.0, -2.7, -1.2])
SHAPES = {
    "weibull": (0.7,),
    "piecewise": (0.9, -1.3),
    "one cut": (1.4,),
    "cure": (0.4, 1.0),
    "cure, weibull": (0.7, 1.8),
}


def _number(expression) -> np.ndarray:
    import pytensor

    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        return np.asarray(expression.eval())


@pytest.fixture(scope="module")
def pm():
    return pytest.importorskip("pymc")


@pytest.mark.parametrize("name", FAMILIES)
def test_families_have_the_same_hazards_in_pytensor(pm, name):
    import pytensor.tensor as pt

    endpoint = design(FAMILIES[name]).endpoint
    shape = SHAPES[name]
    twins = tuple(pt.as_tensor(np.full(LINEAR.size, each)) for each in shape)
    for t in (0.4, 7.0, 12.0, 17.0, 40.0):
        at = np.full(LINEAR.size, t)
        cumulative = endpoint.twin_cumulative(pm, at, pt.as_tensor(LINEAR), twins)
        hazard = endpoint.twin_log_hazard(pm, at, pt.as_tensor(LINEAR), twins)
        assert _number(cumulative) == pytest.approx(endpoint.cumulative(at, LINEAR, shape), rel=1e-9)
        assert _number(hazard) == pytest.approx(endpoint.log_hazard(at, LINEAR, shape), abs=1e-9)


@pytest.mark.parametrize(
    ("endpoint", "statistics"),
    [
        (Binary(name="response"), [[8.0, 8.0], [15.0, 3.0], [9.0, 0.0]]),
        (Exponential(name="relapse"), [[0.0, 60.0], [4.0, 110.0], [9.0, 12.0]]),
    ],
)
def test_likelihoods_of_counts_are_the_same_in_pytensor(pm, endpoint, statistics):
    import pytensor.tensor as pt

    statistics = np.array(statistics)
    found = endpoint.twin_log_likelihood(pm, statistics, pt.as_tensor(LINEAR))
    wanted = [endpoint.log_likelihood(own, np.array([x]))[0] for own, x in zip(statistics, LINEAR)]
    assert _number(found) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
