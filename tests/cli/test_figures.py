"""`--figure` of the commands that compute results: written, or refused before the work.

Here, too, are tested: trialdesign.cli._figures, trialdesign.cli._sampling.
"""

from __future__ import annotations

import pytest

DATA = """\
stratum,arm,n,responders
SLE,control,4,1
SLE,treatment,6,5
IIM,control,4,1
IIM,treatment,5,2
"""
WEIBULL = """\
title: A hazard that changes
strata: [SLE]
endpoint: {kind: time_to_event, distribution: weibull}
sample_size: {treatment: 20}
accrual: {rate: 5}
follow_up: 12
model: {treatment: {strata: {kind: independent, prior: {dist: Normal, mu: -3, sigma: 1}}}}
decision: [{estimand: hazard, less_than: 0.1, probability: 0.9}]
"""
COMMANDS = {
    "power": ("power", "small.yaml"),
    "analyse": ("analyse", "small.yaml", "data.csv"),
    "events": ("events", "cart-durability-single-arm"),
    "follow-up": ("follow-up", "cart-durability-single-arm", "--events", "10"),
    "width": (
        "follow-up", "cart-durability-single-arm", "--width", "0.3", "--trials", "20",
        "--ladder", "12:24:12", "--exposure-readings",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_figure_is_written_and_the_result_still_printed(run, small, tmp_path, name):
    (tmp_path / "data.csv").write_text(DATA)
    result = run(*COMMANDS[name], "--figure", "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert result.stdout and "Wrote figure.png." in result.stderr


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("path", "rule"), [("a.jpg", "must end in"), ("no/a.png", "must be in a folder")]
)
def test_a_figure_that_cannot_be_is_refused_before_the_work(run, small, tmp_path, name, path, rule):
    """The design is not even read: there is none of this name."""
    command, _, *rest = COMMANDS[name]
    result = run(command, "no such design", *rest, "--figure", path, status=2)
    assert rule in result.stderr and "no such design" not in result.stderr and not result.stdout


ANALYSE = COMMANDS["analyse"]
BESIDE = {
    "chains": (*ANALYSE, "--engine", "nuts", "--diagnostics"),
    "predictions": (*ANALYSE, "--predictive"),
    "chains of priors": ("priors", "fit", "small.yaml", "--engine", "nuts", "--diagnostics"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[pytest.mark.slow] * ("nuts" in BESIDE[each])) for each in BESIDE]
)
def test_arvizs_figures_are_written_beside_the_result(run, small, tmp_path, name):
    (tmp_path / "data.csv").write_text(DATA)
    result = run(*BESIDE[name], "figure.svg")
    assert "<svg" in (tmp_path / "figure.svg").read_text()
    assert result.stdout and "Wrote figure.svg." in result.stderr


@pytest.mark.parametrize("name", BESIDE)
@pytest.mark.parametrize(
    ("path", "rule"), [("a.jpg", "must end in"), ("no/a.png", "must be in a folder")]
)
def test_arvizs_figures_that_cannot_be_are_refused_before_the_work(run, name, path, rule):
    command = [word.replace("small.yaml", "no such design") for word in BESIDE[name]]
    result = run(*command, path, status=2)
    assert rule in result.stderr and "no such design" not in result.stderr and not result.stdout
    assert path != "a.jpg" or f"`{BESIDE[name][-1]}` must end in" in result.stderr


@pytest.mark.parametrize("command", [ANALYSE, ("priors", "fit", "small.yaml")])
def test_the_grid_has_no_chains(run, command):
    told = " ".join(run(*command, "--diagnostics", "a.png", status=2).stderr.split())
    assert "--diagnostics must go with --engine nuts; got quadrature." in told


def test_a_hazard_that_changes_predicts_no_counts(run, tmp_path):
    (tmp_path / "weibull.yaml").write_text(WEIBULL)
    told = run("analyse", "weibull.yaml", "no such data", "--predictive", "a.png", status=2).stderr
    assert "--predictive must go with an endpoint" in told and "no such data" not in told
