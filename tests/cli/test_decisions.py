"""`trialdesign power --decisions`: the table of critical counts, in every form.

Here, too, are tested: trialdesign.report.sections.critical_counts,
trialdesign.simulation.exact.counts.
"""

from __future__ import annotations

import csv
import io

COLUMNS = (
    "stratum n_control control_responders n_treatment success_if_at_least success_if_at_most unless"
).split()
SINGLE = """\
title: One arm
strata: [SLE]
endpoint: {kind: binary}
sample_size: {treatment: 20}
model: {treatment: {strata: {kind: independent, prior: {dist: Beta, alpha: 1, beta: 1}}}}
decision: [{estimand: response, greater_than: 0.4, probability: 0.95}]
scenarios: [{name: works, treatment: 0.6}]
"""


def test_the_document_adds_the_counts_and_what_is_held(document, small):
    plain, printed = document("power", small), document("power", small, "--decisions")
    assert printed["results"] == plain["results"]
    assert "decisions" not in plain
    assert [list(row) for row in printed["decisions"]] == [COLUMNS] * 10  # 0 to 4 controls, two strata
    given = printed["decisions_given"]
    assert given == {
        "scenario": "null",
        "responders": {"SLE": {"treatment": 1}, "IIM": {"treatment": 1}},
    }
    for stratum in ("SLE", "IIM"):
        counts = [r["success_if_at_least"] for r in printed["decisions"] if r["stratum"] == stratum]
        there = [count for count in counts if count is not None]
        assert there == sorted(there) and counts[: len(there)] == there  # more controls, more treated


def test_csv_has_the_counts_alone(document, run, small):
    table = list(csv.DictReader(io.StringIO(run("power", small, "--decisions", "--csv").stdout)))
    rows = document("power", small, "--decisions")["decisions"]
    assert list(table[0]) == COLUMNS
    for line, row in zip(table, rows, strict=True):
        assert line["success_if_at_least"] == str(row["success_if_at_least"] or "")


def test_the_page_has_a_line_for_each_number_of_controls_and_says_what_is_held(run, small):
    page = run("power", small, "--decisions").stdout
    head, _, table = page.partition("Critical counts  (")
    assert "Method: exact" in head
    assert "of 6 : 4" in table and "of 5 : 4" in table
    assert (
        "most likely under the first scenario, `null` (SLE 1 of 6 treated, IIM 1 of 5 treated)" in table
    )


def test_a_single_arm_needs_one_number(run, tmp_path):
    (tmp_path / "one.yaml").write_text(SINGLE)
    table = run("power", "one.yaml", "--decisions").stdout.partition("Critical counts")[2]
    assert ["SLE", "20", "12", "0.60"] in [line.split() for line in table.splitlines()]
    assert "No stratum informs another" in table


def test_an_endpoint_without_counts_is_refused_before_the_work(run):
    result = run("power", "cart-durability", "--decisions", status=2)
    assert result.stdout == ""
    assert "critical counts must be asked of an endpoint whose result is a number of responders" in (
        result.stderr
    )
