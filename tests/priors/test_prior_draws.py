"""Draws of priors from the grid have the quantiles of the fitted priors; the tree names their evidence.

4,000 independent draws: a share may differ from its probability by 4.5 binomial standard errors.

Here, too, are tested: trialdesign.priors.draws.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import (
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    hierarchical,
    independent,
    normal,
)
from survival_designs import relapse

from trialdesign.priors.datatree import priors_tree
from trialdesign.priors.summary import QUANTILES, priors_of

pytestmark = pytest.mark.reference

N, STANDARD_ERRORS = 4000, 4.5
ROWS = [("SLE", 8, 8), ("IIM", 5, 3)]
DISCOUNTS = {
    "robust": {"kind": "robust", "weight": 0.3, "vague": normal(0, 2)},
    "power": {"kind": "power", "exponent": 0.5},
    "drift": {"kind": "drift", "sd": 0.5},
}


def cohort(discount: str):
    used = evidence(ROWS, DISCOUNTS[discount])
    model = {"treatment": component(hierarchical(normal(0, 2), half_normal(0.3)), used)}
    return binary(model, {"SLE": 20, "IIM": 12}, None, [criterion("response", 0.5, 0.9)], strata=2)


@pytest.mark.parametrize("discount", DISCOUNTS)
def test_quantiles_before_and_after_the_evidence(discount):
    design = cohort(discount)
    tree = priors_tree(design, seed=5)
    for prior in priors_of(design):
        for group, curve in {"prior": prior.stated, "posterior": prior.analysis}.items():
            drawn = tree[group]["treatment"].sel(stratum=prior.stratum).values
            for level, at in zip(QUANTILES, curve.quantiles(np.array(QUANTILES)), strict=True):
                error = np.sqrt(level * (1 - level) / N)
                assert abs((drawn < at).mean() - level) < STANDARD_ERRORS * error, (group, level)


def test_the_evidence_and_the_planned_trial_are_there():
    design = cohort("robust")
    tree = priors_tree(design, draws=50)
    assert set(tree.children) == {
        "prior", "posterior", "observed_data", "constant_data", "predictions",
    }  # fmt: skip
    data = tree["observed_data"]
    assert list(data["treatment_stratum"].values) == ["SLE", "IIM"]
    assert list(data["treatment_source"].values) == ["past", "past"]
    assert list(data["treatment_responders"].values) == [8, 3]
    assert list(tree["constant_data"]["treatment_n"].values) == [8, 5]
    planned = tree["predictions"]["responders"].sel(arm="treatment")
    assert planned.max(["chain", "draw"]).values.tolist() <= [20, 12]
    natural, linear = (tree["posterior"][name] for name in ("treatment_natural", "treatment"))
    np.testing.assert_allclose(natural, 1 / (1 + np.exp(-linear)), rtol=1e-9)


def test_months_are_not_planned_so_that_no_events_are_predicted():
    design = relapse(15, model={"treatment": component(independent(normal(-3, 1)))})
    assert set(priors_tree(design, draws=50).children) == {"prior", "posterior"}
