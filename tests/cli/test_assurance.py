"""`trialdesign assurance`: what it prints, in every form, and what it refuses.

Here, too, are tested: trialdesign.cli.assurance, trialdesign.report.sections.assurance,
trialdesign.report.figures.assurance.
"""

import csv
import io
import json

import pytest

DESIGN = """\
title: Two diseases, a truth for every trial
strata: [SLE, IIM]
endpoint: {kind: binary, name: remission}
sample_size: {treatment: 12}
model:
  treatment:
    strata:
      kind: hierarchical
      mean: {dist: Normal, mu: 0, sigma: 1.5}
      sd: {dist: HalfNormal, sigma: 0.5}
decision:
  - {estimand: response, greater_than: 0.4, probability: 0.95}
"""
PRIOR = """\
design_prior:
  treatment:
    strata: {kind: independent, prior: {dist: Beta, alpha: 6, beta: 4}}
"""


@pytest.fixture
def design(tmp_path):
    """Return the path of a small design with a design prior."""
    path = tmp_path / "design.yaml"
    path.write_text(DESIGN + PRIOR, encoding="utf-8")
    return path


def test_json_has_the_rows_of_power_and_those_without_borrowing(design, run):
    result = run("assurance", design, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["command"] == "assurance"
    assert (found["method"], found["trials"]) == ("exact", None)
    assert set(found["results"][0]) == set("scenario stratum quantity value mcse lower upper".split())
    assert {row["scenario"] for row in found["results"]} == {"design prior"}
    assert len(found["without_borrowing"]) == len(found["results"])
    assert found["accuracy"] < 1e-5


def test_csv_is_the_rows(design, run):
    rows = list(csv.DictReader(io.StringIO(run("assurance", design, "--csv").stdout)))
    assert {row["quantity"] for row in rows} == {
        "assurance", "probability_effective", "power", "type_i_error", "positive_predictive_value",
        "correct_decision", "family_wise_error",
    }  # fmt: skip


def test_the_page_names_every_column_and_the_method(design, run):
    page = run("assurance", design).stdout
    for text in ("assurance", "effective if", "without", "Method: exact", "any", "all"):
        assert text in page


def test_a_figure_is_drawn(design, run, tmp_path):
    assert run("assurance", design, "--figure", tmp_path / "a.svg").exit_code == 0
    assert "assurance" in (tmp_path / "a.svg").read_text()


def test_without_a_design_prior_there_is_no_assurance(run, tmp_path):
    path = tmp_path / "design.yaml"
    path.write_text(DESIGN, encoding="utf-8")
    result = run("assurance", path, status=2)
    assert "`design_prior` must say what is believed to be true" in result.stderr
