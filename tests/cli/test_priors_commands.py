"""`priors fit`, `ess`, `conflict` and `elicit` at the shell.

Here, too, are tested: trialdesign.cli.priors, trialdesign.cli.priors.conflict,
trialdesign.cli.priors.elicit, trialdesign.cli.priors.ess, trialdesign.cli.priors.fit,
trialdesign.report.sections.conflict, trialdesign.report.sections.priors.
"""

from __future__ import annotations

import json

import pytest
from conftest import SMALL
from helpers import DESIGNS

SUMMARY = ["mean", "sd", "q2.5", "q25", "q50", "q75", "q97.5"]
DATA = (
    "stratum,arm,n,responders\nSLE,control,4,1\nSLE,treatment,6,5\nIIM,control,4,1\nIIM,treatment,5,3\n"
)
RBEST = """
{"meta":{"dim":[3,2],"dimnames":[["w","a","b"],["map","robust"]],"link":["identity"],
"class":["betaMix","mix"],"likelihood":["binomial"]},"comp":[[0.8,0.2],[4,1],[16,1]]}
"""


def test_fit_has_a_row_a_component_stratum_and_scale(document, small):
    found = document("priors", "fit", small)
    assert found["command"] == "priors fit"
    assert found["method"] == "quadrature"
    assert list(found["results"][0]) == ["component", "stratum", "scale", *SUMMARY]
    told = [(row["component"], row["stratum"], row["scale"]) for row in found["results"]]
    assert told == [
        (component, stratum, scale)
        for component in ("control", "treatment")
        for stratum in ("SLE", "IIM")
        for scale in ("linear", "natural")
    ]
    assert found["results"][0]["mean"] == pytest.approx(-1)


def test_fit_tells_how_much_was_stated(run, document, small):
    assert "all 8 patients of the evidence responded" in run("priors", "fit", small).stdout
    shares = {
        (row["component"], row["stratum"]): row
        for row in document("priors", "fit", small)["prior_share"]
    }
    assert shares["control", "SLE"]["share"] == pytest.approx(1)
    assert 0.5 < shares["treatment", "SLE"]["share"] < 1


def test_fit_of_one_component_and_stratum(document, small):
    found = document("priors", "fit", small, "--component", "treatment", "--stratum", "IIM")
    assert {(row["component"], row["stratum"]) for row in found["results"]} == {("treatment", "IIM")}


def test_fit_gives_csv_with_the_columns_of_the_json(run, small):
    lines = run("priors", "fit", small, "--csv").stdout.splitlines()
    assert lines[0] == ",".join(["component", "stratum", "scale", *SUMMARY])
    assert len(lines) == 9


def test_a_fitted_mixture_is_a_prior_that_a_design_can_name(run, document, small, tmp_path):
    found = document("priors", "fit", small, "--component", "treatment", "--mixture")
    row = found["mixtures"][0]
    assert row["divergence"] < 0.005
    prior = json.dumps(row["prior"])
    again = SMALL.replace("strata: {kind: pooled, prior: {dist: Normal, mu: 0, sigma: 2}}", "STRATA")
    head, _, rest = again.partition("    evidence:\n")
    rest = rest[rest.index("decision:") :]
    text = head.replace("STRATA", f"strata: {{kind: independent, prior: {prior}}}") + rest
    (tmp_path / "again.yaml").write_text(text)
    fitted = document("priors", "fit", "again.yaml", "--component", "treatment")
    natural = [found["results"][1], fitted["results"][1]]
    assert natural[1]["mean"] == pytest.approx(natural[0]["mean"], abs=2e-3)
    assert natural[1]["sd"] == pytest.approx(natural[0]["sd"], abs=2e-3)


def test_what_is_written_for_rbest_is_worth_what_it_was(document, run, small):
    run("priors", "fit", small, "--component", "control", "--stratum", "SLE", "--rbest", "mix.json")
    again = document("priors", "ess", "mix.json")
    assert [row["method"] for row in again["results"]] == ["elir", "moment", "morita"]
    assert again["results"][1]["ess"] > 0
    refused = run("priors", "fit", small, "--rbest", "all.json", status=2).stderr
    assert "Name its --component and --stratum" in refused
    assert (
        "To replace it, pass --force"
        in run(
            "priors",
            "fit",
            small,
            "--component",
            "control",
            "--stratum",
            "SLE",
            "--rbest",
            "mix.json",
            status=2,
        ).stderr
    )


def test_ess_of_a_mixture_written_by_rbest(document, run, tmp_path):
    (tmp_path / "rob.json").write_text(RBEST)
    sizes = {row["method"]: row["ess"] for row in document("priors", "ess", "rob.json")["results"]}
    assert sizes["elir"] == pytest.approx(12.697021075, abs=1e-6)
    assert sizes["moment"] == pytest.approx(4.1773449513, abs=1e-6)
    assert sizes["morita"] == pytest.approx(15.3821028892, abs=1e-6)
    assert "patients" in run("priors", "ess", "rob.json").stdout
    (tmp_path / "bad.json").write_text(RBEST.replace("0.8", "-0.8"))
    assert "must be 0 or more; got -0.8" in run("priors", "ess", "bad.json", status=2).stderr
    assert "must exist; got no file" in run("priors", "ess", "none.json", status=2).stderr


def test_ess_has_three_methods_a_component_and_stratum(document, small):
    found = document("priors", "ess", small)
    assert list(found["results"][0]) == ["component", "stratum", "method", "ess"]
    assert [row["method"] for row in found["results"][:3]] == ["elir", "moment", "morita"]
    assert {row["planned"] for row in found["priors"]} == {4, 5, 6}
    (first, *_) = found["expected"]
    assert set(first) == {"scenario", "component", "stratum", "planned", "prior", "expected"}
    assert len(found["expected"]) == 8


def test_a_prior_with_a_pole_has_no_elir_and_says_why(run, document, tmp_path):
    pole = "{dist: Beta, alpha: 0.5, beta: 0.5}"
    (tmp_path / "pole.yaml").write_text(SMALL.replace("{dist: Normal, mu: -1, sigma: 1}", pole))
    found = document("priors", "ess", "pole.yaml", "--component", "control")
    assert found["results"][0]["ess"] is None
    assert found["results"][1]["ess"] == pytest.approx(1, abs=1e-4)
    assert "elir of control in SLE diverges" in found["warnings"][0]


def test_conflict_has_a_row_for_every_result(document, small):
    found = document("priors", "conflict", small)
    assert found["method"] == "exact"
    rows = [row for row in found["results"] if row["stratum"] == "SLE"]
    assert [row["count"] for row in rows] == list(range(7))
    assert sum(row["probability"] for row in rows) == pytest.approx(1)
    weights = [row["vague_weight"] for row in rows]
    assert weights == sorted(weights, reverse=True)
    assert {row["component"] for row in found["results"]} == {"treatment"}
    assert list(dict.fromkeys(row["stratum"] for row in found["sweet_spot"])) == ["SLE", "IIM"]


def test_conflict_holds_published_results_against_the_priors(document, run, small):
    found = document(
        "priors", "conflict", small, "--against", "feng-2025-doris", "--against", "sr-2025-doris"
    )
    assert [(row["count"], row["size"]) for row in found["against"]] == [(12, 15), (45, 64)]
    assert found["against"][1]["conflict"] < found["against"][0]["conflict"]
    assert found["warnings"][0].startswith("sr-2025-doris shares patients with mueller-2024-response")
    assert len(found["warnings"]) == 1
    assert "45 of 64" in run("priors", "conflict", small, "--against", "sr-2025-doris").stdout
    assert (
        "must be on a binary endpoint"
        in run("priors", "conflict", small, "--against", "iim-jo1-relapse-2025", status=2).stderr
    )


def test_conflict_finds_the_weight_at_which_a_decision_changes(document, small, tmp_path):
    (tmp_path / "data.csv").write_text(DATA)
    found = document("priors", "conflict", small, "--data", "data.csv", "--margin", "0.2")
    assert [row["stratum"] for row in found["tipping"]] == ["SLE", "IIM"]
    assert found["tipping"][0]["weight"][0] == 0
    assert len(found["tipping"][0]["probability"]) == len(found["tipping"][0]["weight"])
    assert all(0 <= row["self_adapting_weight"] <= 1 for row in found["results"])


def test_conflict_tells_what_empirical_bayes_would_do(document, run, small):
    found = document("priors", "conflict", small)
    rows = [row for row in found["results"] if row["stratum"] == "SLE"]
    weights = [row["empirical_bayes_weight"] for row in rows]
    assert weights == sorted(weights, reverse=True) and set(weights) == {0, 1}
    for row in rows:  # the vague component explains the result better: Bayes raises its weight
        assert row["empirical_bayes_weight"] == (row["vague_weight"] > 0.5)
    assert {row["rule"] for row in found["sweet_spot"]} == {"as designed", "empirical Bayes"}
    assert "Empirical Bayes" in run("priors", "conflict", small).stdout


def test_conflict_of_events_in_a_stated_exposure(document, run):
    design = DESIGNS / "constant-hazard.yaml"
    found = document(
        "priors", "conflict", design, "--exposure", "60", "--against", "iim-jo1-relapse-2025"
    )
    rows = [row for row in found["results"] if row["stratum"] == "IIM"]
    assert sum(row["probability"] for row in rows) == pytest.approx(1, abs=1e-8)
    assert rows[10]["vague_weight"] > 0.8 > rows[0]["vague_weight"]  # 0.8 before any data
    assert [row["count"] for row in found["against"]] == [1]
    assert found["sweet_spot"] == []
    assert "or more" in run("priors", "conflict", design, "--exposure", "60").stdout


@pytest.mark.parametrize(
    ("design", "options", "reason"),
    [
        ("small", ["--exposure", "60"], "`exposure` must go with a time to event"),
        (DESIGNS / "constant-hazard.yaml", [], "the exposure of a planned trial is not known"),
        (
            DESIGNS / "constant-hazard.yaml",
            ["--exposure", "60", "--margin", "0.1"],
            "it is a difference in response rates",
        ),
    ],
)
def test_conflict_refuses_what_an_endpoint_has_no_use_for(run, small, design, options, reason):
    design = small if design == "small" else design
    assert reason in run("priors", "conflict", design, *options, status=2).stderr


def test_ess_is_told_under_each_reading_of_bounded_exposures(document, run):
    found = document("priors", "ess", "cart-durability-single-arm")
    rows = [row for row in found["readings"] if row["stratum"] == "SLE" and row["method"] == "moment"]
    assert [row["exposure"] for row in rows] == ["lower", "middle", "upper"]
    own = [row["ess"] for row in found["results"] if row["stratum"] == "SLE"]
    middle = [r["ess"] for r in found["readings"] if (r["stratum"], r["exposure"]) == ("SLE", "middle")]
    assert middle == own  # the design reads its evidence at the middle
    page = run("priors", "ess", "cart-durability-single-arm").stdout
    assert "Under each reading of exposures known as bounds" in page


def test_conflict_of_controls_without_evidence(document, small):
    found = document("priors", "conflict", small, "--component", "control")
    assert found["results"][0]["vague_weight"] is None
    assert found["sweet_spot"] == []


def test_a_statement_becomes_a_prior(document, run):
    found = document(
        "priors", "elicit", "--between", 0.4, 0.8, "--probability", 0.9, "--most-likely", 0.65
    )
    (prior,) = found["results"]
    assert prior["dist"] == "Beta"
    assert (prior["alpha"] - 1) / (prior["alpha"] + prior["beta"] - 2) == pytest.approx(0.65)
    page = run(
        "priors", "elicit", "--between", 0.01, 0.05, "--probability", 0.9, "--scale", "rate"
    ).stdout
    assert "prior: {dist: Gamma, alpha: 5.48" in page
    refused = run(
        "priors", "elicit", "--between", 0.4, 0.8, "--probability", 0.9, "--most-likely", 0.95, status=2
    )
    assert "a Beta distribution can meet" in refused.stderr


@pytest.mark.parametrize(
    ("command", "suffix", "start"),
    [
        (["fit"], ".png", b"\x89PNG"),
        (["fit", "--draw", "forest"], ".svg", b"<?xml"),
        (["ess"], ".pdf", b"%PDF"),
        (["conflict"], ".png", b"\x89PNG"),
        (["conflict", "--draw", "weights"], ".png", b"\x89PNG"),
        (["conflict", "--draw", "drift"], ".png", b"\x89PNG"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else None,
)
def test_a_figure_is_written(run, small, tmp_path, command, suffix, start):
    run("priors", command[0], small, *command[1:], "--figure", f"figure{suffix}")
    assert (tmp_path / f"figure{suffix}").read_bytes().startswith(start)


def test_the_same_figure_is_the_same_bytes_and_not_replaced_unasked(run, small, tmp_path):
    arguments = ["priors", "conflict", small, "--draw", "weights", "--figure", "a.svg"]
    run(*arguments)
    before = (tmp_path / "a.svg").read_bytes()
    assert "To replace it, pass --force" in run(*arguments, status=2).stderr
    run(*arguments, "--force")
    assert (tmp_path / "a.svg").read_bytes() == before


def test_a_figure_of_another_kind_is_refused_before_any_work(run, small):
    assert (
        "must end in .png, .svg, .pdf"
        in run("priors", "fit", small, "--figure", "a.jpg", status=2).stderr
    )


def test_a_figure_that_a_design_cannot_have_is_refused(run, small):
    refused = run(
        "priors",
        "conflict",
        small,
        "--component",
        "control",
        "--draw",
        "drift",
        "--figure",
        "a.png",
        status=2,
    ).stderr
    assert "--draw drift needs evidence" in refused


@pytest.mark.slow
def test_nuts_gives_the_same_priors_with_its_diagnostics(document, small):
    grid = document("priors", "fit", small)["results"]
    drawn = document("priors", "fit", small, "--engine", "nuts", "--seed", 1)
    assert drawn["method"] == "nuts"
    assert drawn["seed"] == 1
    assert drawn["diagnostics"]["rhat"] < 1.01
    for one, other in zip(grid, drawn["results"], strict=True):
        if one["scale"] == "natural":
            assert other["mean"] == pytest.approx(one["mean"], abs=0.03)
