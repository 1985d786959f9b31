"""Time to event against independent programs, closed forms and direct integration."""

import numpy as np
import pytest
from helpers import component, half_normal, hierarchical, independent, normal, reference
from scipy import stats
from scipy.integrate import quad
from survival_designs import CROSSING, CURE, hazard_ratio, relapse, survival

from trialdesign.analysis.build import assemble
from trialdesign.design.truths import true_values
from trialdesign.probability.distributions.survival import Cure, Exponential, Piecewise, Weibull
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.sizing.closed_forms import (
    lachin_foulkes_patients,
    patients_for_events,
    schoenfeld_events,
)

pytestmark = pytest.mark.reference

CASES = reference("survival_posteriors")["results"]
TOLERANCE = 2e-5
HAZARDS = np.log(2) / 12, np.log(2) / 24  # control, treatment: hazard ratio 0.5

CURVES = {
    "exponential": Exponential(hazard=0.03),
    "median": Exponential(median=12.0),
    "milestone": Exponential(survival=0.8, at=24.0),
    "rising weibull": Weibull(shape=1.7, median=18.0, distribution="weibull"),
    "falling weibull": Weibull(shape=0.6, survival=0.7, at=12.0, distribution="weibull"),
    "crossing": Piecewise(**CROSSING),
    "waning": Piecewise(cuts=[12.0, 24.0], hazards=[0.005, 0.02, 0.04], distribution="piecewise"),
    "cure": Cure(cured=0.6, uncured=Exponential(median=6.0), distribution="cure"),
    "cure, weibull": Cure(
        cured=0.3, uncured=Weibull(shape=2.0, median=8.0, distribution="weibull"), distribution="cure"
    ),
}


@pytest.fixture(scope="module")
def contrast():
    """Return the model of the reference posteriors."""
    model = {
        "control": component(independent(normal(np.log(0.05), 1.0))),
        "effect": component(hierarchical(normal(0.0, 1.0), half_normal(0.5))),
    }
    decision = [hazard_ratio(), hazard_ratio(0.8, 0.5)]
    return assemble(relapse(30, 30, model=model, decision=decision, strata=3))


@pytest.mark.parametrize("case", CASES)
def test_contrast_posteriors_of_exponential_survival(contrast, case):
    pairs = zip(case["et"], case["tt"], case["ec"], case["tc"])
    outcomes = [
        {"treatment": np.array([[et, tt]]), "control": np.array([[ec, tc]])} for et, tt, ec, tc in pairs
    ]
    masses, effect = contrast.model.joint(outcomes), contrast.model.focus.grid.nodes
    shares = [contrast.holds(criterion) for criterion in contrast.design.decision]
    for mass, want in zip(masses, case["basket"]):
        own = mass.sum(axis=1)
        mean = own @ effect
        found = [mean, np.sqrt(own @ (effect - mean) ** 2), *((mass * share).sum() for share in shares)]
        expected = [want[key] for key in ("delta_mean", "delta_sd", "P_delta_lt0", "P_HR_lt_0_8")]
        np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)


# The formulas that everyone knows, as limits


def test_schoenfeld_and_lachin_foulkes_sizes():
    events = schoenfeld_events(0.5)
    assert events == pytest.approx(87.479, abs=5e-4)
    assert patients_for_events(events, HAZARDS, 24, 12) == pytest.approx(143.476, abs=5e-4)
    assert schoenfeld_events(0.8) == pytest.approx(844, abs=1)
    # by hand, 0.3 against 0.2 a year, all followed to the event: v0 = 4 * 0.25^2, v1 = 2 (0.3^2 + 0.2^2)
    complete = lachin_foulkes_patients((0.3, 0.2), 1e-6, 1e6, alpha=0.05)
    by_hand = (stats.norm.ppf(0.95) * 0.5 + stats.norm.ppf(0.9) * np.sqrt(0.26)) ** 2 / 0.01
    assert complete == pytest.approx(by_hand, rel=1e-6)
    # half of the patients have the event, in either arm: twice as many are needed
    assert lachin_foulkes_patients((0.2, 0.2 - 1e-9), 1e-6, np.log(2) / 0.2) == pytest.approx(
        2 * lachin_foulkes_patients((0.2, 0.2 - 1e-9), 1e-6, 1e6), rel=1e-5
    )


def test_weak_priors_in_a_large_trial_have_schoenfelds_power():
    # 144 patients in 24 months, 12 of follow-up: 87.8 expected events
    truth = {"control": HAZARDS[0], "treatment": HAZARDS[1]}
    null = {"control": HAZARDS[0], "treatment": HAZARDS[0]}
    result = operating_characteristics(relapse(72, 72, [truth, null]), trials=10_000, seed=1)
    rows = {(row.scenario, row.quantity): row for row in result.rows if row.stratum == "SLE"}
    assert 0.89 <= rows["0", "power"].value <= 0.92
    error = rows["1", "type_i_error"]
    assert abs(error.value - 0.025) < 4 * error.mcse + 0.002  # priors of sd 3 are weak, not flat
    assert rows["0", "coverage"].value == pytest.approx(0.95, abs=0.01)


# Assumed survival


@pytest.mark.parametrize("name", CURVES)
def test_time_at_inverts_survival(name):
    curve = CURVES[name]
    months = np.array([0.1, 1.0, 5.9, 6.0, 6.1, 24.0, 30.0])
    np.testing.assert_allclose(curve.time_at(curve.survival(months)), months, rtol=1e-9)


def test_cured_patients_never_relapse():
    assert np.isinf(CURVES["cure"].time_at(np.array([0.6, 0.3]))).all()


@pytest.mark.parametrize("name", CURVES)
def test_restricted_mean_is_the_area_under_the_curve(name):
    curve = CURVES[name]
    for to in (1.0, 13.0, 40.0):
        jumps = [month for month in (6, 12, 24) if month < to]
        area, _ = quad(lambda t: float(curve.survival(np.array(t))), 0, to, points=jumps, limit=200)
        assert curve.restricted_mean(to) == pytest.approx(area, rel=2e-5)


@pytest.mark.parametrize("to", [3.0, 6.0, 12.0, 48.0])
def test_average_hazard_is_events_per_month_of_exposure(to):
    curve, cut = CURVES["crossing"], CROSSING["cuts"][0]
    early, late = CROSSING["hazards"]

    def density(t: float) -> float:
        return (early if t < cut else late) * float(curve.survival(np.array(t)))

    events, _ = quad(density, 0, to, points=[cut] if to > cut else None)
    months, _ = quad(lambda t: float(curve.survival(np.array(t))), 0, to, points=[cut])
    assert curve.average_hazard(to) == pytest.approx(events / months, rel=1e-10)


def test_average_hazard_of_no_time_is_the_hazard_at_the_start():
    assert CURVES["crossing"].average_hazard(0.0) == pytest.approx(CROSSING["hazards"][0], rel=1e-6)


def test_an_exponential_analysis_estimates_the_ratio_of_average_hazards():
    # everybody enters at once and is followed for 24 months: the average is over the same time
    truth = {"control": 0.02, "treatment": CROSSING}
    design = relapse(1500, 1500, [truth], follow_up=24, accrual={"rate": 1e7})
    result = operating_characteristics(design, trials=300, seed=1)
    bias = next(row for row in result.rows if row.quantity == "bias")
    (ratio,) = true_values(design, design.scenarios[0], design.decision[0])
    treated, control = CURVES["crossing"].average_hazard(24.0), 0.02
    assert ratio == pytest.approx(treated / control, rel=1e-12)
    assert abs(bias.value) < 4 * bias.mcse + 2e-3  # E[1 / events] shifts a ratio by 1 / 600 of it


def test_with_staggered_entry_the_hazards_are_averaged_over_the_time_at_risk():
    # entry over 20 months, cut 10 later, dropout 0.01: events and months of a patient by quadrature
    truth, end = {"control": 0.02, "treatment": CROSSING}, 30.0
    design = relapse(1500, 1500, [truth], follow_up=10, accrual={"rate": 150}, dropout={"rate": 0.01})
    curve = CURVES["crossing"]

    def alive(t: float) -> float:  # and in the trial, and entered early enough to be seen there
        return float(curve.survival(np.array(t))) * np.exp(-0.01 * t) * min((end - t) / 20, 1.0)

    early, late = (quad(alive, *ends, points=[10.0])[0] for ends in ((0, 6), (6, end)))
    average = (CROSSING["hazards"][0] * early + CROSSING["hazards"][1] * late) / (early + late)
    result = operating_characteristics(design, trials=300, seed=1)
    bias = next(row for row in result.rows if row.quantity == "bias")
    (ratio,) = true_values(design, design.scenarios[0], design.decision[0])
    assert abs(ratio + bias.value - average / 0.02) < 4 * bias.mcse + 3e-3


def test_a_cured_fraction_misleads_an_exponential_analysis():
    # 60 % never relapse, the others soon: 63 % are free of a relapse at month 24, and stay so.  The
    # longer one looks, the lower the constant hazard that fits, and the more certain of too much.
    design = relapse(100, None, [{"treatment": CURE}], decision=[survival()], follow_up=48)
    result = operating_characteristics(design, trials=4000, seed=1)
    rows = {row.quantity: row for row in result.rows if row.stratum == "SLE"}
    assert rows["coverage"].upper < 0.30  # of an interval that says 95 %
    assert rows["bias"].value > 0.08
    assert rows["type_i_error"].lower > 0.50  # of a rule that says 10 %


def test_the_exponential_truth_is_covered_as_stated():
    truth = {"treatment": {"survival": 0.625, "at": 24}}
    design = relapse(100, None, [truth], decision=[survival()], follow_up=48)
    result = operating_characteristics(design, trials=4000, seed=1)
    coverage = next(row for row in result.rows if row.quantity == "coverage")
    assert abs(coverage.value - 0.95) < 4 * coverage.mcse
