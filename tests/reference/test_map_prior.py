"""The meta-analytic-predictive prior of eight control arms, stated in two ways."""

import numpy as np
import pytest
from helpers import (
    STRATA,
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    hierarchical,
    hyper,
    independent,
    normal,
    posterior,
    reference,
)
from scipy import special

DATA = reference("map_prior")
ARMS = [(arm["n"], arm["r"]) for arm in DATA["rbest_default"]["inputs"]["data"]]
TOLERANCE = 1e-4
BETA, TAU = normal(0.0, 2.0), half_normal(1.0)
NATURAL = [criterion("response", 0.5, 0.9)]


def as_evidence():
    """One stratum that has learned from eight past studies; no patient of its own yet."""
    rows = [("SLE", n, r) for n, r in ARMS]
    used = evidence(rows, {"kind": "meta_analytic", "sd": TAU})
    return binary({"treatment": component(independent(BETA), used)}, 0, None, NATURAL, strata=1)


def as_hierarchy():
    """Nine exchangeable strata, the last of them without patients."""
    model = {"treatment": component(hierarchical(BETA, TAU))}
    return binary(model, [n for n, _ in ARMS] + [0], None, NATURAL, strata=STRATA[:9])


def predictive(design):
    """Return the posterior of a trial and the position of the new study in it."""
    past = len(design.strata) - 1
    return posterior(design, [r for _, r in ARMS[:past]] + [0]), past


@pytest.mark.parametrize("statement", [as_evidence, as_hierarchy])
def test_response_scale(statement):
    post, s = predictive(statement())
    want = DATA["exact"]["response"]
    assert post.mean(s) == pytest.approx(want["mean"], abs=TOLERANCE)
    assert post.sd(s) == pytest.approx(want["sd"], abs=TOLERANCE)
    for q, at in want["q"].items():
        assert post.quantile(s, float(q), (0.01, 0.99)) == pytest.approx(at, abs=TOLERANCE)


@pytest.mark.parametrize("statement", [as_evidence, as_hierarchy])
def test_link_scale(statement):
    post, s = predictive(statement())
    want, x = DATA["exact"]["link"], post.assembled.model.focus.grid.nodes
    mean = post.focus(s) @ x
    assert mean == pytest.approx(want["mean"], abs=TOLERANCE)
    assert np.sqrt(post.focus(s) @ (x - mean) ** 2) == pytest.approx(want["sd"], abs=TOLERANCE)
    for q, at in want["q"].items():
        found = special.logit(post.quantile(s, float(q), (0.01, 0.99)))
        assert found == pytest.approx(at, abs=TOLERANCE)


def test_shared_mean_and_between_trial_sd():
    found = hyper(as_hierarchy(), [r for _, r in ARMS] + [0])
    assert found.moments("mean") == pytest.approx(DATA["exact"]["beta"], abs=TOLERANCE)
    assert found.moments("sd") == pytest.approx(DATA["exact"]["tau"], abs=TOLERANCE)


def test_long_mcmc_run_of_another_program_agrees_within_its_error():
    """RBesT, 220,000 draws: five Monte Carlo standard errors of the mean."""
    post, s = predictive(as_evidence())
    run = DATA["rbest"]["post"]
    error = post.mean(s) - run["MAP_response_scale"]["mean"]
    assert abs(error) < 5 * run["mcse_mean"]["theta_resp_pred"]
