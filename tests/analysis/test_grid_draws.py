"""Draws from the grid have the posterior's own probabilities, quantiles and correlations.

4,000 independent draws per design, as `analyse --save` writes them.  A share may differ from its
probability by 4.5 binomial standard errors, a correlation r by 4.5 (1 - r^2) / sqrt(4,000): chance alone
exceeds one of them once in 150,000 times, and as seeds are fixed it does so again or never.

Here, too, are tested: trialdesign.analysis.sampling.grid_draws,
trialdesign.probability.belief_draws.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import (
    binary,
    component,
    criterion,
    evidence,
    exnex,
    half_normal,
    hierarchical,
    independent,
    normal,
    pooled,
)
from survival_designs import hazard_ratio, relapse, survival

from trialdesign.analysis.analyse import Analysis, analyse
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.probability.belief import node_products
from trialdesign.probability.tails.quantiles import LEVELS

pytestmark = pytest.mark.statistical

N, STANDARD_ERRORS = 4000, 4.5
RESPONDERS = {"treatment": (16, 10), "control": (5, 6)}  # of 20
WEAK = component(independent(normal(-1, 1)))
SHARED = hierarchical(normal(0, 1), half_normal(0.5))
ROBUST = {"kind": "robust", "weight": 0.5, "vague": normal(0, 2)}
BORROWING = {
    "hierarchical": hierarchical(normal(0, 2), half_normal(0.3)),
    "exnex": exnex(normal(0, 2), half_normal(0.5), normal(0, 2)),
    "pooled": pooled(normal(0, 2)),
}
CONTROLS = component(hierarchical(normal(-1, 1), 0.3))
EFFECTS = {
    "independent effects": (WEAK, component(independent(normal(0, 1)))),
    "effects that borrow": (WEAK, component(SHARED)),
    "controls that borrow": (CONTROLS, component(independent(normal(0, 1)))),
    "both borrow": (CONTROLS, component(hierarchical(normal(0, 1), 0.5))),
}
HAZARD = normal(-3.0, 1.0)
FAMILIES = [
    pytest.param("exponential", False, id="exponential"),
    pytest.param("weibull", False, id="weibull"),
    pytest.param("weibull", True, id="weibull-contrast", marks=pytest.mark.slow),
]


def of_responders(model: dict) -> Analysis:
    arms = [arm for arm in ("control", "treatment") if arm == "treatment" or "control" in model]
    decision = [criterion("response", 0.6, 0.9)] if len(arms) == 1 else [criterion("difference", 0.2)]
    design = binary(model, 20, 20 if len(arms) > 1 else None, decision, strata=2)
    rows = [
        {"stratum": stratum, "arm": arm, "n": 20, "responders": r}
        for arm in arms
        for stratum, r in zip(design.strata, RESPONDERS[arm], strict=True)
    ]
    return analyse(design, TrialData.of(design, rows))


def of_relapses(family: str, contrast: bool) -> Analysis:
    arm = component(hierarchical(HAZARD, half_normal(0.5)))
    model = {"control": component(independent(HAZARD)), "treatment": arm}
    if contrast:
        model = {"control": model["control"], "effect": component(SHARED)}
    decision = [survival(24, 0.4, 0.5), hazard_ratio()]
    endpoint = {"kind": "time_to_event", "name": "relapse", "distribution": family}
    design = relapse(20, 20, model=model, decision=decision, strata=2, endpoint=endpoint)
    rng, rows = np.random.default_rng(4), []
    for stratum in design.strata:
        for arm, hazard in (("control", 0.07), ("treatment", 0.03)):
            time = rng.exponential(1 / hazard, 20)
            rows += [
                {"stratum": stratum, "arm": arm, "time": min(t, 24.0), "event": int(t < 24)}
                for t in time
            ]
    return analyse(design, TrialData.of(design, rows))


def assert_agreement(result: Analysis) -> None:
    """Compare probabilities of criteria, and the levels of quantiles, with the shares of draws."""
    design, drawn = result.design, result.found.draw(N, seed=20261128)
    named = {each.label: drawn.drawn(each) for each in map(design.estimand, design.decision)}
    named |= drawn.draws
    shares, known = [], []
    for rule in design.decision:
        shares.append(drawn.probabilities(rule))
        label = rule.label(design.estimand(rule))
        known.append([row["probability"] for row in result.results if row["criterion"] == label])
    for name, draws in named.items():
        rows = [row for row in result.posterior if row["estimand"] == name]
        for quantile, level in LEVELS.items():
            shares.append((draws < [row[quantile] for row in rows]).mean(axis=0))
            known.append([level] * len(rows))
    shares, known = np.array(shares), np.array(known)
    error = np.sqrt(known * (1 - known) / N)
    assert np.abs((shares - known) / error).max() < STANDARD_ERRORS


def assert_correlation(x: np.ndarray, y: np.ndarray, known: float) -> None:
    error = (1 - known**2) / np.sqrt(N)
    assert abs(np.corrcoef(x, y)[0, 1] - known) < STANDARD_ERRORS * error


def between_strata(result: Analysis) -> float:
    """Return the posterior correlation of the focus's parameters in the first two strata."""
    model = result.found.assembled.model
    paired = model.paired(result.found.data.outcomes, [[]] * 2)
    mass = [model.focus.mass[:, s] * own.likelihood[0, 0] for s, own in enumerate(paired)]
    x = model.focus.grid.nodes

    def expect(f, g) -> float:
        return node_products(model.weight, [(mass[0] @ f)[None], (mass[1] @ g)[None]]).sum()

    one = np.ones(x.size)
    whole = expect(one, one)
    means = expect(x, one) / whole, expect(one, x) / whole
    variances = expect(x**2, one) / whole - means[0] ** 2, expect(one, x**2) / whole - means[1] ** 2
    return (expect(x, x) / whole - means[0] * means[1]) / np.sqrt(variances[0] * variances[1])


@pytest.mark.parametrize("borrowing", BORROWING)
def test_a_single_arm(borrowing):
    used = evidence([("SLE", 8, 8)], ROBUST)
    assert_agreement(of_responders({"treatment": component(BORROWING[borrowing], used)}))


def test_pooled_strata_have_one_parameter():
    result = of_responders({"treatment": component(BORROWING["pooled"])})
    assert_agreement(result)
    drawn = result.found.draw(N, seed=3).draws["treatment"]
    assert (drawn[:, 0] == drawn[:, 1]).all() and np.unique(drawn[:, 0]).size == N


def test_two_arms_and_what_strata_have_in_common():
    result = of_responders({"control": WEAK, "treatment": component(BORROWING["hierarchical"])})
    assert_agreement(result)
    drawn, known = result.found.draw(N, seed=7).draws, between_strata(result)
    assert known > 0.3
    assert_correlation(*drawn["treatment"].T, known)
    assert_correlation(*drawn["control"].T, 0.0)
    assert_correlation(drawn["control"][:, 0], drawn["treatment"][:, 0], 0.0)


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[pytest.mark.slow] * (each == "both borrow")) for each in EFFECTS]
)
def test_effects_and_how_they_go_with_the_controls(name):
    control, effect = EFFECTS[name]
    result = of_responders({"control": control, "effect": effect})
    assert_agreement(result)
    drawn, model = result.found.draw(N, seed=7).draws, result.found.assembled.model
    g, h, mass = model.focus.grid.nodes, model.partner.grid.nodes, result.found.joint[0]
    mean, variance = [], []
    for x, own in ((g, mass.sum(axis=1)), (h, mass.sum(axis=0))):
        mean.append(own @ x)
        variance.append(own @ x**2 - mean[-1] ** 2)
    known = (g @ mass @ h - mean[0] * mean[1]) / np.sqrt(variance[0] * variance[1])
    assert known < -0.3
    assert_correlation(drawn["effect"][:, 0], drawn["control"][:, 0], known)
    if name == "effects that borrow":
        assert_correlation(*drawn["effect"].T, between_strata(result))


@pytest.mark.parametrize(("family", "contrast"), FAMILIES)
def test_times_to_event(family, contrast):
    assert_agreement(of_relapses(family, contrast))


def test_a_sampler_that_is_off_would_be_seen():
    result = of_responders({"treatment": WEAK})
    draws = result.found.draw(N, seed=20261128).draws["treatment"]
    row = result.posterior[1]
    assert row["estimand"] == "treatment"
    share = (draws[:, 0] + 0.1 * row["sd"] < row["q50"]).mean()  # a tenth of a standard deviation
    assert abs(share - 0.5) > STANDARD_ERRORS * 0.5 / np.sqrt(N)
