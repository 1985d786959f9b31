"""`trialdesign power`: what it prints, and that scripts can rely on it.

Here, too, are tested: trialdesign.report.sections.power, trialdesign.report.page,
trialdesign.report.numbers, trialdesign.report.words, trialdesign.simulation.power,
trialdesign.design.without_borrowing.
"""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from helpers import DESIGNS
from scipy import stats

from trialdesign import load_design, operating_characteristics, without_borrowing
from trialdesign.cli._output import to_csv, to_json

KEYS = "command version title design_hash method trials seed seconds warnings results".split()
COLUMNS = "scenario stratum quantity value mcse lower upper".split()


def test_the_document_has_the_keys_that_scripts_use(document, small):
    printed = document("power", small)
    assert printed.keys() >= set(KEYS)
    assert [list(row) for row in printed["results"]] == [COLUMNS] * len(printed["results"])
    assert printed["command"] == "power"
    assert (printed["method"], printed["trials"], printed["seed"]) == ("exact", None, 1)
    assert printed["title"] == "Two diseases, small"
    assert len(printed["design_hash"]) == 64
    assert printed["warnings"] == []
    assert printed["seconds"] > 0


def test_every_quantity_is_there_and_read_off_the_truth(document, small):
    rows = document("power", small)["results"]
    found = {(row["scenario"], row["stratum"], row["quantity"]) for row in rows}
    per_stratum = {"bias", "rmse", "coverage", "expected_sample_size"}
    success = {
        ("null", "SLE"): "type_i_error",
        ("null", "IIM"): "type_i_error",
        ("works", "SLE"): "power",
        ("works", "IIM"): "type_i_error",
    }
    expected = {(*at, quantity) for at, kind in success.items() for quantity in {kind, *per_stratum}}
    for scenario in ("null", "works"):
        joint = {("any", "success"), ("any", "family_wise_error"), ("all", "success")}
        expected |= {(scenario, *each) for each in joint | {("all", "expected_sample_size")}}
    assert found == expected


def test_exact_numbers_carry_no_monte_carlo_error(document, small):
    for row in document("power", small)["results"]:
        assert row["mcse"] == 0
        assert row["lower"] == row["value"] == row["upper"]


def test_simulated_numbers_carry_their_error(document, small):
    printed = document("power", small, "--method", "simulation", "--trials", "100", "--seed", "7")
    assert (printed["method"], printed["trials"], printed["seed"]) == ("simulation", 100, 7)
    rates = [row for row in printed["results"] if row["quantity"] in ("power", "type_i_error")]
    assert all(row["lower"] < row["upper"] for row in rates)
    assert any(row["mcse"] > 0 for row in rates)


def test_equal_seeds_give_equal_documents_and_others_do_not(document, small):
    arguments = ("power", small, "--method", "simulation")
    first, again = document(*arguments), document(*arguments)
    other = document(*arguments, "--seed", "2")
    for printed in (first, again, other):
        del printed["seconds"]
    assert first == again
    assert first["results"] != other["results"]


def test_the_same_design_without_borrowing_stands_beside_it(document, run, small):
    printed = document("power", small)
    alone = operating_characteristics(without_borrowing(load_design(small)))
    assert [row["value"] for row in printed["without_borrowing"]] == [row.value for row in alone.rows]
    assert document("power", small, "--no-reference")["without_borrowing"] is None
    assert "borrowing" in run("power", small).stdout
    assert "borrowing" not in run("power", small, "--no-reference").stdout


def test_a_design_that_does_not_borrow_has_no_reference(document, run):
    name = "cart-three-diseases-no-borrowing"
    assert document("power", name)["without_borrowing"] is None
    assert "without" not in run("power", name).stdout


def test_csv_has_the_rows_and_columns_of_the_document(run, document, small):
    table = list(csv.DictReader(io.StringIO(run("power", small, "--csv").stdout)))
    rows = document("power", small)["results"]
    assert list(table[0]) == COLUMNS
    assert [float(row["value"]) for row in table] == [row["value"] for row in rows]
    assert [row["stratum"] for row in table] == [row["stratum"] for row in rows]


def test_the_design_may_come_from_standard_input(run, small):
    piped = run("power", "-", "--csv", input=small.read_text())
    assert piped.stdout == run("power", small, "--csv").stdout


def test_the_page_labels_each_stratum_by_its_truth(run, small):
    lines = run("power", small).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("works"))
    block = lines[at + 1 : at + 8]
    assert any(line.startswith("SLE") and "power" in line for line in block)
    assert any(line.startswith("IIM") and "type I error" in line for line in block)
    assert any(line.startswith("any null") and "family-wise" in line for line in block)
    assert "Method: exact, every outcome is enumerated" in "\n".join(lines)


def test_the_page_says_why_it_was_simulated_and_how_well(run, small):
    page = run("power", small, "--method", "simulation", "--trials", "150").stdout
    assert "simulation, 150 trials per scenario, seed 1, because simulation was asked for" in page
    assert " ± " in page


def test_piped_output_is_plain(run, small):
    page = run("power", small).stdout
    assert page.isascii() or set(page) - set(map(chr, range(128))) <= {"±"}
    assert "\x1b" not in page


def test_what_is_not_finite_is_null_in_json_and_empty_in_csv():
    rows = [{"a": float("nan"), "b": 1.5}, {"a": float("-inf"), "b": None}]
    assert json.loads(to_json({"rows": rows})) == {
        "rows": [{"a": None, "b": 1.5}, {"a": None, "b": None}]
    }
    assert to_csv(["a", "b"], rows) == "a,b\n,1.5\n,\n"


def test_evidence_at_full_weight_is_warned_of(run, document, small):
    text = small.read_text()
    start = text.index("        discount")
    small.write_text(text[:start] + text[text.index("decision") :])
    (warning,) = document("power", small)["warnings"]
    assert "mueller-2024-response informs `treatment` at full weight" in warning
    assert "Warning: mueller-2024-response" in run("power", small).stderr
    assert run("power", small, "--quiet").stderr == ""


def test_scenarios_without_any_null_are_warned_of(document, small):
    text = small.read_text()
    small.write_text(
        text[: text.index('  - {name: "null"')] + "  - {name: a, control: 0.2, treatment: 0.9}\n"
    )
    (warning,) = document("power", small)["warnings"]
    assert "no type I error is computed" in warning


def test_exact_is_refused_where_a_design_is_too_large(run):
    result = run("power", "cart-against-rituximab", "--method", "exact", status=2)
    assert "Use --method simulation" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "option", [("--trials", "1"), ("--seed", "-1"), ("--method", "guess"), ("--jsn",)]
)
def test_a_wrong_option_is_the_users_error(run, small, option):
    result = run("power", small, *option, status=2)
    assert "Error" in result.stderr and result.stdout == ""


def test_json_and_csv_exclude_each_other(run, small):
    assert (
        "--json and --csv exclude each other" in run("power", small, "--json", "--csv", status=2).stderr
    )


@pytest.mark.parametrize(
    ("name", "begins"), [("a.json", '{\n  "command"'), ("a.csv", "scenario,"), ("a.txt", "Two diseases")]
)
def test_a_file_gets_the_form_of_its_suffix(run, small, tmp_path, name, begins):
    result = run("power", small, "-o", name)
    assert (result.stdout, result.stderr) == ("", f"Wrote {name}.\n")
    assert (tmp_path / name).read_text().startswith(begins)


def test_no_file_is_replaced_without_force(run, small, tmp_path):
    (tmp_path / "a.json").write_text("kept")
    refused = run("power", small, "-o", "a.json", status=2)
    assert "a.json must not exist yet" in refused.stderr
    assert (tmp_path / "a.json").read_text() == "kept"
    run("power", small, "-o", "a.json", "--force")
    assert json.loads((tmp_path / "a.json").read_text())["command"] == "power"


def test_a_folder_that_does_not_exist_is_refused_before_the_work(run, small):
    assert "must be in a folder that exists" in run("power", small, "-o", "no/a.json", status=2).stderr


def test_a_title_cannot_write_to_the_terminal(run, small):
    small.write_text(small.read_text().replace("Two diseases, small", '"\\e[2Jred\\n"'))
    assert "\x1b" not in run("power", small).stdout


@pytest.mark.slow
def test_a_trusting_design_shows_what_borrowing_buys_and_costs(document):
    printed = document("power", DESIGNS / "trusting.yaml")
    assert printed["method"] == "exact"
    with_, without = (
        {(r["scenario"], r["stratum"], r["quantity"]): r["value"] for r in printed[key]}
        for key in ("results", "without_borrowing")
    )
    scenarios = list(dict.fromkeys(key[0] for key in with_))
    assert scenarios[:4] == [
        "global null",
        "one disease works",
        "two diseases work",
        "all diseases work",
    ]
    assert any(name.startswith("cohort too optimistic") for name in scenarios)
    works = ("all diseases work", "IIM", "power")
    assert with_[works] > without[works] + 0.1
    expected = [name for name in scenarios if not name.startswith("controls respond more often")]
    errors = [key for key in with_ if key[2] == "type_i_error" and key[0] in expected]
    assert all(without[key] < 0.025 for key in errors)
    worst = max(errors, key=with_.__getitem__)
    assert worst == ("two diseases work", "SSc", "type_i_error")
    assert without[worst] + 0.01 < with_[worst] < 0.05


@pytest.mark.slow
def test_the_shipped_design_shows_how_little_borrowing_buys_and_costs(document):
    printed = document("power", "cart-three-diseases")
    assert printed["method"] == "exact"
    with_, without = (
        {(r["scenario"], r["stratum"], r["quantity"]): r["value"] for r in printed[key]}
        for key in ("results", "without_borrowing")
    )
    works = ("all diseases work", "IIM", "power")
    assert without[works] + 0.05 < with_[works] < without[works] + 0.06
    family_wise = {key[0]: value for key, value in with_.items() if key[2] == "family_wise_error"}
    worst = max(family_wise, key=family_wise.__getitem__)
    assert worst == "controls respond in half, all at the margin"
    assert without[worst, "any", "family_wise_error"] + 0.01 < family_wise[worst] < 0.05


def test_a_design_prior_that_power_has_no_use_for_is_told(run, tmp_path):
    part = "{strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 1}}}"
    path = tmp_path / "design.yaml"
    path.write_text(
        "title: t\nstrata: [A]\nendpoint: {kind: binary}\nsample_size: {treatment: 10}\n"
        f"model: {{treatment: {part}}}\ndesign_prior: {{treatment: {part}}}\n"
        "decision: [{estimand: response, greater_than: 0.5, probability: 0.9}]\n"
        "scenarios: [{name: a, treatment: 0.7}, {name: b, treatment: 0.4}]\n"
    )
    result = run("power", path)
    assert "`design_prior` has no part in these results" in result.stderr


def test_weak_priors_in_both_arms_are_the_trial_alone(run):
    """Beta(1 + y, 37 - y) against Beta(1 + x, 25 - x) after y of 36 and x of 24 responders."""
    document = json.loads(run("power", "cart-three-diseases", "--weak-priors", "--json").stdout)
    rows = {
        row["scenario"]: row["value"]
        for row in document["weak_priors"]
        if row["stratum"] == "SLE" and row["quantity"] in ("power", "type_i_error")
    }
    x = (np.arange(4000) + 0.5) / 4000
    density = [stats.beta(1 + y, 37 - y).pdf(x) / 4000 for y in range(37)]
    beyond = [stats.beta(1 + y, 25 - y).cdf(x - 0.2) for y in range(25)]
    succeeds = np.array([[d @ b > 0.99 for b in beyond] for d in density])
    want = stats.binom(36, 0.7).pmf(range(37)) @ succeeds @ stats.binom(24, 0.1).pmf(range(25))
    assert rows["all diseases work"] == pytest.approx(want, abs=1e-6)
