"""Exact operating characteristics against a plain sum over every joint outcome."""

from __future__ import annotations

import numpy as np
from helpers import (
    STRATA,
    beta,
    binary,
    component,
    criterion,
    every_outcome,
    evidence,
    exnex,
    half_normal,
    hierarchical,
    independent,
    mixture,
    normal,
    pooled,
    table,
)
from scipy import stats

from trialdesign.analysis.build import Assembled, assemble
from trialdesign.analysis.models.arm_based import Separable
from trialdesign.analysis.models.model import expectations
from trialdesign.design.truths import is_effective, true_values
from trialdesign.probability.belief import Belief
from trialdesign.probability.grid import Grid
from trialdesign.simulation.exact.enumerate import enumerate_outcomes
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.simulation.trials.simulate import simulate

TAIL = 0.025
ROBUST = {"kind": "robust", "weight": 0.3, "vague": normal(0.0, 2.0)}
COHORT = [("SLE", 8, 8), ("IIM", 3, 3), ("SSc", 4, 4)]
EXCHANGEABLE = hierarchical(normal(0.0, 2.0), half_normal(1.0))
LEARNED = component(EXCHANGEABLE, evidence(COHORT, ROBUST))
ALONE = component(independent(normal(-1.0, 1.0)))
EFFECT = component(hierarchical(normal(0.0, 1.0), half_normal(0.5)))
PAST_CONTROLS = evidence([("SLE", 20, 6), ("SSc", 10, 1)], arm="control")
TWO = mixture([0.7, 0.3], [beta(2.0, 6.0), beta(1.0, 1.0)])

# name: model, treatment patients, control patients
SINGLE = {
    "hierarchical": ({"treatment": LEARNED}, (3, 2, 4), None),
    "exnex": (
        {"treatment": component(exnex(normal(0.0, 2.0), half_normal(1.0), normal(0.0, 2.0)))},
        (3, 2, 4),
        None,
    ),
    "pooled": ({"treatment": component(pooled(TWO), evidence(COHORT, ROBUST))}, (3, 2, 4), None),
    "independent": ({"treatment": component(independent(TWO))}, (3, 2, 4), None),
}
CONTROLLED = {
    "arm-wise": ({"control": ALONE, "treatment": LEARNED}, (3, 1, 2), (2, 1, 2)),
    "arm-wise, independent": (
        {"control": ALONE, "treatment": component(independent(TWO))},
        (3, 1, 2),
        (2, 1, 3),
    ),
    "arm-wise, controls borrow": (
        {
            "control": component(EXCHANGEABLE, PAST_CONTROLS),
            "treatment": component(independent(beta(1.0, 1.0))),
        },
        (3, 1, 2),
        (2, 1, 2),
    ),
    "contrast": ({"control": ALONE, "effect": EFFECT}, (2, 1, 2), (2, 2, 1)),
    "contrast, independent": (
        {"control": ALONE, "effect": component(independent(normal(0.0, 1.0)))},
        (2, 1, 2),
        (2, 2, 1),
    ),
}
MODELS = SINGLE | CONTROLLED
FOUR = {"four strata": ({"treatment": LEARNED}, (2, 1, 3, 2), None)}
TRUTH = {"SLE": 0.7, "IIM": 0.2, "SSc": 0.5, "D4": 0.4}
CONTROL_TRUTH = {"SLE": 0.1, "IIM": 0.2, "SSc": 0.3}


def design(name: str, order=None, **more):
    """Return a small design, its strata in any order."""
    model, treatment, control = (MODELS | FOUR)[name]
    order = order or STRATA[: len(treatment)]
    sizes = [dict(zip(STRATA, n)) if n else None for n in (treatment, control)]
    if control is None:
        decision = [criterion("response", 0.3, 0.7), criterion("response", 0.1, 0.9)]
        scenarios = [(TRUTH, None), (0.3, None)]
    else:
        decision = [criterion("difference", 0.1, 0.6), criterion("ratio", 1.2, 0.5)]
        scenarios = [(TRUTH, CONTROL_TRUTH), (0.3, 0.3)]
    treatment, control = ([n[s] for s in order] if n else None for n in sizes)
    scenarios = [
        tuple({s: rate[s] for s in order} if isinstance(rate, dict) else rate for rate in pair)
        for pair in scenarios
    ]
    return binary(model, treatment, control, decision, scenarios, order, **more)


def summed(design) -> dict:
    """Return the operating characteristics as sums over every joint outcome of all arms."""
    assembled, trials = assemble(design), every_outcome(design)
    first, strata, out = design.decision[0], range(len(design.strata)), {}
    rows = np.arange(len(trials[0]["treatment"]))
    for scenario in design.scenarios:
        chance, truths = np.ones(rows.size), np.array(true_values(design, scenario, first))
        for arm in design.arms:
            rates = getattr(scenario, arm)
            for s, stratum in enumerate(design.strata):
                rate = rates[stratum] if isinstance(rates, dict) else rates
                n, y = trials[s][arm].T
                chance = chance * stats.binom(n, rate).pmf(y)
        shares = [
            [*(assembled.holds(c) for c in design.decision), assembled.values(first),
             assembled.exceeds(first, truth)]
            for truth in truths
        ]  # fmt: skip
        model = assembled.model
        found = expectations(model, model.paired(trials, shares), rows)
        met = np.all([found[j] > c.probability for j, c in enumerate(design.decision)], axis=0)
        mean, above = found[-2], found[-1]
        covered = (above >= TAIL) & (above <= 1 - TAIL)
        works = is_effective(design, scenario)
        for s, stratum in enumerate(design.strata):
            quantities = {
                "power" if works[s] else "type_i_error": chance @ met[:, s],
                "bias": chance @ (mean[:, s] - truths[s]),
                "rmse": np.sqrt(chance @ (mean[:, s] - truths[s]) ** 2),
                "coverage": chance @ covered[:, s],
            }
            out |= {(scenario.name, stratum, name): v for name, v in quantities.items()}
        null = [s for s in strata if not works[s]]
        out[scenario.name, "any", "success"] = chance @ met.any(axis=1)
        out[scenario.name, "all", "success"] = chance @ met.all(axis=1)
        if null:
            out[scenario.name, "any", "family_wise_error"] = chance @ met[:, null].any(axis=1)
    return out


def enumeration_is_the_sum_over_every_outcome(name: str) -> None:
    """Factorised arms and shared tables give what the plain sum gives, every quantity."""
    stated = design(name)
    got = table(operating_characteristics(stated, method="exact"))
    want = summed(stated)
    assert set(want) == {key for key in got if key[2] != "expected_sample_size"}
    for key, value in want.items():
        assert abs(got[key] - value) < 1e-12, (key, got[key], value)


# Success is strictly above the threshold


def on_the_threshold(probability: float) -> Assembled:
    """A trial without patients whose posterior P(response > 0.5) is 3/4 to the last digit."""
    stated = binary(
        {"treatment": component(independent(normal(0.0, 1.0)))},
        0,
        None,
        [criterion("response", 0.5, probability)],
        [(0.5, None)],
        strata=1,
    )
    grid = Grid(np.array([-4.0, -1.0, 1.0, 4.0]))  # the cut at 0 leaves the outer panels whole
    mass = np.zeros((1, grid.n_nodes))
    mass[0, 3], mass[0, -3] = 0.25, 0.75
    belief = Belief(grid, np.ones(1), mass[None])
    return Assembled(stated, Separable(stated.endpoint, belief, None))


def _succeeds(probability: float, run) -> float:
    return run(on_the_threshold(probability))[0].success(0).value


def success_is_strict_when_enumerated() -> None:
    assert _succeeds(0.75, lambda trial: enumerate_outcomes([trial])) == 0
    assert _succeeds(np.nextafter(0.75, 0), lambda trial: enumerate_outcomes([trial])) == 1


def success_is_strict_when_simulated() -> None:
    def run(trial):
        return simulate(trial.design, [trial], 20, 1)

    assert _succeeds(0.75, run) == 0
    assert _succeeds(np.nextafter(0.75, 0), run) == 1
