"""What the shipped designs say of their own error and power is what they do.

Each says under which truths its worst error was found: the fast tests look at those, the slow ones
search the truths that its comments name, one stratum after the other, until no change raises the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats

from trialdesign import load_design, operating_characteristics, without_borrowing
from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.endpoints.time_to_event.exponential import Exponential
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.exact.enumerate import _enumerate_group
from trialdesign.simulation.trials.probes import accurate_groups

pytestmark = pytest.mark.reference

STATED = 6e-4  # half of the last digit of what the comments state, and a little


def truth(design: Design, control, treatment) -> Scenario:
    """Return a truth from rates in the order of the strata."""
    by_stratum = dict(zip(design.strata, treatment))
    controls = None if control is None else dict(zip(design.strata, control))
    return Scenario(name="asked", control=controls, treatment=by_stratum)


def found(design: Design, control, treatment, **method) -> dict[tuple[str, str], float]:
    """Return each quantity of each stratum under one truth."""
    one = replace(design, scenarios=[truth(design, control, treatment)])
    rows = operating_characteristics(one, **method).rows
    return {(row.stratum, row.quantity): row.value for row in rows}


def family_wise(design: Design, control, treatment, **method) -> float:
    return found(design, control, treatment, **method)["any", "family_wise_error"]


def power(design: Design, control, treatment, **method) -> list[float]:
    every = found(design, control, treatment, **method)
    return [every[stratum, "power"] for stratum in design.strata]


def with_threshold(design: Design, probability: float) -> Design:
    (criterion,) = design.decision
    return replace(design, decision=[replace(criterion, probability=probability)])


class Errors:
    """The family-wise error of an enumerated design under any truth: the decisions at each outcome are
    computed once, their probabilities by scipy."""

    def __init__(self, design: Design):
        self.design, self.margin = design, design.decision[0].greater_than
        one = replace(design, scenarios=design.scenarios[:1])
        groups, _ = accurate_groups(one, replace(Resolution(), sharp_truths=True), 1e-5, 1)
        self.parts = [part for group in groups for part in _enumerate_group(group, lambda done: None)]
        self.chances = lru_cache(maxsize=None)(self._chances)
        self.fails = lru_cache(maxsize=400)(self._fails)

    def _chances(self, arm: str, s: int, rate: float) -> np.ndarray:
        n = self.design.arms[arm].sizes[s]
        return stats.binom(n, rate).pmf(np.arange(n + 1))

    def _fails(self, part: int, s: int, control: float | None) -> np.ndarray:
        """Return the probability of no success in a stratum given the outcomes that are shared."""
        own = self.parts[part]
        met = own.met[s]
        index = self.design.strata.index(own.names[s])
        n_control = 1 if control is None else self.design.arms["control"].sizes[index] + 1
        if met.shape[-1] == n_control > 1:
            return 1 - met @ self.chances("control", index, control)
        return 1 - met[..., 0].astype(float)

    def of(self, rates: Sequence[tuple[float | None, float]]) -> float:
        """Return the family-wise error under (control, treatment) of each stratum."""
        none = 1.0
        for number, part in enumerate(self.parts):
            product, shared = np.ones(1), []
            for s, name in enumerate(part.names):
                index = self.design.strata.index(name)
                control, treatment = rates[index]
                chances = self.chances("treatment", index, treatment)
                if part.shared[s].size != chances.size:  # a stratum alone: both arms are shared
                    both = self.chances("control", index, control)
                    chances = np.multiply.outer(both, chances).ravel()
                shared.append(chances)
                if treatment - (control or 0.0) <= self.margin + 1e-9:
                    product = product * self.fails(number, s, control)
            product = np.broadcast_to(product, [chances.size for chances in shared])
            for chances in reversed(shared):
                product = product @ chances
            none *= float(product)
        return 1 - none

    def worst(self, starts, choices) -> tuple[float, list]:
        """Return the largest error and its truth, over ``choices`` of each stratum's pair of rates."""
        best = (0.0, [])
        for start in starts:
            error, rates, before = self.of(start), list(start), -1.0
            while error > before + 1e-7:
                before = error
                for s in range(len(rates)):
                    for pair in choices:
                        other = [*rates[:s], pair, *rates[s + 1 :]]
                        if (value := self.of(other)) > error:
                            error, rates = value, other
            best = max(best, (error, rates), key=lambda each: each[0])
        return best


def pairs(controls: Sequence[float], margin: float) -> list[tuple[float, float]]:
    """Return control rates with treatment at the margin, a little or clearly below it, and better."""
    return [
        (round(float(c), 4), round(float(t), 4))
        for c in controls
        for t in (c + margin, c + margin - 0.05, c + margin - 0.1, c + margin + 0.1, 0.9, 1.0)
        if 0 <= t <= 1
    ]


@cache
def errors(name: str, threshold: float | None = None, weight: float | None = None) -> Errors:
    """Return the errors of a shipped design, or of it with another threshold or vague weight."""
    design = load_design(name)
    if threshold is not None:
        design = with_threshold(design, threshold)
    if weight is not None:
        design = with_vague_weight(design, weight)
    return Errors(design)


def with_vague_weight(design: Design, weight: float) -> Design:
    """Return the design with that weight of the vague component of its controls; 1: no evidence."""
    (use,) = design.model.control.evidence
    use = replace(use, discount=replace(use.discount, weight=weight))
    control = replace(design.model.control, evidence=[use])
    return replace(design, model=replace(design.model, control=control))


THREE = ("cart-three-diseases", "cart-three-diseases-no-borrowing")
CONTROLS = np.arange(2, 51) / 100  # of the search; the comments name them
HIGH = np.arange(50, 81) / 100
STARTS = (
    [(0.3, 0.5)] * 3,
    [(0.48, 0.68)] * 3,
    [(0.1, 0.3), (0.3, 0.5), (0.45, 0.65)],
    [(0.3, 0.9), (0.3, 0.5), (0.3, 0.5)],
    [(0.3, 0.9), (0.3, 0.9), (0.3, 0.5)],
    [(0.5, 0.5), (0.2, 0.4), (0.5, 1.0)],
)


@pytest.mark.slow
def test_the_search_computes_what_power_prints():
    """Partial nulls, unequal controls, with and without strata that inform each other."""
    for name in THREE:
        design = load_design(name)
        rates = [(0.3, 0.5), (0.2, 0.7), (0.45, 0.6)]
        control, treatment = zip(*rates)
        assert errors(name).of(rates) == pytest.approx(family_wise(design, control, treatment), abs=1e-9)


def test_three_diseases_state_their_family_wise_error():
    asked = {c: errors(THREE[0]).of([(c, c + 0.2)] * 3) for c in (0.1, 0.3, 0.5)}
    assert asked == pytest.approx({0.1: 0.020, 0.3: 0.041, 0.5: 0.047}, abs=STATED)
    own = errors(THREE[1]).of([(0.26, 0.46), (0.38, 0.58), (0.38, 0.58)])
    assert own == pytest.approx(0.033, abs=STATED)


def test_priors_that_trust_the_controls_would_raise_the_error_of_three_diseases():
    design = load_design(THREE[0])
    priors = {
        stratum: design.model.control.strata.prior.__class__(dist="Normal", mu=-2.0, sigma=sigma)
        for stratum, sigma in zip(design.strata, (0.8, 1.0, 1.5))
    }
    strata = replace(design.model.control.strata, prior=priors)
    control = replace(design.model.control, strata=strata)
    trusting = Errors(replace(design, model=replace(design.model, control=control)))
    asked = {c: trusting.of([(c, c + 0.2)] * 3) for c in (0.3, 0.5)}
    assert asked == pytest.approx({0.3: 0.08, 0.5: 0.17}, abs=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "worst"), [(THREE[0], 0.047), (THREE[1], 0.033)])
def test_no_truth_of_the_search_has_a_larger_error_than_three_diseases_state(name, worst):
    found, at = errors(name).worst(STARTS, pairs(CONTROLS, 0.2))
    assert found == pytest.approx(worst, abs=STATED), at
    beyond, at = errors(name).worst([[(0.6, 0.8)] * 3, [(0.5, 0.9)] * 3], pairs(HIGH, 0.2))
    assert beyond < worst + STATED, at


@pytest.mark.slow
def test_at_an_equal_error_borrowing_buys_three_diseases_next_to_no_power():
    borrowing = load_design(THREE[0])
    alone = with_threshold(load_design(THREE[1]), 0.985)
    found, at = errors(THREE[1], 0.985).worst(STARTS, pairs(CONTROLS, 0.2))
    assert found == pytest.approx(0.049, abs=STATED), at
    works = [0.1] * 3, [0.7] * 3
    assert power(borrowing, *works) == pytest.approx([0.90, 0.80, 0.80], abs=6e-3)
    assert power(alone, *works) == pytest.approx([0.91, 0.81, 0.81], abs=6e-3)


def test_the_single_arm_design_states_its_errors():
    own = errors("cart-single-arm")
    assert own.of([(None, 0.4)] * 3) == pytest.approx(0.022, abs=STATED)
    assert own.of([(None, 0.78), (None, 0.4), (None, 0.8)]) == pytest.approx(0.021, abs=STATED)


@pytest.mark.slow
def test_no_response_rates_have_a_larger_error_than_the_single_arm_design_states():
    rates = [(None, round(i / 50, 2)) for i in range(1, 51)]
    null, works, low = (None, 0.4), (None, 0.9), (None, 0.1)
    starts = [
        [null, null, null], [null, null, works], [null, works, null], [works, null, null],
        [null, works, works], [works, null, works], [works, works, null], [low, null, works],
    ]  # fmt: skip
    found, at = errors("cart-single-arm").worst(starts, rates)
    assert found == pytest.approx(0.022, abs=STATED), at
    single = [[each for each in start] for start in starts if start.count(null) == 1]
    responding = [pair for pair in rates if pair[1] > 0.4]
    for start in single:  # one null stratum stays at the reference
        (s,) = [s for s, pair in enumerate(start) if pair[1] <= 0.4] if low not in start else (1,)
        largest = max(
            errors("cart-single-arm").of([*others[:s], null, *others[s:]])
            for others in ([a, b] for a in responding for b in responding)
        )
        assert largest < 0.0215


LUPUS = "lupus-sri4-historical-control"


def test_the_lupus_design_states_its_type_i_error_at_every_placebo_rate():
    by_rate = {c: errors(LUPUS).of([(c, c)]) for c in np.arange(1, 100) / 100}
    assert max(by_rate, key=by_rate.__getitem__) == 0.64
    assert by_rate[0.64] == pytest.approx(0.022, abs=STATED)
    assert by_rate[0.46] == pytest.approx(0.003, abs=STATED)


def test_at_an_equal_error_the_six_placebo_arms_buy_next_to_no_power():
    alone = errors(LUPUS, 0.978, 1.0)
    assert max(alone.of([(c, c)]) for c in np.arange(1, 100) / 100) == pytest.approx(0.024, abs=STATED)
    assert power(alone.design, [0.46], [0.7]) == pytest.approx([0.83], abs=6e-3)
    assert power(load_design(LUPUS), [0.46], [0.7]) == pytest.approx([0.83], abs=6e-3)


def simulated(name: str, truths: Sequence[tuple], trials: int, **changes) -> list[float]:
    """Return the simulated family-wise error under each truth: control and treatment of all strata."""
    design = replace(load_design(name), **changes)
    scenarios = TypeAdapter(list[Scenario]).validate_python(
        [
            {"name": str(i), "treatment": treatment, "control": control}
            for i, (control, treatment) in enumerate(truths)
        ]
    )
    rows = operating_characteristics(
        replace(design, scenarios=scenarios), trials=trials, seed=20261128
    ).rows
    return [row.value for row in rows if row.quantity == "family_wise_error"]


def standard_errors(rate: float, trials: int, times: float = 4.0) -> float:
    """Return so many Monte Carlo standard errors, and half of the last digit of what is stated."""
    return times * float(np.sqrt(rate * (1 - rate) / trials)) + 5e-4


RITUXIMAB = "cart-against-rituximab"
ONE_WORKS = {"SLE": 0.8, "IIM": 0.5, "SSc": 0.5}


@pytest.mark.slow
def test_the_comparison_with_rituximab_states_its_errors_and_what_borrowing_does():
    high = {"SLE": 0.9, "IIM": 0.7, "SSc": 0.7}
    own = simulated(RITUXIMAB, [(0.5, ONE_WORKS), (0.7, high)], 40_000)
    assert own[0] == pytest.approx(0.025, abs=standard_errors(0.025, 40_000))
    assert own[1] == pytest.approx(0.029, abs=standard_errors(0.029, 40_000))
    design = load_design(RITUXIMAB)
    two_work = found(design, [0.5] * 3, [0.8, 0.5, 0.8])
    assert two_work["IIM", "type_i_error"] == pytest.approx(0.021, abs=standard_errors(0.021, 10_000))
    alone = without_borrowing(design)
    gain = np.subtract(*(power(each, [0.3] * 3, [0.6] * 3) for each in (design, alone)))
    assert gain == pytest.approx([0.07, 0.11, 0.11], abs=0.02)
    one = found(design, [0.3] * 3, [0.6, 0.3, 0.3])
    assert one["SLE", "power"] == pytest.approx(0.73, abs=0.02)
    price = found(alone, [0.3] * 3, [0.6, 0.3, 0.3])["SLE", "power"] - one["SLE", "power"]
    assert price == pytest.approx(0.04, abs=0.02)
    assert one["SLE", "coverage"] == pytest.approx(0.94, abs=0.01)


@pytest.mark.slow
def test_the_comparison_with_rituximab_has_no_larger_error_up_to_one_half():
    rates, truths = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5), []
    for c in rates:
        truths.append((c, c))
        truths += [(c, {"SLE": c + d, "IIM": c, "SSc": c}) for d in (0.2, 0.3)]
        truths.append((c, {"SLE": c, "IIM": c + 0.3, "SSc": c + 0.3}))
    assert max(simulated(RITUXIMAB, truths, 5000)) < 0.026 + standard_errors(0.026, 5000, 3)


SINGLE = "cart-durability-single-arm"
MARGIN = {"survival": 0.7, "at": 24}


def piecewise(cuts: Sequence[float], ratios: Sequence[float], survival: float = 0.7) -> dict:
    """Return hazards in those ratios with that survival, or a little less, at month 24."""
    ends = [0.0, *[cut for cut in cuts if cut < 24], 24.0]
    spent = sum(months * ratio for months, ratio in zip(np.diff(ends), ratios))
    hazards = [round(-np.log(survival) / spent * ratio + 5e-8, 7) for ratio in ratios]
    return {"distribution": "piecewise", "cuts": list(cuts), "hazards": hazards}


PLATEAU = piecewise([24], [1, 0.001])
LATE_THEN_NONE = piecewise([12, 24], [1, 9, 0.01])


@pytest.mark.slow
def test_the_single_arm_of_durability_states_its_errors():
    own = simulated(SINGLE, [(None, MARGIN), (None, LATE_THEN_NONE)], 20_000)
    assert own[0] == pytest.approx(0.018, abs=standard_errors(0.018, 20_000))
    assert own[1] == pytest.approx(0.049, abs=standard_errors(0.049, 20_000))
    constant = TypeAdapter(Exponential).validate_python(
        {"kind": "time_to_event", "name": "relapse", "distribution": "exponential"}
    )
    (misled,) = simulated(SINGLE, [(None, PLATEAU)], 5000, endpoint=constant)
    assert misled == pytest.approx(0.14, abs=standard_errors(0.14, 5000))


@pytest.mark.slow
def test_no_shape_of_the_search_has_a_larger_error_than_the_single_arm_of_durability_states():
    shapes = [
        piecewise([12], [1, 3]), piecewise([12], [1, 9]), piecewise([18], [1, 9]),
        piecewise([6], [9, 1]), piecewise([3], [9, 1]), piecewise([24], [1, 5]),
        PLATEAU, piecewise([12, 24], [1, 3, 0.01]),
        {"distribution": "cure", "cured": 0.68, "uncured": {"median": 6}},
    ]  # fmt: skip
    lasts = {"survival": 0.9, "at": 24}
    mixed = [{"SLE": lasts, "IIM": shape, "SSc": shape} for shape in shapes[:3]]
    own = simulated(SINGLE, [(None, shape) for shape in [*shapes, *mixed]], 4000)
    assert len(own) == len(shapes) + len(mixed)  # all are null
    assert max(own) < 0.049 + standard_errors(0.049, 4000, 2)


CONTROLLED = "cart-durability"


def cure(cured: float, median: float) -> dict:
    return {"distribution": "cure", "cured": cured, "uncured": {"median": median}}


@pytest.mark.slow
def test_the_controlled_trial_of_durability_states_its_error_at_constant_hazards():
    unequal = {"SLE": 0.016, "IIM": 0.004, "SSc": 0.03}
    works = {"SLE": 0.006, "IIM": 0.03, "SSc": 0.006}
    truths = [(each, each) for each in (0.004, 0.016, 0.03, 0.1, unequal)]
    own = simulated(CONTROLLED, [*truths, (0.03, works)], 4000)
    assert max(own) < 0.016 + standard_errors(0.016, 4000)
    assert max(own) > 0.01  # that it is stated of an error, not of nothing


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cured", "median", "stated"),
    [(0.6, 3, 0.050), (0.6, 6, 0.037), (0.6, 1, 0.069), (0.3, 3, 0.116)],
)
def test_the_controlled_trial_of_durability_states_its_error_where_relapses_come_early(
    cured, median, stated
):
    both = cure(cured, median)
    (own,) = simulated(CONTROLLED, [(both, both)], 5000)
    assert own == pytest.approx(stated, abs=standard_errors(stated, 5000))
