"""The follow-up ladder: common random numbers, what counts as an answer, and what must be refused.

Here, too, are tested: trialdesign.endpoints.time_to_event._rows, trialdesign.sizing.ladder,
trialdesign.sizing.follow_up_result,
trialdesign.sizing.questions, trialdesign.sizing.curve_rows, trialdesign.simulation.trials.draws.
"""

from dataclasses import replace

import numpy as np
import pytest
from helpers import component, half_normal, hierarchical, normal, outcomes_of
from scipy import stats
from survival_designs import CROSSING, CURE, WEAK, hazard_ratio, relapse, survival

from trialdesign.analysis.build import assemble_groups
from trialdesign.design.conduct.accrual import Period, Rate, conduct
from trialdesign.errors import SpecificationError
from trialdesign.probability.tails.panel_quantiles import panel_quantiles
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.sizing.follow_up import (
    follow_up_for_events,
    follow_up_for_width,
    required_follow_up,
)
from trialdesign.sizing.interval_width import width_judge
from trialdesign.sizing.over_readings import by_reading

pytestmark = pytest.mark.properties

BENEFIT = {"control": 0.03, "treatment": 0.012}
NULL = {"control": 0.03, "treatment": 0.03}
WANING = {"distribution": "piecewise", "cuts": [12], "hazards": [0.005, 0.09]}
BORROWING = {
    "control": component(WEAK),
    "treatment": component(hierarchical(normal(-4.0, 1.5), half_normal(0.5))),
}


def cohort(exposure) -> dict:
    """Return a published cohort without events, of that exposure."""
    source = {
        "name": "cohort",
        "citation": "made up for a test",
        "endpoint": {"kind": "time_to_event", "name": "relapse"},
        "arm": "treatment",
        "grade": "B",
        "data": [{"stratum": "SLE", "events": 0, "exposure": exposure}],
    }
    return {"source": source, "discount": {"kind": "full"}}


# The same patients at every rung


@pytest.mark.parametrize("truth", [0.02, CROSSING, CURE], ids=["exponential", "crossing", "cure"])
def test_only_the_cut_changes_from_rung_to_rung(truth):
    design = relapse(20, 10, [{"control": 0.03, "treatment": truth}], strata=2, dropout={"rate": 0.02})
    rungs = [outcomes_of(replace(design, follow_up=months), 7, 300) for months in (0.0, 3.0, 12.0, 60.0)]
    for shorter, longer in zip(rungs, rungs[1:]):
        for s in range(2):
            for arm in design.arms:
                more = longer[s][arm] - shorter[s][arm]  # (T, 2): events, exposure
                assert (more >= -1e-9).all()
                assert more[:, 1].max() > 0
    # a patient adds at most the months between the cuts
    assert (rungs[1][0]["treatment"] - rungs[0][0]["treatment"])[:, 1].max() <= 3.0 * 20 + 1e-9


def test_a_rung_is_what_power_says_of_it():
    design = relapse(20, 10, [NULL, BENEFIT], model=BORROWING, strata=2, follow_up=18)
    found = required_follow_up(design, 0.5, ladder=(6, 18, 30), trials=800, seed=3)
    power = operating_characteristics(design, trials=800, seed=3)
    said = {(r.scenario, r.stratum, r.quantity): r.value for r in power.rows}
    at_rung = {(r.scenario, r.stratum, r.quantity): r.value for r in found.rows if r.follow_up == 18}
    assert len(at_rung) == 9  # two strata, any, all; family-wise error under the null
    for key, value in at_rung.items():  # the ladder's coarser grids may flip one decision
        assert value == pytest.approx(said[key], abs=1.01 / 800)


def test_a_rung_does_not_depend_on_the_others():
    design = relapse(20, 10, [BENEFIT])
    few = required_follow_up(design, 0.5, ladder=(12, 24), trials=1000)
    many = required_follow_up(design, 0.5, ladder=(3, 12, 18, 24, 48), trials=1000)
    assert set(few.rows) <= set(many.rows)


def test_the_seed_is_all_that_is_random():
    design = relapse(20, 10, [BENEFIT])
    first, again, other = (
        required_follow_up(design, 0.5, ladder=(12,), trials=1000, seed=seed).rows for seed in (1, 1, 2)
    )
    assert first == again != other


# What is an answer


def test_the_answer_is_the_smallest_rung_from_which_every_later_one_holds():
    design = relapse(60, 30, [NULL, BENEFIT])
    found = required_follow_up(design, 0.8, trials=2000, ladder=range(0, 61, 6))
    curve = {r.follow_up: r.value for r in found.rows if (r.scenario, r.stratum) == ("1", "SLE")}
    later = [months for months in curve if all(curve[m] >= 0.8 for m in curve if m >= months)]
    assert found.scenario == "1"  # the first whose truth is a success
    assert found.answer == min(later)
    assert curve[0] < 0.8


def test_power_that_is_lost_again_is_no_answer():
    design = relapse(100, 100, [{"control": 0.04, "treatment": WANING}], accrual={"rate": 100})
    found = required_follow_up(design, 0.8, trials=1000, ladder=(9, 12, 24, 60), scenario="0")
    assert found.rows[0].value > 0.8
    assert found.answer is None
    assert "lost again by 60" in found.warnings[0]


def test_a_target_that_no_rung_reaches_is_said_with_the_best_rung():
    found = required_follow_up(relapse(10, 10, [BENEFIT]), 0.9, trials=500, ladder=(6, 12))
    best = max((r for r in found.rows if r.stratum == "all"), key=lambda row: row.value)
    assert found.answer is None
    assert f"the best is {best.value:.4g} at {best.follow_up:g} months" in found.warnings[0]


def test_a_null_scenario_never_has_an_answer():
    found = required_follow_up(relapse(60, 30, [NULL]), 0.01, "0", "SLE", (12, 24), trials=500)
    assert found.answer is None
    assert "outside the success region" in found.warnings[0]


def test_an_answer_within_its_error_names_the_trials_that_would_tell():
    design = relapse(60, 30, [BENEFIT])
    value = required_follow_up(design, 0.5, ladder=(12,), trials=500).rows[0].value
    (warning,) = required_follow_up(design, value - 0.004, ladder=(12,), trials=500).warnings
    assert "does not separate" in warning and "use at least" in warning


def test_strata_and_scenarios_are_answered_side_by_side():
    design = relapse(60, 30, [NULL, BENEFIT], strata=2)
    found = required_follow_up(design, 0.8, trials=500, ladder=(12, 60), stratum="IIM")
    keys = [(a.scenario, a.stratum) for a in found.answers]
    assert keys == [(i, s) for i in "01" for s in ("SLE", "IIM", "any", "all")]
    by_key = dict(zip(keys, found.answers))
    assert found.answer == by_key["1", "IIM"].follow_up


def test_events_are_reached_exactly():
    design = relapse(30, 20, [BENEFIT], dropout={"rate": 0.01})
    found = follow_up_for_events(design, 20, 0.9, ladder=(6, 12, 24, 48))
    values = [row.value for row in found.rows]
    assert values == sorted(values)
    assert found.method == "exact" and all(row.mcse == 0 for row in found.rows)
    assert found.answer == next(row.follow_up for row in found.rows if row.value >= 0.9)


# How wide the interval will be


def test_expected_width_is_that_of_the_conjugate_posterior():
    # hazard ~ Gamma(2, 60), after d events in E months Gamma(2 + d, 60 + E); survival exp(-24 hazard)
    prior = {"kind": "independent", "prior": {"dist": "Gamma", "alpha": 2, "beta": 60}}
    model = {"treatment": component(prior)}
    design = relapse(25, None, [{"treatment": 0.015}], model=model, decision=[survival()])
    found = follow_up_for_width(design, 0.3, ladder=(3, 24), trials=400, seed=5)
    for months in (3.0, 24.0):
        events, exposure = outcomes_of(replace(design, follow_up=months), 5, 400)[0]["treatment"].T
        posterior = stats.gamma(2 + events, scale=1 / (60 + exposure))
        widths = np.exp(-24 * posterior.ppf(0.025)) - np.exp(-24 * posterior.ppf(0.975))
        row = next(r for r in found.rows if r.follow_up == months and r.stratum == "SLE")
        assert row.value == pytest.approx(widths.mean(), abs=1e-4)


def test_widths_hold_the_shape_of_a_family():
    endpoint = {
        "kind": "time_to_event", "distribution": "weibull",
        "shape": {"dist": "LogNormal", "mu": 0.0, "sigma": 0.4},
    }  # fmt: skip
    more = {"endpoint": endpoint, "decision": [survival()], "follow_up": 18.0}
    design = relapse(30, None, [{"treatment": 0.02}], strata=2, **more)
    group = assemble_groups(design, cut_truths=False)[0]
    outcomes = outcomes_of(design, 1, 3)[: len(group.design.strata)]
    found = width_judge(design)(group.design, group.model, [], outcomes)
    estimand, grid = design.estimand(design.decision[0]), group.model.focus.grid
    for t in range(3):
        one = [{"treatment": own["treatment"][[t]]} for own in outcomes]
        masses = [mass.sum(axis=1)[None] for mass in group.model.joint(one, estimand)]
        ends = [[panel_quantiles(grid, mass, q)[0] for q in (0.025, 0.975)] for mass in masses]
        wanted = [np.exp(-24 * np.exp(low)) - np.exp(-24 * np.exp(high)) for low, high in ends]
        np.testing.assert_allclose(found[t], wanted, rtol=1e-8)


def test_borrowing_widths_do_not_depend_on_thinned_nodes():
    model = {"treatment": BORROWING["treatment"]}
    design = relapse(25, None, [{"treatment": 0.015}], model=model, decision=[survival()], strata=3)
    one = follow_up_for_width(design, 0.3, ladder=(12,), trials=200, seed=5).rows
    two = follow_up_for_width(design, 0.3, ladder=(12, 13), trials=200, seed=5).rows
    for first, second in zip(one, two):
        assert first.value == pytest.approx(second.value, abs=5e-4)


# Readings of a published exposure


def test_readings_move_only_the_bounded_exposure_of_the_treatment():
    model = {
        "control": component(WEAK),
        "treatment": component(WEAK, cohort({"lower": 40, "upper": 220})),
    }
    designs = by_reading(relapse(20, 20, [BENEFIT], model=model))
    exposures = {name: d.model.treatment.evidence[0].exposure for name, d in designs.items()}
    assert exposures == {"pessimistic": "lower", "published": "middle", "optimistic": "upper"}
    assert all(d.model.control == designs["published"].model.control for d in designs.values())


def test_more_months_without_a_relapse_are_worth_more():
    model = {"treatment": component(WEAK, cohort({"lower": 40, "upper": 220}))}
    design = relapse(20, None, [{"treatment": {"survival": 0.8, "at": 24}}], model=model)
    powers = [
        required_follow_up(each, 0.5, ladder=(12,), trials=500).rows[0].value
        for each in by_reading(design).values()
    ]
    assert powers == sorted(powers) and powers[0] < powers[-1]


def test_an_exact_exposure_has_no_readings():
    model = {"treatment": component(WEAK, cohort(100))}
    with pytest.raises(SpecificationError, match="only bounds are known"):
        by_reading(relapse(20, None, model=model))


# What must be refused


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": 1.0}, "`target` must be above 0 and below 1"),
        ({"stratum": "SEL"}, "`stratum` must be any, all or one of SLE"),
        ({"scenario": "nil"}, "`scenario` must be one of 0"),
        ({"ladder": (12, 6)}, "`ladder` must be increasing"),
        ({"ladder": (-3, 6)}, "`ladder` must be increasing"),
        ({"ladder": ()}, "`ladder` must be increasing"),
    ],
)
def test_questions_that_do_not_fit_the_design(options, words):
    with pytest.raises(SpecificationError, match=words):
        required_follow_up(relapse(20, 10, [BENEFIT]), **options)


def test_width_needs_a_criterion_on_survival():
    with pytest.raises(SpecificationError, match="criterion on `survival`"):
        follow_up_for_width(relapse(20, 10, [BENEFIT], decision=[hazard_ratio()]), 0.2)


@pytest.mark.parametrize("events", [0, 31])
def test_events_are_at_most_the_patients(events):
    with pytest.raises(SpecificationError, match="from 1 to the 30 patients"):
        follow_up_for_events(relapse(20, 10, [BENEFIT]), events)


# Conduct


def test_entry_follows_the_periods_of_the_accrual():
    periods = [Period(**{"from": 6.0, "rate": 10.0}), Period(**{"from": 2.0, "rate": 5.0})]
    run = conduct(periods, 12.0, None, [40], ["SLE"])
    # 5 a month from month 2: 20 by month 6; 10 a month from then on: 40 by month 8
    shares = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(run.entry(0, shares), [2, 4, 6, 7, 8])
    assert (run.last_entry, run.cut) == (8, 20)


def test_the_slowest_stratum_dates_the_cut():
    run = conduct(Rate(rate={"SLE": 4.0, "IIM": 1.0}), 6.0, None, [40, 20], ["SLE", "IIM"])
    assert (run.last_entry, run.cut) == (20, 26)


def test_dropout_shortens_exposure_and_nothing_else():
    design = relapse(50, None, [{"treatment": 0.02}])
    stays, leaves = (
        outcomes_of(replace(design, dropout=d), 1, 300)[0]["treatment"]
        for d in (None, relapse(5, None, dropout={"rate": 0.05}).dropout)
    )
    assert (leaves <= stays + 1e-9).all()
    # observed events per month of exposure stay what the hazard says
    hazard = leaves[:, 0].sum() / leaves[:, 1].sum()
    assert abs(hazard - 0.02) < 4 * 0.02 / np.sqrt(leaves[:, 0].sum())
