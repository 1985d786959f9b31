"""Losses before infusion: who is analysed, with how many events and months, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from helpers import component, independent, looks_of, normal
from scipy.integrate import quad
from survival_designs import CURE, relapse, survival

from trialdesign.analysis.data.running_trial import Interim
from trialdesign.design.conduct.before_infusion import BeforeInfusion, Composite
from trialdesign.design.truths import true_values
from trialdesign.errors import SpecificationError
from trialdesign.probability.distributions.survival import Exponential, Weibull
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.timeline.event_counts import event_probability, scenario_counts
from trialdesign.timeline.predicted_counts import predicted_counts

pytestmark = pytest.mark.reference

COUNTED = ("excluded", "event", "censored")
HAZARD, DROPOUT, SPAN, CUT = 0.03, 0.01, 10.0, 22.0  # 60 patients, 6 a month, followed for 12
LOSSES = {"months": 1.5, "manufacturing_failure": 0.06, "death": 0.03}


def lossy(counted: str, truth=HAZARD, **more):
    losses = LOSSES | {"counted": counted}
    return relapse(
        60, None, [{"treatment": truth}], before_infusion=losses, dropout={"rate": DROPOUT}, **more
    )


def closed_form(counted: str) -> tuple[float, float]:
    """Return events and months of a patient under a constant hazard, averaged over the entry."""
    h, both, m = HAZARD, HAZARD + DROPOUT, LOSSES["months"]
    failure, death = LOSSES["manufacturing_failure"], LOSSES["death"]

    def to(end: float) -> float:  # expected months of somebody followed for so long at most
        return -np.expm1(-both * max(end, 0.0)) / both

    def patient(entry: float) -> tuple[float, float]:
        left = CUT - entry
        kept = 1 - failure - death
        if counted == "excluded":
            return kept * h * to(left - m), kept * to(left - m)
        dead = quad(lambda v: to(min(v, left)), 0, m)[0] / m
        months = kept * to(left) + failure * to(min(m, left)) + death * dead
        lost = failure * np.exp(-both * m) * (left >= m)
        lost += death * quad(lambda v: np.exp(-both * v) * (v <= left), 0, m)[0] / m
        return h * months + lost * (counted == "event"), months

    each = [quad(lambda e, i=i: patient(e)[i], 0, SPAN)[0] / SPAN for i in (0, 1)]
    return 60 * each[0], 60 * each[1]


@pytest.mark.parametrize("counted", COUNTED)
def test_events_and_months_are_those_of_the_closed_form(counted):
    design, n_trials = lossy(counted), 4000
    (seen,) = looks_of(design, 2, n_trials)
    events, months = closed_form(counted)
    found = seen.outcomes[0]["treatment"]
    for column, wanted in zip(found.T, (events, months)):
        assert abs(column.mean() - wanted) < 4 * column.std() / np.sqrt(n_trials)
    (row,) = scenario_counts(design, design.scenarios[0])(np.array([CUT]))
    assert row @ np.arange(row.size) == pytest.approx(events, rel=1e-8)


@pytest.mark.parametrize("counted", COUNTED)
@pytest.mark.parametrize("truth", [CURE, {"distribution": "weibull", "shape": 1.6, "median": 9}])
def test_counts_of_events_are_exact_under_any_curve(counted, truth):
    design, n_trials = lossy(counted, truth), 4000
    (seen,) = looks_of(design, 3, n_trials)
    (row,) = scenario_counts(design, design.scenarios[0])(np.array([CUT]))
    counts = np.arange(row.size)
    mean = row @ counts
    sd = np.sqrt(row @ counts**2 - mean**2)
    assert abs(seen.events.sum(axis=1).mean() - mean) < 4 * sd / np.sqrt(n_trials)
    k = int(mean)
    share = (seen.events.sum(axis=1) >= k).mean()
    assert abs(share - row[k:].sum()) < 4 * 0.5 / np.sqrt(n_trials)


def test_the_infused_alone_are_analysed_where_losses_are_excluded():
    (seen,) = looks_of(lossy("excluded"), 2, 4000)
    assert seen.entered.min() == 60
    share = 1 - LOSSES["manufacturing_failure"] - LOSSES["death"]
    error = np.sqrt(60 * share * (1 - share) / 4000)
    assert abs(seen.started.mean() - 60 * share) < 4 * error
    rows = operating_characteristics(lossy("excluded"), trials=300).rows
    assert any(row.quantity == "expected_analysed" and 50 < row.value < 59 for row in rows)


def test_who_is_not_infused_by_the_cut_is_not_analysed_yet():
    design = replace(lossy("excluded"), follow_up=0.0)  # cut in month 10: those who entered by 8.5
    (seen,) = looks_of(design, 2, 2000)
    assert abs(seen.started.mean() - 60 * 0.91 * 0.85) < 0.3


@pytest.mark.parametrize("counted", COUNTED[1:])
def test_no_losses_change_no_digit(counted):
    plain = replace(lossy(counted), before_infusion=None)
    none = replace(plain, before_infusion=BeforeInfusion(months=1.5, counted=counted))
    first, second = (looks_of(design, 2, 1000)[0].outcomes[0] for design in (plain, none))
    np.testing.assert_array_equal(first["treatment"], second["treatment"])


def test_controls_are_not_infused():
    design = relapse(
        40, 30, [{"control": 0.03, "treatment": 0.03}], before_infusion=LOSSES | {"counted": "event"}
    )
    plain = replace(design, before_infusion=None)
    first, second = (looks_of(each, 2, 1000)[0].outcomes[0] for each in (plain, design))
    np.testing.assert_array_equal(first["control"], second["control"])
    assert first["treatment"][:, 0].sum() < second["treatment"][:, 0].sum()


# What is true


@pytest.mark.parametrize(
    "curve", [Exponential(hazard=0.03), Weibull(shape=0.6, median=18.0, distribution="weibull")]
)
def test_a_composite_is_what_is_left_of_both(curve):
    both = Composite(curve, BeforeInfusion(**LOSSES, counted="event"))
    months = np.array([0.5, 1.2, 1.51, 8.0])
    left = np.array([1 - 0.03 * 0.5 / 1.5, 1 - 0.03 * 1.2 / 1.5, 0.91, 0.91])
    np.testing.assert_allclose(both.survival(months), curve.survival(months) * left, rtol=1e-12)
    np.testing.assert_allclose(both.time_at(both.survival(months)), months, rtol=1e-9)
    at_jump = (both.survival(np.array(1.4999999)) + both.survival(np.array(1.5))) / 2
    assert both.time_at(at_jump) == pytest.approx(1.5, abs=1e-6)
    area, _ = quad(lambda t: float(both.survival(np.array(t))), 0, 12, points=[1.5])
    assert both.restricted_mean(12.0) == pytest.approx(area, rel=1e-6)


def test_success_is_judged_by_the_composite_where_losses_are_events():
    truth = {"survival": 0.75, "at": 24}  # of patients with cells; 0.68 of all of them
    decision = [survival()]  # above 0.7
    values = {}
    for counted in COUNTED:
        design = lossy(counted, truth, decision=decision)
        (values[counted],) = true_values(design, design.scenarios[0], design.decision[0])
    assert values["excluded"] == values["censored"] == pytest.approx(0.75)
    assert values["event"] == pytest.approx(0.75 * 0.91)
    quantities = {
        counted: operating_characteristics(lossy(counted, truth, decision=decision), trials=50).rows[0]
        for counted in ("event", "excluded")
    }
    assert quantities["event"].quantity == "type_i_error" and quantities["excluded"].quantity == "power"


# Predictions


def test_a_tight_prior_predicts_what_its_hazard_gives():
    model = {"treatment": component(independent(normal(np.log(HAZARD), 0.001)))}
    design = lossy("excluded", model=model)
    months = np.array([8.0, CUT, 60.0])
    found = predicted_counts(design)(months)
    wanted = scenario_counts(design, design.scenarios[0])(months)
    np.testing.assert_allclose(np.cumsum(found, axis=1), np.cumsum(wanted, axis=1), atol=2e-3)


@pytest.mark.parametrize("counted", COUNTED[1:])
def test_other_predictions_are_refused(counted):
    with pytest.raises(SpecificationError, match="count losses as excluded"):
        predicted_counts(lossy(counted))
    with pytest.raises(SpecificationError, match="running trial's data"):
        predicted_counts(lossy("excluded"), Interim.before(lossy("excluded")))


def test_probability_of_an_event_by_direct_integration():
    design = lossy("censored", CURE)
    conduct, month = design.conduct(), 9.0
    (curve,) = design.truths(design.scenarios[0], "treatment")
    before = design.before_infusion

    def density(t: float) -> float:
        return 0.4 * np.log(2) / 6 * 0.5 ** (t / 6)

    def seen(entry: float) -> float:
        inner = lambda t: density(t) * np.exp(-DROPOUT * t) * float(before.unlost(np.array(t)))
        return quad(inner, 0, month - entry, points=[min(1.5, month - entry)])[0]

    want = quad(seen, 0, month, points=[7.5])[0] / SPAN
    (found,) = event_probability(curve, conduct, 0, np.array([month]), before)
    assert found == pytest.approx(want, rel=1e-7)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"months": 0}, "greater than or equal to 0.000001"),
        ({"death": 1.2}, "less than or equal to 1"),
        ({"death": 0.5, "manufacturing_failure": 0.5}, "must sum to less than 1"),
        ({"counted": "ignored"}, "'excluded', 'event' or 'censored'"),
    ],
)
def test_losses_that_cannot_be(change, words):
    with pytest.raises(ValueError, match=words):
        relapse(20, None, before_infusion=LOSSES | {"counted": "event"} | change)
