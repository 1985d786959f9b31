"""Critical counts of random designs are where `analyse` changes its mind.

Here, too, are tested: trialdesign.probability.tails.estimand_cdf.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import (
    STRATA,
    beta,
    binary,
    component,
    evidence,
    exnex,
    half_normal,
    hierarchical,
    independent,
    normal,
    pooled,
)
from survival_designs import relapse

from trialdesign.analysis.analyse import analyse
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.on_grid import OnGrid
from trialdesign.errors import SpecificationError
from trialdesign.simulation.exact.critical_counts import critical_counts

pytestmark = pytest.mark.properties

BORROWING = {
    "independent": independent(normal(0, 1.5)),
    "pooled": pooled(beta(1, 1)),
    "hierarchical": hierarchical(normal(0, 1.5), half_normal(0.7)),
    "exnex": exnex(normal(0, 1.5), half_normal(0.5), normal(0, 2)),
}
COHORT = [("SLE", 8, 8), ("IIM", 3, 2)]
ROBUST = {"kind": "robust", "weight": 0.3, "vague": normal(0, 2)}
ARMS = ("single", "arm-wise", "contrast", "controls borrow", "both borrow")


def drawn(arms: str, seed: int):
    """Return a random design of two or three strata."""
    rng = np.random.default_rng((ARMS.index(arms), seed))
    strata = STRATA[: int(rng.integers(2, 4))]
    some = lambda: BORROWING[str(rng.choice(list(BORROWING)))]
    past = [evidence(COHORT, ROBUST)] if rng.random() < 0.6 else []
    alone = component(independent(normal(-1, 1)))
    model = {
        "single": lambda: {"treatment": component(some(), *past)},
        "arm-wise": lambda: {"control": alone, "treatment": component(some(), *past)},
        "contrast": lambda: {
            "control": alone, "effect": component(hierarchical(normal(0, 1), half_normal(0.5))),
        },
        "controls borrow": lambda: {
            "control": component(BORROWING["hierarchical"]),
            "treatment": component(independent(beta(1, 1))),
        },
        "both borrow": lambda: {
            "control": component(BORROWING["hierarchical"]), "treatment": component(BORROWING["pooled"]),
        },
    }[arms]()  # fmt: skip
    sides = (
        [("greater_than", 0.1), ("less_than", 0.5)] if rng.random() < 0.3 else [("greater_than", 0.1)]
    )
    estimand = "response" if arms == "single" else "difference"
    probability = [0.8, 0.5] if len(sides) > 1 else [float(rng.choice([0.8, 0.9, 0.975]))]
    decision = [
        {"estimand": estimand, side: round(at + 0.3 * (arms == "single"), 2), "probability": p}
        for (side, at), p in zip(sides, probability)
    ]
    size = lambda: [int(n) for n in rng.integers(2, 9, len(strata))]
    control = None if arms == "single" else size()
    truth = (0.6, None if arms == "single" else 0.3)
    return binary(model, size(), control, decision, [truth], strata)


def data(found, row, count: int) -> TrialData:
    """Return the data of a row with so many responders among the treated, the others as held."""
    made, rows = found.design, []
    for s, stratum in enumerate(made.strata):
        for arm in made.arms:
            n = made.arms[arm].sizes[s]
            responders = found.others.get(stratum, {}).get(arm, 0)  # or they do not matter
            if stratum == row.stratum:
                responders = count if arm == "treatment" else row.control_responders
            rows.append({"stratum": stratum, "arm": arm, "n": n, "responders": responders})
    return TrialData.of(made, rows)


def succeeds(found, row, count: int) -> bool:
    """Return what the posterior that `analyse` summarises decides, without the summaries."""
    made = found.design
    posterior, s = OnGrid.of(made, data(found, row, count)), made.strata.index(row.stratum)
    return all(posterior.probabilities(c)[s] > c.probability for c in made.decision)


@pytest.mark.parametrize("arms", ARMS[:4])  # the last is slow
def test_success_starts_at_the_critical_count_and_not_below(arms):
    found = critical_counts(drawn(arms, 0))
    assert not found.warnings and found.accurate
    rng = np.random.default_rng(0)
    decided = [row for row in found.rows if row.success_if_at_least]
    for row in rng.choice(np.array(decided, dtype=object), 1, replace=False):
        low, high = row.success_if_at_least, row.success_if_at_most
        assert succeeds(found, row, low) and not succeeds(found, row, low - 1)
        assert high == row.n_treatment or not succeeds(found, row, high + 1)


def test_analyse_says_the_same_at_the_critical_count_and_one_below():
    found = critical_counts(drawn("arm-wise", 1))
    row = next(row for row in found.rows if row.success_if_at_least)
    low, said = row.success_if_at_least, lambda n: analyse(found.design, data(found, row, n)).success
    assert said(low)[row.stratum] and not said(low - 1)[row.stratum]


@pytest.mark.slow
@pytest.mark.parametrize("arms", ARMS)
def test_every_count_of_more_designs_is_what_analyse_says(arms):
    found = critical_counts(drawn(arms, 1))
    said = lambda row, n: analyse(found.design, data(found, row, n)).success[row.stratum]
    for row in found.rows[::5]:
        inside = range(row.success_if_at_least or 0, (row.success_if_at_most or 0) + 1)
        none = row.success_if_at_least is None
        for count in range(row.n_treatment + 1):
            expected = not none and count in inside and count not in row.unless
            assert said(row, count) == expected, (row, count)


def test_a_stratum_that_nothing_informs_names_no_others():
    model = {"treatment": component(independent(beta(1, 1)))}
    assert critical_counts(binary(model, 8, scenarios=[(0.5, None)])).others == {}


def test_a_single_arm_has_its_beta_tail():
    from scipy import stats

    model = {"treatment": component(independent(beta(1, 1)))}
    found = critical_counts(binary(model, [20, 7], scenarios=[(0.5, None)], strata=2))
    for row in found.rows:
        n, tails = row.n_treatment, range(row.n_treatment + 1)
        exact = [r for r in tails if stats.beta(1 + r, 1 + n - r).sf(0.5) > 0.9]
        assert (row.success_if_at_least, row.success_if_at_most) == (exact[0], n)
        assert row.control_responders is None


def test_counts_that_give_way_in_between_are_named():
    """A response between 0.3 and 0.7 is found in the middle only."""
    model = {"treatment": component(independent(beta(1, 1)))}
    decision = [
        {"estimand": "response", "greater_than": 0.3, "probability": 0.9},
        {"estimand": "response", "less_than": 0.7, "probability": 0.9},
    ]
    (row,) = critical_counts(binary(model, 20, None, decision, [(0.5, None)], strata=1)).rows
    assert 0 < row.success_if_at_least < row.success_if_at_most < 20
    assert row.success_if_at_least + row.success_if_at_most == 20  # by symmetry


def test_times_to_event_have_no_counts():
    made = relapse(20, scenarios=[{"treatment": 0.02}])
    with pytest.raises(SpecificationError, match="critical counts must be asked of an endpoint"):
        critical_counts(made)
