"""Looks: one formula for their months, the same patients at all of them, and what must be refused.

Here, too, are tested: trialdesign.timeline.look_dates, trialdesign.simulation.trials.patients.
"""

from dataclasses import replace

import numpy as np
import pytest
from helpers import component, half_normal, hierarchical, independent, looks_of, normal
from survival_designs import CURE, WEAK, relapse

from trialdesign.analysis.data.running_trial import Interim
from trialdesign.design.conduct.accrual import Dropout
from trialdesign.design.conduct.looks import Look, look_months
from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.sizing.follow_up import required_follow_up
from trialdesign.timeline.event_counts import scenario_counts
from trialdesign.timeline.forecast import forecast_events

pytestmark = pytest.mark.properties

NULL = {"control": 0.03, "treatment": 0.03}
BENEFIT = {"control": 0.03, "treatment": 0.012}
LOOKS = [{"events": 15}, {"followed": 3}, {"events": 30, "at_most": 18}, {"followed": 12}]


def looking(looks=LOOKS, scenarios=(BENEFIT,), **more):
    return relapse(40, 20, list(scenarios), strata=2, looks=looks, dropout={"rate": 0.01}, **more)


# The formula


def test_the_month_of_a_look_is_the_stated_formula():
    looks = [Look(calendar=5.0), Look(events=3, at_most=9.0), Look(patients=2, followed=4.0, events=1)]
    events = np.array([[2.0, 7.0, np.inf, 8.0], [1.0, np.inf, np.inf, np.inf]])
    entries = np.array([[1.0, 6.0, 2.0, 3.0], [0.5, 1.0, 9.0, 8.5]])
    # third event in month 8, never; second patient in month 2, 1; no look before the one before it
    np.testing.assert_array_equal(look_months(looks, 20.0, events, entries), [[5, 8, 8], [5, 9, 9]])


def test_a_condition_that_never_comes_leaves_the_latest_month():
    months = look_months([Look(events=5)], 20.0, np.full((1, 4), 1.0), np.zeros((1, 4)))
    np.testing.assert_array_equal(months, [[20.0]])


def test_without_looks_there_is_one_analysis_at_the_cut():
    assert look_months([], 20.0, np.zeros((3, 2)), np.zeros((3, 2))).tolist() == [[20.0]] * 3


def brute_force(trials: int) -> np.ndarray:
    """Return months (T, 4) of `LOOKS`, patient by patient, from numbers of their own."""
    rng, span = np.random.default_rng(11), 20.0  # 120 patients, 6 a month
    out = np.empty((trials, 4))
    for t in range(trials):
        entry = rng.uniform(0, span, 120)
        event = rng.exponential(1 / np.repeat([0.012, 0.03], [80, 40]))
        gone = rng.exponential(100.0, 120)
        seen = sorted(e + x for e, x, g in zip(entry, event, gone) if x <= g)
        kth = lambda k, seen=seen: seen[k - 1] if len(seen) >= k else np.inf
        out[t, 0] = min(32.0, kth(15))
        out[t, 1] = max(out[t, 0], min(32.0, entry.max() + 3))
        out[t, 2] = max(out[t, 1], min(18.0, 32.0, kth(30)))
        out[t, 3] = max(out[t, 2], min(32.0, entry.max() + 12))
    return out


def test_simulated_and_computed_dates_agree_with_brute_force():
    wanted, design = brute_force(3000), looking()
    simulated = np.stack([seen.month for seen in looks_of(design, 3, 3000)], axis=1)
    dated = [m for m in forecast_events(design, [15]).milestones if m.milestone[:4] in ("look", "data")]
    assert [m.mcse == 0 for m in dated] == [True, False, False, False]
    for j, milestone in enumerate(dated):
        se = wanted[:, j].std() / np.sqrt(3000)
        assert abs(simulated[:, j].mean() - wanted[:, j].mean()) < 4 * np.sqrt(2) * se + 1e-9
        assert abs(milestone.mean - wanted[:, j].mean()) < 4 * np.hypot(se, milestone.mcse) + 1e-6
        below = [(wanted[:, j] <= q + 1e-6).mean() for q in milestone.quantiles]
        assert all(b > level - 0.04 for b, level in zip(below, (0.05, 0.25, 0.5, 0.75, 0.95)))


@pytest.mark.parametrize(
    "looks",
    [
        [{"events": 20, "calendar": 12}],
        [{"events": 25, "at_most": 15}, {"events": 30}],
        [{"patients": 60, "followed": 2}, {"patients": 100, "followed": 2, "calendar": 17}],
        [{"calendar": 8}, {"patients": 70}],
    ],
    ids=["events and calendar", "capped", "patients", "calendar, then patients"],
)
def test_exact_dates_are_those_of_simulated_trials(looks):
    design = looking(looks, [{"control": 0.03, "treatment": CURE}], accrual=[{"from": 1, "rate": 8}])
    found = [m for m in forecast_events(design, [5]).milestones if m.milestone[:4] in ("look", "data")]
    seen = looks_of(design, 5, 4000)
    assert len(found) == len(seen)
    for milestone, look in zip(found, seen):
        assert milestone.mcse == 0
        se = look.month.std() / np.sqrt(4000)
        assert abs(milestone.mean - look.month.mean()) < 4 * se + 1e-4
        for level, q in zip((0.05, 0.5, 0.95), milestone.quantiles[::2]):
            assert (look.month <= q + 1e-4).mean() > level - 4 * np.sqrt(level * (1 - level) / 4000)
            assert (look.month < q - 1e-4).mean() < level + 4 * np.sqrt(level * (1 - level) / 4000)


def test_the_event_that_a_look_waits_for_is_in_it():
    (seen,) = looks_of(looking([{"events": 15}]), 1, 2000)
    before_the_cut = seen.month < 32
    assert before_the_cut.mean() > 0.99
    np.testing.assert_array_equal(seen.events.sum(axis=1)[before_the_cut], 15)


def test_looks_of_a_running_trial_are_dated_from_its_data():
    # 80 of 120 patients are in by month 14, 12 events seen; the rest enter over 40 / 6 months
    of = lambda c, t: {"control": np.array([c, c]), "treatment": np.array([t, t])}
    known = Interim(14.0, of(13, 27), of(9, 24), of(3, 3), of(70.0, 150.0))
    looks = [{"events": 10}, {"events": 20, "calendar": 16}, {"patients": 100}, {"followed": 12}]
    found = forecast_events(looking(looks[:2]), [15], known=known).milestones
    passed, final = (m for m in found if m.milestone in ("look 1", "data cut"))
    assert passed.quantiles == pytest.approx(
        [14.0] * 5, abs=1e-4
    )  # it has come by the month of the data
    twentieth = forecast_events(looking(looks[:1]), [20], known=known).milestones[0]
    latest = 14 + 40 / 6 + 12
    want = [min(max(q, 16.0), latest) for q in twentieth.quantiles]
    assert final.quantiles == pytest.approx(want, abs=1e-3)
    entry = forecast_events(looking(looks[2:3]), [15], known=known).milestones[-1]
    assert entry.quantiles[2] == pytest.approx(14 + 20 / 6, abs=0.15)  # half of the 40 are in by then
    both = forecast_events(looking([looks[0] | {"followed": 1}]), [15], known=known)
    assert "not dated for the posterior" in both.warnings[0]


# The same patients at every look


def test_data_only_grow_from_look_to_look():
    looks = looks_of(looking(), 1, 500)
    for earlier, later in zip(looks, looks[1:]):
        assert (later.month >= earlier.month).all()
        for s in range(2):
            for arm in ("control", "treatment"):
                assert (later.outcomes[s][arm] - earlier.outcomes[s][arm] >= -1e-9).all()


def test_a_single_look_at_the_cut_changes_no_digit():
    model = {"control": component(WEAK), "treatment": component(independent(normal(-4, 1.5)))}
    plain = replace(looking(scenarios=[NULL, BENEFIT], model=model), looks=None)
    looked = replace(plain, looks=[Look(calendar=plain.conduct().cut)])
    first, second = (
        operating_characteristics(each, trials=600, resolution=Resolution()) for each in (plain, looked)
    )
    assert first.rows == second.rows


def test_success_at_a_look_is_that_of_a_design_that_ends_there():
    design = looking(scenarios=[NULL, BENEFIT])
    whole = operating_characteristics(design, trials=150, seed=4)
    said = {(r.scenario, r.stratum, r.quantity): r.value for r in whole.rows}
    for j in (1, 2, 3):
        ended = operating_characteristics(replace(design, looks=design.looks[:j]), trials=150, seed=4)
        found = {
            (r.scenario, r.stratum): r.value
            for r in ended.rows
            if r.quantity in ("power", "type_i_error", "success")
        }
        for (scenario, stratum), value in found.items():
            assert said[scenario, stratum, f"success_at_look_{j}"] == value


@pytest.mark.slow
def test_thinned_nodes_serve_the_first_look_as_well():
    model = {
        "control": component(WEAK),
        "treatment": component(hierarchical(normal(-4.0, 1.5), half_normal(0.5))),
    }
    design = looking(model=model)
    whole = operating_characteristics(design, trials=400, seed=4)
    said = {(r.stratum, r.quantity): r.value for r in whole.rows}
    alone = operating_characteristics(replace(design, looks=design.looks[:1]), trials=400, seed=4)
    for row in alone.rows:
        if row.quantity == "power":
            assert said[row.stratum, "success_at_look_1"] == pytest.approx(row.value, abs=1.01 / 400)


def test_expected_events_and_duration_are_those_of_the_exact_distribution():
    design = replace(looking(), looks=None)
    rows = operating_characteristics(design, trials=4000).rows
    said = {(r.stratum, r.quantity): r for r in rows}
    (row,) = scenario_counts(design, design.scenarios[0])(np.array([design.conduct().cut]))
    events = said["all", "expected_events"]
    assert abs(events.value - row @ np.arange(row.size)) < 4 * events.mcse
    assert said["all", "expected_duration"].value == design.conduct().cut
    assert said["all", "expected_sample_size"].value == 120


def test_a_final_look_before_the_last_patient_needs_fewer_patients():
    rows = operating_characteristics(looking([{"events": 10}]), trials=500).rows
    size = next(r for r in rows if (r.stratum, r.quantity) == ("all", "expected_sample_size"))
    assert size.value < 110 and size.mcse > 0


# Looks and the ladder of follow-ups


def test_the_ladder_goes_on_until_the_last_look_dates_the_final_analysis():
    design = looking([{"events": 15}, {"followed": 24}])
    found = required_follow_up(design, 0.5, ladder=(6, 12, 24, 36), trials=500)
    curve = {row.follow_up: row.value for row in found.asked if row.stratum == "SLE"}
    assert curve[6] < curve[12] < curve[24] == curve[36]
    assert any("from 24 months on every rung is the same trial" in text for text in found.warnings)


def test_a_ladder_on_which_every_rung_is_the_same_trial_is_refused():
    with pytest.raises(SpecificationError, match="must leave it to `follow_up`"):
        required_follow_up(looking([{"events": 5}]), 0.5, ladder=(6, 12), trials=100)


# What must be refused


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        ([], "at least 1"),
        ([{}], "must state at least one of `calendar`"),
        ([{"at_most": 12}], "must state at least one of `calendar`"),
        ([{"events": 0}], "greater than 0"),
        ([{"calendar": -1}], "greater than or equal to 0"),
        ([{"calendar": 12, "at_most": 6}], "`at_most` must be no earlier than `calendar`"),
        ([{"events": 121}], "at most the 120 patients of the design; got 121"),
        ([{"patients": 121}], "at most the 120 patients of the design; got 121"),
        ([{"calendar": 33}], "at most the month of the latest analysis, 32"),
        ([{"events": 30}, {"events": 20}], "look 2 .20 events. can never come after look 1 .30 events."),
        ([{"events": 30}, {"events": 30}], "can never come after"),
        ([{"calendar": 12}, {"events": 30, "at_most": 12}], "can never come after"),
        ([{"followed": 12}, {"patients": 80, "followed": 6}], "can never come after"),
    ],
)
def test_looks_that_cannot_be(looks, words):
    with pytest.raises((ValueError, SpecificationError), match=words):
        looking(looks)


def test_several_faults_are_told_at_once():
    with pytest.raises(SpecificationError) as error:
        looking([{"events": 200}, {"calendar": 99}, {"events": 150}])
    assert len(error.value.problems) == 4  # 200, 99, 150, and 150 after 200


def test_looks_need_a_time_to_event():
    from helpers import binary, criterion

    model = {"treatment": component(independent(normal(0, 1)))}
    with pytest.raises(SpecificationError) as error:
        binary(model, 20, None, [criterion("response", 0.5)], looks=[{"events": 3}])
    assert "`looks` must be left out of a trial with a binary endpoint" in str(error.value)


def test_dropout_is_not_an_event_that_a_look_waits_for():
    design = looking([{"events": 20}])
    more = replace(design, dropout=Dropout(rate=0.2))
    months = [looks_of(each, 1, 500)[0].month.mean() for each in (design, more)]
    assert months[0] < months[1]
