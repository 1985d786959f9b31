"""Families of times to event whose shape is summed out on the grid, and sampled by NUTS.

Each family in each model, and one family with each way of borrowing and of discounting.  An estimate
by NUTS may differ from the grid by four of its Monte Carlo standard errors, plus 1e-3: what the grid
promises where a shape is summed out.

Here, too, are tested: trialdesign.endpoints.time_to_event._with_shape,
trialdesign.endpoints.time_to_event.weibull.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import component, half_normal, hierarchical, independent, normal
from survival_designs import hazard_ratio, relapse, survival

from trialdesign.analysis.build import assemble
from trialdesign.analysis.sampling import pymc_backend as seam
from trialdesign.analysis.sampling.nuts import sample_posterior
from trialdesign.specification.registry import kinds

STANDARD_ERRORS, PROMISED = 4, 1e-3
FAMILIES = {
    "weibull": {"distribution": "weibull"},
    "piecewise": {"distribution": "piecewise", "cuts": [6.0, 18.0]},
    "cure": {"distribution": "cure", "shape": {"dist": "LogNormal", "mu": 0.0, "sigma": 0.3}},
}
HAZARD, EFFECT = normal(-3.0, 1.0), normal(0.0, 1.0)
SHARED = hierarchical(HAZARD, half_normal(0.5))
COHORT = [("SLE", 8, 0, 130.5), ("IIM", 3, 0, 49.5), ("SSc", 4, 1, 66.0)]  # patients, events, months
ROBUST = {"kind": "robust", "weight": 0.5, "vague": normal(-3.0, 1.5)}


def published(discount: dict) -> dict:
    """Return evidence of patients, events and months, as a design uses it."""
    rows = [{"stratum": s, "n": n, "events": d, "exposure": e} for s, n, d, e in COHORT]
    return {
        "source": {
            "name": "past", "citation": "none", "grade": "A", "arm": "treatment",
            "endpoint": {"kind": "time_to_event"}, "data": rows,
        },
        "discount": discount,
    }  # fmt: skip


def months(seed: int, n: int, hazard: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    event, end = rng.weibull(0.8, n) / hazard, rng.uniform(12, 36, n)
    event[:2] = 0.003, 0.02  # hours, and half a day
    return np.minimum(event, end), (event <= end).astype(float)


def assert_agreement(family: dict, model: dict, decision: list) -> None:
    """Compare posterior means and probabilities of every criterion in every stratum."""
    n = 25
    control = n if "control" in model else None
    endpoint = {"kind": "time_to_event", "name": "relapse", **family}
    design = relapse(n, control, model=model, decision=decision, strata=3, endpoint=endpoint)
    hazards = {"control": (0, 0.06), "treatment": (50, 0.03)}
    patients = {
        arm: [months(hazards[arm][0] + s, n, hazards[arm][1]) for s in range(3)] for arm in design.arms
    }
    data = [
        {arm: design.endpoint.summarise(*own[s])[None] for arm, own in patients.items()}
        for s in range(3)
    ]
    assembled = assemble(design)
    drawn = sample_posterior(design, data, seed=1, patients=patients)
    assert drawn.converged, drawn.shortcomings()
    for criterion in design.decision:
        joint = assembled.model.joint(data, design.estimand(criterion))
        values, held = assembled.values(criterion), assembled.holds(criterion)
        draws, above = drawn.values(criterion), drawn.probabilities(criterion)
        true = (draws > criterion.threshold) == (criterion.less_than is None)
        for s in range(3):
            probability, mean = (float((joint[s] * each).sum()) for each in (held, values))
            assert 0.01 < probability < 0.99, "the comparison would be empty"
            ess = seam.effective_size(true[:, s].astype(float).reshape(drawn.chains, -1))
            error = STANDARD_ERRORS * np.sqrt(probability * (1 - probability) / ess)
            assert abs(above[s] - probability) < error + PROMISED, (criterion.estimand, s)
            ess = seam.effective_size(draws[:, s].reshape(drawn.chains, -1))
            error = STANDARD_ERRORS * draws[:, s].std() / np.sqrt(ess)
            assert abs(draws[:, s].mean() - mean) < error + PROMISED * abs(mean), (criterion.estimand, s)


def rmst() -> dict:
    return {"estimand": "rmst_difference", "to": 24.0, "greater_than": 3.0, "probability": 0.9}


def milestones() -> dict:
    return {
        "estimand": "survival_difference", "at": 24.0, "greater_than": 0.15, "probability": 0.9,
    }  # fmt: skip


@pytest.mark.parametrize(
    "family",
    [name if name == "weibull" else pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES],
)
def test_separate_arms_agree(family):
    model = {
        "control": component(independent(HAZARD)),
        "treatment": component(SHARED, published(ROBUST)),
    }
    assert_agreement(FAMILIES[family], model, [milestones(), rmst(), hazard_ratio(0.6)])


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_contrast_agrees(family):
    model = {
        "control": component(independent(HAZARD)),
        "effect": component(hierarchical(EFFECT, half_normal(0.5))),
    }
    assert_agreement(FAMILIES[family], model, [milestones(), hazard_ratio(0.6)])


@pytest.mark.slow
def test_a_contrast_in_which_control_and_effect_borrow_agrees():
    model = {
        "control": component(SHARED),
        "effect": component(hierarchical(EFFECT, half_normal(0.5))),
    }
    assert_agreement(FAMILIES["weibull"], model, [milestones(), hazard_ratio(0.6)])


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_single_arm_agrees(family):
    model = {"treatment": component(SHARED, published(ROBUST))}
    assert_agreement(FAMILIES[family], model, [survival(24, 0.55), hazard_below()])


def hazard_below() -> dict:
    return {"estimand": "hazard", "less_than": 0.03, "probability": 0.9}


def on_the_hazard(example: dict) -> dict:
    """Return an example of a kind with its locations moved to a log hazard."""
    if isinstance(example, dict):
        moved = {key: on_the_hazard(value) for key, value in example.items()}
        if moved.get("dist") in ("Normal", "StudentT") and "mu" in moved:
            moved["mu"] = -3.0
        return moved
    return [on_the_hazard(each) for each in example] if isinstance(example, list) else example


@pytest.mark.slow
@pytest.mark.parametrize("kind", kinds("trialdesign.borrowing"))
def test_every_way_of_borrowing_agrees(kind):
    example = on_the_hazard(kinds("trialdesign.borrowing")[kind].examples[0])
    model = {"treatment": component(example, published(ROBUST))}
    assert_agreement(FAMILIES["weibull"], model, [survival(24, 0.55)])


@pytest.mark.slow
@pytest.mark.parametrize("kind", kinds("trialdesign.discounting"))
def test_every_discount_agrees(kind):
    example = on_the_hazard(kinds("trialdesign.discounting")[kind].examples[0])
    model = {"treatment": component(SHARED, published(example))}
    assert_agreement(FAMILIES["weibull"], model, [survival(24, 0.55)])
