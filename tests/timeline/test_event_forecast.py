"""Dates of events: exact distributions against simulation, quadrature and closed forms.

Here, too, are tested: trialdesign.timeline.milestones, trialdesign.probability.distributions.truth.
"""

import numpy as np
import pytest
from helpers import component, half_normal, hierarchical, independent, normal, outcomes_of
from scipy import stats
from scipy.integrate import quad
from survival_designs import CROSSING, CURE, relapse

from trialdesign.analysis.data.running_trial import Interim
from trialdesign.probability.resolution import PREDICTED, Resolution
from trialdesign.sizing.closed_forms import event_probability as lachin_foulkes_probability
from trialdesign.timeline.event_counts import (
    event_probability,
    last_of,
    planned_entry,
    reached,
    scenario_counts,
)
from trialdesign.timeline.forecast import forecast_events
from trialdesign.timeline.long_term_safety import long_term_safety
from trialdesign.timeline.predicted_counts import interpolated, predicted_counts

pytestmark = pytest.mark.reference

TRUTHS = {
    "exponential": 0.03,
    "crossing": CROSSING,
    "cure": CURE,
    "falling weibull": {"distribution": "weibull", "shape": 0.6, "median": 18},
}
PERIODS = [{"from": 1, "rate": 2}, {"from": 5, "rate": 12}]


def two_arms(truth, **more):
    scenario = {"control": 0.02, "treatment": truth}
    return relapse(60, 30, [scenario], strata=3, **{"dropout": {"rate": 0.02}, **more})


@pytest.mark.parametrize("accrual", [{"rate": 6}, PERIODS], ids=["even", "periods"])
@pytest.mark.parametrize("truth", TRUTHS)
def test_exact_counts_agree_with_simulated_trials(truth, accrual):
    design = two_arms(TRUTHS[truth], accrual=accrual)
    n_trials = 4000
    drawn = outcomes_of(design, 1, n_trials)
    events = sum(own[arm][:, 0] for own in drawn for arm in own)
    (row,) = scenario_counts(design, design.scenarios[0])(np.array([design.conduct().cut]))
    counts = np.arange(row.size)
    mean = row @ counts
    sd = np.sqrt(row @ counts**2 - mean**2)
    assert row.sum() == pytest.approx(1, abs=1e-12)
    assert abs(events.mean() - mean) < 4 * sd / np.sqrt(n_trials)
    for k in np.quantile(events, [0.05, 0.3, 0.7, 0.95]).astype(int):
        exact, share = row[k:].sum(), (events >= k).mean()
        assert abs(share - exact) < 4 * np.sqrt(exact * (1 - exact) / n_trials)


def test_probability_of_an_event_is_lachin_and_foulkes():
    design = relapse(90, None, [{"treatment": 0.03}], dropout={"rate": 0.01})
    conduct = design.conduct()
    (curve,) = design.truths(design.scenarios[0], "treatment")
    (found,) = event_probability(curve, conduct, 0, np.array([conduct.cut]))
    assert found == pytest.approx(lachin_foulkes_probability(0.03, 15, 12, 0.01), abs=1e-9)


@pytest.mark.parametrize("truth", TRUTHS)
def test_probability_of_an_event_by_direct_integration(truth):
    design = two_arms(TRUTHS[truth], accrual=PERIODS, dropout={"rate": 0.0})
    conduct, month = design.conduct(), 9.0
    curve = design.truths(design.scenarios[0], "treatment")[1]

    def seen(share: float) -> float:
        since = max(month - float(conduct.entry(1, np.array(share))), 0.0)
        return 1 - float(curve.survival(np.array(since)))

    bends = [k / 90 for k in (2 * 4 / 3, (8 + 12 * 4) / 3)]  # a third of the patients are of the stratum
    want, _ = quad(seen, 0, 1, points=bends, limit=200, epsabs=1e-10)
    (found,) = event_probability(curve, conduct, 1, np.array([month]))
    assert found == pytest.approx(want, abs=1e-7)


def test_date_of_the_first_event_without_censoring_is_closed_form():
    design = relapse(20, None, [{"treatment": 0.01}], accrual={"rate": 1e9})
    counts = scenario_counts(design, design.scenarios[0])
    months = np.array([1.0, 5.0, 20.0])
    np.testing.assert_allclose(reached(counts, [1], months)[:, 0], 1 - np.exp(-0.2 * months), atol=1e-6)
    first = forecast_events(design, [1]).milestones[0]
    assert first.mean == pytest.approx(5.0, rel=1e-4)
    assert first.quantiles[2] == pytest.approx(5 * np.log(2), rel=1e-4)


def test_an_event_that_may_never_come_has_no_mean_and_no_late_quantile():
    design = relapse(50, None, [{"treatment": CURE}])
    event = forecast_events(design, [20]).milestones[0]
    assert event.mean == np.inf
    assert np.isfinite(event.quantiles[0]) and event.quantiles[-1] == np.inf


def test_last_patient_is_the_latest_of_all_strata():
    design = two_arms(0.02, accrual=PERIODS)
    conduct = design.conduct()
    by = last_of([planned_entry(conduct, s) for s in range(3)])
    rng = np.random.default_rng(1)
    entries = [conduct.entry(s, rng.random((5000, 90))).max(axis=1) for s in range(3)]
    last = np.max(entries, axis=0)
    for month in np.quantile(last, [0.1, 0.5, 0.9]):
        assert by(np.array([month]))[0, 0] == pytest.approx((last <= month).mean(), abs=0.03)


# Averaged over the prior, and over the posterior of a running trial


def test_prior_prediction_is_the_binomial_averaged_over_the_hazard():
    prior = {"treatment": component(independent(normal(-4.0, 0.8)))}
    design = relapse(30, None, model=prior, dropout={"rate": 0.01})
    month = 14.0
    counts = predicted_counts(design)(np.array([month]))[0]

    def chance(x: float) -> float:
        both = np.exp(x) + 0.01

        def seen(entry: float) -> float:
            return np.exp(x) / both * -np.expm1(-both * (month - entry)) / 5

        return quad(seen, 0, 5)[0]

    for k in (0, 1, 5, 12):
        want, _ = quad(
            lambda x, k=k: stats.norm.pdf(x, -4, 0.8) * stats.binom.pmf(k, 30, chance(x)),
            -9,
            1,
            limit=200,
        )
        assert counts[k] == pytest.approx(want, abs=2e-5)


def interim(design, month, entered, at_risk, events, exposure) -> Interim:
    as_arrays = lambda values: {"treatment": np.array(values)}
    parts = map(as_arrays, (entered, at_risk, events, exposure))
    return Interim(month, *parts)


def test_posterior_prediction_is_conditional_on_the_data_so_far():
    # 3 events in 90 months, 12 at risk, 10 yet to enter over the next 10 / 6 months; no dropout
    prior = {"treatment": component(independent(normal(-4.0, 0.8)))}
    design = relapse(30, None, model=prior)
    known = interim(design, 8.0, [20], [12], [3], [90.0])
    month = 20.0
    counts = predicted_counts(design, known)(np.array([month]))[0]
    coming = 10 / 6

    def weight(x: float) -> float:
        return stats.norm.pdf(x, -4, 0.8) * np.exp(3 * x - 90 * np.exp(x) + 12)

    def given(x: float, k: int) -> float:
        hazard = np.exp(x)
        stays = -np.expm1(-hazard * 12)
        enters = 1 - np.exp(-hazard * 12) * np.expm1(hazard * coming) / (hazard * coming)
        both = np.convolve(stats.binom.pmf(range(13), 12, stays), stats.binom.pmf(range(11), 10, enters))
        return weight(x) * both[k - 3]

    total, _ = quad(weight, -9, 1, limit=200)
    assert counts[:3].max() < 1e-9
    for k in (3, 6, 10):
        want, _ = quad(given, -9, 1, args=(k,), limit=200)
        assert counts[k] == pytest.approx(want / total, abs=2e-5)


def test_predictions_do_not_depend_on_the_grid():
    model = {"treatment": component(hierarchical(normal(-4.0, 1.0), half_normal(0.5)))}
    design = relapse(40, None, model=model, strata=2, dropout={"rate": 0.01})
    known = interim(design, 10.0, [35, 30], [10, 18], [22, 9], [310.0, 330.0])
    months = np.array([12.0, 20.0, 40.0])
    coarse, fine = (
        np.cumsum(predicted_counts(design, known, resolution)(months), axis=1)
        for resolution in (PREDICTED, Resolution(panel=6.0, widest=4.0, scale_nodes=16))
    )
    np.testing.assert_allclose(coarse, fine, atol=1e-4)


MODELS = {
    "arm-wise": {
        "control": component(independent(normal(-4.0, 0.6))),
        "treatment": component(hierarchical(normal(-4.5, 0.8), half_normal(0.4))),
    },
    "contrast": {
        "control": component(independent(normal(-4.0, 0.6))),
        "effect": component(hierarchical(normal(-0.5, 0.5), half_normal(0.3))),
    },
}


@pytest.mark.parametrize("kind", MODELS)
def test_borrowing_prior_predicts_what_is_drawn_from_it(kind):
    design = relapse(12, 8, model=MODELS[kind], strata=2, accrual={"rate": 10})
    rng, n_draws, month = np.random.default_rng(3), 20_000, 15.0
    control = rng.normal(-4.0, 0.6, (n_draws, 2))
    centre, spread, sd = (-4.5, 0.8, 0.4) if kind == "arm-wise" else (-0.5, 0.5, 0.3)
    mean, scatter = rng.normal(centre, spread, (n_draws, 1)), np.abs(rng.normal(0, sd, (n_draws, 1)))
    own = mean + scatter * rng.standard_normal((n_draws, 2))
    hazards = [(8, control), (12, own if kind == "arm-wise" else control + own)]
    entry_span, total = 4.0, np.zeros(n_draws, int)
    for n, x in hazards:
        entry = entry_span * rng.random((n_draws, 2, n))
        months = rng.standard_exponential((n_draws, 2, n)) / np.exp(x)[..., None]
        total += (entry + months <= month).sum(axis=(1, 2))
    row = predicted_counts(design)(np.array([month]))[0]
    for k in (2, 5, 10, 20):
        exact = row[k:].sum()
        assert abs((total >= k).mean() - exact) < 4 * np.sqrt(exact * (1 - exact) / n_draws)


def test_interpolated_counts_are_probabilities():
    months = np.linspace(0, 30, 121)
    table = np.array([stats.binom.pmf(range(41), 40, -np.expm1(-0.05 * month)) for month in months])
    found = interpolated(months, table)(np.array([1.1, 7.7, 29.0]))
    want = [stats.binom.pmf(range(41), 40, -np.expm1(-0.05 * month)) for month in (1.1, 7.7, 29.0)]
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(np.cumsum(found, axis=1), np.cumsum(want, axis=1), atol=1e-3)


# Long-term safety


def test_no_event_among_all_has_the_stated_probability_at_the_upper_bound():
    found = long_term_safety(180, rate=0.001, years=15, loss=0.03)
    both = found.upper_rate + 0.03
    risk = found.upper_rate / both * -np.expm1(-both * 15)
    assert (1 - risk) ** 180 == pytest.approx(0.05, rel=1e-9)
    assert found.patient_years == pytest.approx(180 * -np.expm1(-0.45) / 0.03)


def test_rare_events_are_seen_as_often_as_simulation_says():
    rng, n_trials = np.random.default_rng(1), 4000
    event = rng.exponential(1 / 0.001, (n_trials, 180))
    lost = np.minimum(rng.exponential(1 / 0.03, (n_trials, 180)), 15)
    share = (event <= lost).any(axis=1).mean()
    chance = long_term_safety(180, rate=0.001, years=15, loss=0.03).chance
    assert abs(share - chance) < 4 * np.sqrt(chance * (1 - chance) / n_trials)


def test_patients_needed_is_the_smallest_that_sees_one():
    found = long_term_safety(100, rate=0.001, years=15)
    enough = long_term_safety(found.patients_needed, rate=0.001, years=15)
    fewer = long_term_safety(found.patients_needed - 1, rate=0.001, years=15)
    assert fewer.chance < 0.95 <= enough.chance
