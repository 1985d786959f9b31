"""Whatever is wrong with times, looks and losses of a design ends in status 2, at its place.

Here, too, are tested: trialdesign.design.consistency.in_time.
"""

from __future__ import annotations

import pytest
from test_follow_up import DESIGN

FIRST = "accrual: {rate: 10}"
WORKS = "treatment: 0.006"
LOOKS = "follow_up: 12\nlooks: "
LOST = "follow_up: 12\nbefore_infusion: "
CURVE = "treatment: {distribution: "

# What is wrong, the change of the design that makes it so, the text at which the refusal points, and
# words of the refusal.
DESIGNS = [
    ("survival above 1", WORKS, "treatment: {survival: 1.2, at: 24}", "1.2", "below 1; got 1.2"),
    ("survival alone", WORKS, "treatment: {survival: 0.8}", "{survival", "must be given together"),
    ("two medians", WORKS, "treatment: {median: 3, hazard: 0.1}", "{median", "exactly one of"),
    ("median of 0", WORKS, "treatment: {median: 0}", "0}", "from 1e-06 to 1e+06; got 0"),
    (
        "median of a cured majority", WORKS, CURVE + "cure, cured: 0.6, median: 12}", "median",
        "known key (cured, uncured, distribution)",
    ),
    ("negative hazard", WORKS, "treatment: -0.006", "-0.006", "to 1000 per month; got -0.006"),
    (
        "falling cuts", WORKS, CURVE + "piecewise, cuts: [12, 6], hazards: [0.1, 0.2, 0.3]}", "{distr",
        "`cuts` must increase",
    ),
    (
        "too few hazards", WORKS, CURVE + "piecewise, cuts: [6], hazards: [0.1, 0.2, 0.3]}", "{distr",
        "one number more than `cuts`",
    ),
    (
        "nobody enters", FIRST, "accrual: {rate: 0}", "0}",
        "from 1e-06 to 1e+09, or one per stratum; got 0",
    ),
    (
        "accrual without end", FIRST, "accrual: {rate: 0.01}", "{rate: 0.01}\nfollow",
        "must end within 600 months; the last patient would enter in month 1.2e+04",
    ),
    (
        "two rates at once", FIRST, "accrual: [{from: 0, rate: 3}, {from: 0, rate: 5}]", "0, rate: 5",
        "must differ between the periods",
    ),
    ("a missing stratum", FIRST, "accrual: {rate: {SLE: 3}}", "{SLE: 3}", "IIM is missing"),
    ("days", "follow_up: 12", "follow_up: 730", "730", "at most 600, in months; got 730"),
    ("a unit", "follow_up: 12", "follow_up: 12 months", "12 months", 'got "12 months"'),
    ("negative follow-up", "follow_up: 12", "follow_up: -1", "-1", "from 0 to 1e+06; got -1"),
    ("negative dropout", "dropout: {rate: 0.01}", "dropout: {rate: -1}", "-1", "from 0 to 1000; got -1"),
    ("no look", "follow_up: 12", LOOKS + "[]", "[]", "at least 1"),
    ("an empty look", "follow_up: 12", LOOKS + "[{}]", "{}", "must state at least one of"),
    ("a misspelt look", "follow_up: 12", LOOKS + "[{event: 3}]", "event: 3", "Did you mean `events`?"),
    ("a negative look", "follow_up: 12", LOOKS + "[{calendar: -2}]", "-2}", "from 0 to 1e+06; got -2"),
    (
        "more events than patients", "follow_up: 12", LOOKS + "[{events: 121}]", "{events: 121}",
        "at most the 120 patients of the design; got 121",
    ),
    (
        "looks out of order", "follow_up: 12", LOOKS + "[{events: 30}, {events: 20}]", "{events: 20}",
        "look 2 (20 events) can never come after look 1 (30 events)",
    ),
    (
        "a look after the end", "follow_up: 12", LOOKS + "[{calendar: 25}]", "{calendar: 25}",
        "at most the month of the latest analysis, 24",
    ),
    (
        "nobody is infused", "follow_up: 12", LOST + "{months: 1, death: 1, counted: event}", "{months",
        "must sum to less than 1",
    ),
    (
        "uncounted losses", "follow_up: 12", LOST + "{months: 1, death: 0.1}", "before_inf",
        "before_infusion.counted must be given",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "place", "words"), [row[1:] for row in DESIGNS], ids=[
    row[0] for row in DESIGNS
])  # fmt: skip
def test_bad_times_are_refused_at_their_place(run, tmp_path, old, new, place, words):
    text = DESIGN.replace(old, new, 1)
    assert text != DESIGN and place in text
    path = tmp_path / "relapse.yaml"
    path.write_text(text, encoding="utf-8")
    said = run("events", path, status=2).stderr
    before = text[: text.rindex(place)].split("\n")
    assert words in said
    assert f"relapse.yaml:{len(before)}:{len(before[-1]) + 1}: " in said


def test_several_faults_are_told_at_once(run, tmp_path):
    text = DESIGN.replace("follow_up: 12", LOOKS + "[{events: 500}, {calendar: 90}]")
    path = tmp_path / "relapse.yaml"
    path.write_text(text.replace(WORKS, "treatment: -1"), encoding="utf-8")
    said = run("power", path, status=2).stderr
    assert said.count("relapse.yaml:") == 3
    for words in ("got 500", "got 90", "got -1"):
        assert words in said


def test_power_tells_looks_and_losses(document, run, tmp_path):
    extra = LOOKS + "[{events: 20}, {followed: 12}]\n"
    extra += "before_infusion: {months: 1, death: 0.1, counted: excluded}"
    path = tmp_path / "relapse.yaml"
    path.write_text(DESIGN.replace("follow_up: 12", extra), encoding="utf-8")
    got = document("power", path)
    quantities = {(row["stratum"], row["quantity"]) for row in got["results"]}
    for stratum in ("SLE", "IIM", "any", "all"):
        assert (stratum, "success_at_look_1") in quantities
    for quantity in ("month_of_look_1", "events", "analysed", "duration"):
        assert ("all", f"expected_{quantity}") in quantities
    page = run("power", path, "--no-reference").stdout
    assert "look 1: 20 events; final: last patient followed 12 months" in page
    assert "Success, were the trial judged at an earlier look:" in page
    assert "of 112" in page  # 120 patients, a tenth of 80 lost
    dates = document("events", path, "--scenario", "works")
    assert [row["milestone"] for row in dates["results"]][-2:] == ["look 1", "data cut"]


def test_the_ladder_answers_under_a_design_prior(document, run, tmp_path):
    prior = (
        "design_prior:\n"
        "  control: {strata: {kind: pooled, prior: {dist: Normal, mu: -3.5, sigma: 0.1}}}\n"
        "  treatment: {strata: {kind: pooled, prior: {dist: Normal, mu: -5, sigma: 0.3}}}\n"
    )
    path = tmp_path / "relapse.yaml"
    path.write_text(DESIGN + prior, encoding="utf-8")
    options = (
        "--ladder",
        "3:27:12",
        "--scenario",
        "design prior",
        "--target",
        "0.6",
        "--stratum",
        "SLE",
    )
    got = document("follow-up", path, *options)
    assert got["scenario"] == "design prior" and got["answer"] is not None
    quantities = {row["quantity"] for row in got["curve"] if row["scenario"] == "design prior"}
    assert {"assurance", "power", "probability_effective", "family_wise_error"} <= quantities
    page = run("follow-up", path, *options).stdout
    assert "design prior  (a truth for every trial)" in page
