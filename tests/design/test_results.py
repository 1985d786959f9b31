"""What every result can do: tell its answer in a few lines, and become a table, also in a notebook."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace

import pytest
from helpers import binary, component, evidence, hierarchical, normal
from survival_designs import relapse

from trialdesign import (
    analyse,
    critical_counts,
    fit_priors,
    follow_up,
    forecast_events,
    load_evidence,
    operating_characteristics,
    power,
    prior_conflict,
    prior_ess,
)
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.design.result import MOST_ROWS
from trialdesign.simulation.power import Power

pytestmark = pytest.mark.properties

BENEFIT = {"control": 0.08, "treatment": 0.03}
HOSTILE = "<b>one</b> & \x1b[2Jtwo"
VAGUE = {"kind": "robust", "weight": 0.5, "vague": normal(0.0, 2.0)}
LEARNED = {"source": evidence([("SLE", 8, 8), ("IIM", 3, 3)])["source"], "discount": VAGUE}
MODEL = {"treatment": component(hierarchical(normal(0, 2), {"dist": "HalfNormal", "sigma": 1}), LEARNED)}
SMALL = binary(MODEL, 5, scenarios=[(0.2, None), (0.8, None)], strata=2, title=HOSTILE)
LATE = relapse(20, 20, [BENEFIT], title=HOSTILE)

ASKED = {
    "Analysis": lambda: analyse(SMALL, _data()),
    "OperatingCharacteristics": lambda: operating_characteristics(SMALL),
    "Power": lambda: power(SMALL, weak_priors=True, decisions=True),
    "CriticalCounts": lambda: critical_counts(SMALL),
    "FittedPriors": lambda: fit_priors(SMALL, mixture=True),
    "PriorEss": lambda: prior_ess(SMALL),
    "PriorConflict": lambda: prior_conflict(SMALL, against=[load_evidence("feng-2025-doris")]),
    "FollowUps": lambda: follow_up(LATE, 0.5, ladder=(6, 12), trials=100),
    "FollowUp": lambda: follow_up(LATE, events=10, ladder=(6, 12)).main,
    "Forecast": lambda: forecast_events(LATE, [5, 10]),
}


def _data():
    found = {"SLE": 4, "IIM": 2}
    return TrialData.of(SMALL, [{"stratum": s, "n": 5, "responders": r} for s, r in found.items()])


@pytest.fixture(scope="module", params=ASKED, ids=str)
def named(request):
    """Return a result with the name of its class."""
    return request.param, ASKED[request.param]()


def test_a_result_is_frozen_and_has_slots(named):
    name, found = named
    assert type(found).__name__ == name and not hasattr(found, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.warnings = ()


def test_a_result_tells_its_answer_in_a_few_lines(named):
    name, found = named
    lines = repr(found).split("\n")
    assert lines[0] == f"{name}: <b>one</b> & \N{REPLACEMENT CHARACTER}[2Jtwo"
    assert 2 <= len(lines) <= 6
    assert all(line.isprintable() for line in lines) and "array(" not in repr(found)
    assert re.search(r"\d", lines[1])


def test_a_result_is_a_table_with_a_line_for_every_row(named):
    _, found = named
    table = found.to_dataframe()
    assert len(table) == len(found.rows) > 0
    assert found.records()[0] == table.iloc[0].to_dict() or table.isna().any(axis=None)
    assert list(found.records()[0]) == list(table.columns)
    assert isinstance(found.rows, tuple) and isinstance(found.warnings, tuple)


def test_a_notebook_shows_a_table_in_which_nothing_of_the_user_is_code(named):
    _, found = named
    shown = found._repr_html_()
    assert "<b>" not in shown and "&lt;b&gt;one&lt;/b&gt; &amp; " in shown and "\x1b" not in shown
    assert shown.count("<tr") == 1 + min(len(found.rows), MOST_ROWS + 1)


def test_names_of_strata_and_scenarios_are_escaped_in_the_table():
    design = binary(MODEL | {}, 4, scenarios=[(0.2, None)], strata=["SLE", "<i>"])
    shown = operating_characteristics(design)._repr_html_()
    assert "<i>" not in shown and "&lt;i&gt;" in shown


def test_power_has_what_stands_beside_a_design_and_what_is_to_be_known_of_it():
    found = power(SMALL, weak_priors=True, decisions=True)
    assert found.rows == operating_characteristics(SMALL).rows
    assert found.alone.design.title == f"{SMALL.title} (without borrowing)"
    assert found.weak.design.title == f"{SMALL.title} (weak priors)"
    assert found.counts.rows == critical_counts(SMALL).rows
    assert found.accuracy == max(each.accuracy for each in (found.result, found.alone, found.weak))
    assert power(SMALL, reference=False).alone is None
    assert "full weight" in " ".join(power(_trusting(), reference=False).warnings)


def _trusting():
    used = {"source": LEARNED["source"], "discount": {"kind": "full"}}
    model = {"treatment": component(MODEL["treatment"]["strata"], used)}
    return binary(model, 4, scenarios=[(0.2, None)], strata=2)


def test_the_decision_is_told_for_every_component_with_a_vague_part():
    doubted = {**LEARNED, "source": {**LEARNED["source"], "arm": "control"}}
    strata = MODEL["treatment"]["strata"]
    model = {"control": component(strata, doubted), "treatment": component(strata, LEARNED)}
    design = binary(model, 6, 6, scenarios=[(0.2, 0.2)], strata=2)
    found = [
        ("SLE", "control", 5),
        ("SLE", "treatment", 5),
        ("IIM", "control", 1),
        ("IIM", "treatment", 5),
    ]
    keys = ("stratum", "arm", "responders")
    data = TrialData.of(design, [dict(zip(keys, row)) | {"n": 6} for row in found])
    found = prior_conflict(design, data=data).tipping
    told = [(curve.component, curve.stratum) for curve in found]
    assert told == [(arm, stratum) for arm in ("control", "treatment") for stratum in ("SLE", "IIM")]
    ends = [curve.probability[[0, -1]] for curve in found]
    assert abs(ends[0] - ends[2]).max() > 1e-3  # two weights, two curves
    alone = prior_conflict(design, "control", data=data).tipping
    assert [curve.to_dict() for curve in alone] == [curve.to_dict() for curve in found[:2]]


def test_the_middle_reading_is_the_answer():
    strata = {"kind": "independent", "prior": normal(-3.0, 3.0)}
    source = {
        "name": "cohort",
        "citation": "made up for a test",
        "endpoint": {"kind": "time_to_event", "name": "relapse"},
        "arm": "treatment",
        "grade": "B",
        "data": [{"stratum": "SLE", "events": 0, "exposure": {"lower": 40, "upper": 220}}],
    }
    used = {"source": source, "discount": {"kind": "full"}}
    model = {"control": component(strata), "treatment": component(strata, used)}
    design = relapse(20, 20, [BENEFIT], model=model)
    found = follow_up(design, 0.5, ladder=(6, 12), trials=100, readings=True)
    assert list(found.by_reading) == ["pessimistic", "published", "optimistic"]
    assert found.main is found.by_reading["published"]
    assert {row["reading"] for row in found.records()} == set(found.by_reading)
    assert "middle reading" in repr(found)


@pytest.mark.parametrize(
    ("counts", "computed", "accurate"),
    [
        (None, (True,), True), (None, (True, False), False), (None, (False, True), False),
        (True, (True, True), True), (True, (True, False), False), (False, (True, True), False),
    ],
)  # fmt: skip
def test_power_is_accurate_where_every_part_of_it_is(counts, computed, accurate):
    found = SimpleNamespace(
        counts=None if counts is None else SimpleNamespace(accurate=counts),
        computed=[SimpleNamespace(accurate=each) for each in computed],
    )
    assert Power.accurate.fget(found) is accurate
