"""`trialdesign follow-up`: what it prints, in every form, and what it refuses.

Here, too, are tested: trialdesign.cli.sizing.follow_up, trialdesign.report.sections.follow_up.
"""

import csv
import io

import pytest

DESIGN = """\
title: Two diseases, time to relapse
strata: [SLE, IIM]
arms: {control: standard of care, treatment: new}
endpoint: {kind: time_to_event, name: relapse}
sample_size: {control: 20, treatment: 40}
accrual: {rate: 10}
follow_up: 12
dropout: {rate: 0.01}
model:
  control:
    strata: {kind: independent, prior: {dist: Normal, mu: -3.5, sigma: 1}}
  treatment:
    strata: {kind: independent, prior: {dist: Normal, mu: -4, sigma: 1.5}}
    evidence:
      - {source: mueller-2024-relapse, discount: {kind: power, exponent: 0.5}}
decision:
  - {estimand: hazard_ratio, less_than: 1, probability: 0.95}
scenarios:
  - {name: "null", control: 0.03, treatment: 0.03}
  - {name: works, control: 0.03, treatment: 0.006}
simulation: {trials: 400, seed: 1}
"""
LADDER = ("--ladder", "3:27:12")


@pytest.fixture
def relapse(tmp_path):
    """Return the path of a small design with a time to event."""
    path = tmp_path / "relapse.yaml"
    path.write_text(DESIGN, encoding="utf-8")
    return path


def test_the_document_has_an_answer_a_target_and_a_curve(document, relapse):
    got = document("follow-up", relapse, "--target", "0.8", *LADDER)
    assert got["command"] == "follow-up" and got["method"] == "simulation" and got["trials"] == 400
    assert got["target"] == 0.8 and got["scenario"] == "works" and got["stratum"] == "all"
    keys = {"follow_up", "scenario", "stratum", "quantity", "value", "mcse", "lower", "upper"}
    assert set(got["curve"][0]) == keys
    path = [r["value"] for r in got["curve"] if (r["scenario"], r["stratum"]) == ("works", "all")]
    rungs = [3.0, 15.0, 27.0]
    assert sorted({r["follow_up"] for r in got["curve"]}) == rungs
    kept = [months for i, months in enumerate(rungs) if min(path[i:]) >= 0.8]
    assert got["answer"] == (kept[0] if kept else None)
    assert {"scenario", "stratum", "follow_up"} == set(got["results"][0])


def test_no_rung_reaches_the_target(document, relapse):
    got = document("follow-up", relapse, "--target", "0.999", "--ladder", "1:2:1")
    assert got["answer"] is None
    assert "no follow-up from 1 to 2 months reaches 0.999" in got["warnings"][0]


def test_the_k_th_event_is_exact(document, relapse):
    got = document("follow-up", relapse, "--events", "20", *LADDER, "--scenario", "null")
    assert got["method"] == "exact" and got["trials"] is None
    assert {row["quantity"] for row in got["curve"]} == {"event_20_by_cut"}
    assert all(row["mcse"] == 0 for row in got["curve"])


def test_three_readings_of_a_published_exposure_side_by_side(document, run, relapse):
    got = document("follow-up", relapse, "--exposure-readings", "--trials", "100", *LADDER)
    assert {row["reading"] for row in got["curve"]} == {"pessimistic", "published", "optimistic"}
    page = run("follow-up", relapse, "--exposure-readings", "--trials", "100", *LADDER).stdout
    for reading in ("pessimistic", "middle", "optimistic"):
        assert f"{reading} reading: " in page
    assert "published reading" not in page
    assert "middle: the middle of the derived bounds, which no source prints" in page


def test_csv_is_the_curve(run, relapse):
    text = run("follow-up", relapse, "--csv", *LADDER).stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["follow_up"] == "3.0" and rows[0]["quantity"] == "type_i_error"


def test_the_page_tells_the_answer_and_the_errors_beside_it(run, relapse):
    page = run("follow-up", relapse, "--target", "0.5", "--stratum", "SLE", *LADDER).stdout
    assert "Shortest follow-up after the last patient" in page
    assert "Months needed" in page
    assert "*" in page.partition("success under each scenario")[2]  # the null scenario's error


def test_equal_seeds_give_equal_documents(document, relapse):
    first, second = (document("follow-up", relapse, "--seed", "5", *LADDER) for _ in range(2))
    del first["seconds"], second["seconds"]
    assert first == second


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--ladder", "3:60"), "must be from:to:step"),
        (("--ladder", "60:3:3"), "must be from:to:step"),
        (("--ladder", "0:60:0.01"), "at most 200 rungs"),
        (("--target", "1"), "--target"),
        (("--stratum", "SEL"), "`stratum` must be any, all or one of SLE, IIM"),
        (("--scenario", "nil"), "`scenario` must be one of null, works"),
        (("--width", "0.2"), "criterion on `survival`"),
        (("--width", "0.2", "--events", "3"), "exclude each other"),
        (("--events", "1000"), "the 120 patients"),
    ],
)
def test_wrong_input_is_refused_with_status_2(run, relapse, options, words):
    assert words in run("follow-up", relapse, *options, status=2).stderr


def test_follow_up_does_not_matter_to_a_binary_endpoint(run, small):
    assert "must be time_to_event" in run("follow-up", small, status=2).stderr


@pytest.mark.slow
def test_the_shipped_design_is_answered_under_each_reading(document):
    got = document(
        "follow-up", "cart-durability", "--exposure-readings", "--trials", "300", "--ladder", "36:60:12"
    )
    months = {
        row["reading"]: row["follow_up"]
        for row in got["results"]
        if (row["scenario"], row["stratum"]) == ("lasting benefit", "all")
    }
    assert months["optimistic"] <= months["published"] <= months["pessimistic"]
    assert got["answer"] == months["published"]


def test_a_binary_design_with_a_design_prior_has_no_follow_up_to_ask_for(run, tmp_path):
    path = tmp_path / "design.yaml"
    part = "{strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 1}}}"
    path.write_text(
        "title: t\nstrata: [A]\nendpoint: {kind: binary}\nsample_size: {treatment: 10}\n"
        f"model: {{treatment: {part}}}\ndesign_prior: {{treatment: {part}}}\n"
        "decision: [{estimand: response, greater_than: 0.5, probability: 0.9}]\n"
        "scenarios: [{name: a, treatment: 0.7}]\n"
    )
    result = run("follow-up", path, status=2)
    assert "`endpoint.kind` must be time_to_event for follow-up to matter" in result.stderr
