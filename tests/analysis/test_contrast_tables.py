"""Two ways to integrate over the control in trialdesign.analysis.models.contrast_based agree.

Pairs of outcomes that repeat are tabulated, others are integrated trial by trial; the second leaves out
controls of relative probability 1e-12.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import binary, component, criterion, half_normal, hierarchical, independent, normal

from trialdesign.analysis.build import assemble
from trialdesign.probability.resolution import Resolution

STRATA = {
    "summed": independent(normal(0.3, 1.2)),  # one node, and strata apart
    "shared": hierarchical(normal(0.3, 1.2), half_normal(0.5)),
}
RESPONDERS = [(0, 0), (0, 9), (3, 4), (3, 9), (6, 2), (6, 12), (3, 4)]  # of 6 controls and 12 treated


@pytest.mark.parametrize("strata", STRATA)
def test_trials_one_by_one_are_what_their_pairs_are(strata):
    model = {"control": component(independent(normal(-0.5, 0.8))), "effect": component(STRATA[strata])}
    criteria = [criterion("log_odds_ratio", 0.0), criterion("difference", 0.1)]
    assembled = assemble(binary(model, 12, 6, criteria, strata=2), Resolution())
    contrast, design = assembled.model, assembled.design
    own = {
        "control": np.array([[6.0, c] for c, _ in RESPONDERS]),
        "treatment": np.array([[12.0, t] for _, t in RESPONDERS]),
    }
    shares = [None, *(assembled.holds(each) for each in design.decision)]
    shares += [shares[1][:, :1], shares[2][:, [5]]]  # and two that are the same for every control
    assert {share.shape[1] > 1 for share in shares[1:]} == {True, False}
    found = contrast._tables_by_trial(1, own, shares)
    control, b = np.unique(own["control"], axis=0, return_inverse=True)
    treatment, a = np.unique(own["treatment"], axis=0, return_inverse=True)
    pairs = contrast._tables(1, control, treatment, shares)[:, b.ravel() * len(treatment) + a.ravel()]
    assert found.shape == pairs.shape
    scale = lambda table: table / table[0].sum(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(scale(found), scale(pairs), atol=1e-10)
