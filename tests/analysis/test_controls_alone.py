"""Controls that borrow beside treatment arms that do not: criteria on either arm."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import (
    STRATA,
    beta,
    binary,
    component,
    criterion,
    half_normal,
    hierarchical,
    independent,
    normal,
    table,
)
from scipy import stats

from trialdesign import analyse, operating_characteristics
from trialdesign.analysis.data.trial_data import TrialData

pytestmark = pytest.mark.properties

CONTROLS = hierarchical(normal(-1.0, 1.0), half_normal(0.5))


def design(*decision):
    model = {"control": component(CONTROLS), "treatment": component(independent(beta(1.0, 2.0)))}
    return binary(model, 9, 7, decision, scenarios=[(0.6, 0.2)], strata=2)


def test_a_criterion_on_the_treatment_arm_does_not_see_the_controls():
    """Beta(1, 2) and 9 patients: P(p > 0.5) after y responders is a Beta(1 + y, 11 - y) tail."""
    got = table(operating_characteristics(design(criterion("response", 0.5, 0.9))))
    tails = stats.beta(1 + np.arange(10), 11 - np.arange(10)).sf(0.5)
    want = stats.binom(9, 0.6).pmf(np.arange(10)) @ (tails > 0.9)
    for stratum in STRATA[:2]:
        assert got["0", stratum, "power"] == pytest.approx(want, abs=1e-9)
    assert got["0", "any", "success"] == pytest.approx(1 - (1 - want) ** 2, abs=1e-9)


def test_the_analysis_reads_both_arms():
    both = design(criterion("response", 0.5, 0.9), criterion("difference", 0.1, 0.9))
    rows = [
        {"stratum": s, "arm": arm, "n": n, "responders": y}
        for s, counts in zip(STRATA, ((2, 7), (1, 8)))
        for arm, n, y in zip(("control", "treatment"), (7, 9), counts)
    ]
    result = analyse(both, TrialData.of(both, rows))
    own = [row for row in result.results if "response" in row["criterion"]]
    for row, y in zip(own, (7, 8), strict=True):
        assert row["probability"] == pytest.approx(stats.beta(1 + y, 11 - y).sf(0.5), abs=1e-7)
    means = [row["mean"] for row in result.posterior if row["estimand"] == "response"]
    assert means == pytest.approx([8 / 12, 9 / 12], abs=1e-7)
