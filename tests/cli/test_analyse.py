"""`trialdesign analyse`: what it prints, how it reads data, and when it is not satisfied.

Here, too, are tested: trialdesign.report.sections.analyse.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

import trialdesign.cli.analyse as module
from trialdesign import analyse, load_data, load_design

DATA = """\
stratum,arm,n,responders
SLE,control,4,1
SLE,treatment,6,5
IIM,control,4,1
IIM,treatment,5,2
"""
POSTERIOR = "stratum estimand mean sd q2.5 q25 q50 q75 q97.5".split()


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(DATA)
    return path


def test_the_document_has_the_keys_that_scripts_use(document, small, data):
    printed = document("analyse", small, data)
    assert printed["command"] == "analyse"
    assert (printed["method"], printed["trials"], printed["seed"]) == ("quadrature", None, None)
    assert [list(row) for row in printed["results"]] == [
        ["stratum", "criterion", "probability", "met"]
    ] * 2
    assert {row["criterion"] for row in printed["results"]} == {"P(difference > 0.1) > 0.9"}
    assert [list(row) for row in printed["posterior"]] == [POSTERIOR] * 6
    estimands = [row["estimand"] for row in printed["posterior"] if row["stratum"] == "SLE"]
    assert estimands == ["difference", "control", "treatment"]
    assert printed["success"] == {row["stratum"]: row["met"] for row in printed["results"]}
    assert list(printed["success"]) == ["SLE", "IIM"]
    named = ["stratum", "arm", *POSTERIOR[1:]]
    assert [list(row) for row in printed["arms"]] == [named] * 4
    assert [(row["arm"], row["estimand"]) for row in printed["arms"][:2]] == [
        ("treatment", "response"), ("control", "response"),
    ]  # fmt: skip


def test_the_command_prints_what_the_library_returns(document, small, data):
    design = load_design(small)
    result = analyse(design, load_data(design, data))
    assert document("analyse", small, data)["results"] == list(result.results)


def test_patients_and_counts_give_the_same_answer(document, small, data, tmp_path):
    lines = ["stratum,arm,response"]
    for row in csv.DictReader(io.StringIO(DATA)):
        n, responders = int(row["n"]), int(row["responders"])
        lines += [f"{row['stratum']},{row['arm']},{int(i < responders)}" for i in range(n)]
    patients = tmp_path / "patients.csv"
    patients.write_text("\n".join(lines) + "\n")
    assert (
        document("analyse", small, patients)["posterior"]
        == document("analyse", small, data)["posterior"]
    )


def test_csv_has_the_criteria_and_beside_them_the_arms(run, document, small, data):
    table = list(csv.DictReader(io.StringIO(run("analyse", small, data, "--csv").stdout)))
    summary = POSTERIOR[2:]
    beside = [f"{arm}_{key}" for arm in ("treatment", "control") for key in summary]
    head = ["stratum", "criterion", "probability", "met", "arm_estimand"]
    assert list(table[0]) == [*head, *beside]
    assert [row["stratum"] for row in table] == ["SLE", "IIM"]
    for row in document("analyse", small, data)["arms"]:
        (own,) = [line for line in table if line["stratum"] == row["stratum"]]
        assert [float(own[f"{row['arm']}_{key}"]) for key in summary] == [row[key] for key in summary]


def test_the_page_shows_criteria_and_posterior(run, small, data):
    page = run("analyse", small, data).stdout
    assert "P(difference > 0.1) > 0.9" in page
    assert "Engine: quadrature" in page
    assert "q97.5" in page and "\x1b" not in page
    assert "Response rate  (posterior of each arm, on the natural scale)" in page


def test_data_may_come_from_standard_input_but_not_beside_the_design(run, small, data):
    piped = run("analyse", small, "-", "--csv", input=DATA).stdout
    assert piped == run("analyse", small, data, "--csv").stdout
    assert "must not both be standard input" in run("analyse", "-", "-", status=2).stderr


def test_a_sampler_that_did_not_converge_is_status_3_with_its_reason(run, small, data, monkeypatch):
    def unconverged(*arguments, **options):
        warnings = ("NUTS has not converged: R-hat is 1.2.",)
        return replace(analyse(*arguments, seed=1), converged=False, warnings=warnings)

    monkeypatch.setattr(module, "analyse", lambda design, data, engine, seed: unconverged(design, data))
    result = run("analyse", small, data, "--csv", status=3)
    assert result.stdout.startswith("stratum,")
    assert "Warning: NUTS has not converged: R-hat is 1.2." in result.stderr


BAD_DATA = [
    ("no such file", None, "must exist"),
    ("a stratum missing", DATA.replace("IIM,treatment,5,2\n", ""), "IIM"),
    ("a row twice", DATA + "IIM,treatment,5,2\n", "IIM"),
    ("an unknown stratum", DATA + "SSc,treatment,5,2\n", "SSc"),
    ("an unknown column", DATA.replace("responders", "respnders"), "responders"),
    ("responders above n", DATA.replace("6,5", "6,7"), "7"),
    ("a negative n", DATA.replace("6,5", "-6,5"), "-6"),
    ("a broken n", DATA.replace("6,5", "6.5,5"), "6.5"),
    ("nothing", "", "1:1"),
    ("binary junk", "\0\1\2", "1:1"),
]


@pytest.mark.parametrize(
    ("text", "words"), [case[1:] for case in BAD_DATA], ids=[case[0] for case in BAD_DATA]
)
def test_malformed_data_is_refused_at_its_place(run, small, tmp_path, text, words):
    if text is not None:
        (tmp_path / "data.csv").write_text(text)
    result = run("analyse", small, "data.csv", status=2)
    assert result.stdout == ""
    assert all(line.startswith("data.csv:") and " must " in line for line in result.stderr.splitlines())
    assert words in result.stderr


def test_a_folder_is_no_data(run, small, tmp_path):
    (tmp_path / "data.csv").mkdir()
    assert "data.csv:1:1: the file must be a file" in run("analyse", small, "data.csv", status=2).stderr


@pytest.mark.slow
def test_nuts_agrees_with_the_grid_and_tells_how_well_it_mixed(document, small, data):
    grid = document("analyse", small, data)
    nuts = document("analyse", small, data, "--engine", "nuts", "--seed", "3")
    assert (nuts["method"], nuts["seed"]) == ("nuts", 3)
    assert nuts["diagnostics"]["rhat"] < 1.01
    for ours, theirs in zip(grid["results"], nuts["results"], strict=True):
        assert ours["probability"] == pytest.approx(theirs["probability"], abs=0.02)
