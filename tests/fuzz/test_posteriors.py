"""A differential fuzzer: random legal designs against brute force, nothing of the package."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import parse

from fuzz import brute
from fuzz.designs import ARMS, BORROWINGS, DISCOUNTS, Draw, design
from trialdesign import analyse
from trialdesign.analysis.data import TrialData

TARGET = 1e-5  # of any posterior probability, unless the analysis states a larger error
CONVERGED = 2e-6  # of the brute force, by its own two resolutions
QUICK = (0, 1, 3, 8, 9, 12)
LONG = (2, 4, 6, 7, 10)


def case(seed: int) -> tuple[dict, list[dict]]:
    """Return a random design and its data, as plain documents."""
    draw = Draw(8, seed)
    kind, arms = draw.of(["binary", "binary", "time_to_event"]), ARMS[seed % 3]
    strata = {name: draw.of(list(BORROWINGS)) for name in ("control", "treatment", "effect")}
    if arms == "contrast":
        strata[draw.of(["control", "effect"])] = draw.of(["independent", "independent", "separate"])
    discount = [None, *DISCOUNTS][draw.count(0, 7)]
    n = draw.count(1, 4) if "exnex of two" in strata.values() else draw.count(1, 6)
    most = 60 if arms == "contrast" else 100
    n = min(n, 3) if arms == "contrast" else n
    return design(draw, kind, arms, strata, discount, n, most, draw.maybe(0.5))


@pytest.mark.parametrize("seed", [*QUICK, *(pytest.param(s, marks=pytest.mark.slow) for s in LONG)])
def test_a_random_design_has_the_posterior_of_brute_force(seed):
    document, data = case(seed)
    made = parse(document)
    result = analyse(made, TrialData.of(made, data))
    found = np.array([row["probability"] for row in result.results])
    wanted, error = brute.answer(document, data)
    assert error < CONVERGED, "the brute force is undecided"
    want = wanted.probability.reshape(-1)
    assert np.abs(found - want).max() < max(TARGET, result.accuracy), (document, data)
