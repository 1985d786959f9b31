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
from scipy import stats

from trialdesign import load_design, operating_characteristics
from trialdesign.design.design import Design, Scenario
from trialdesign.probability.axis import Resolution
from trialdesign.simulation.enumerate import _enumerate_group
from trialdesign.simulation.probes import accurate_groups

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
        n = self.design.sizes(arm)[s]
        return stats.binom(n, rate).pmf(np.arange(n + 1))

    def _fails(self, part: int, s: int, control: float | None) -> np.ndarray:
        """Return the probability of no success in a stratum given the outcomes that are shared."""
        own = self.parts[part]
        met = own.met[s]
        index = self.design.strata.index(own.names[s])
        n_control = 1 if control is None else self.design.sizes("control")[index] + 1
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
