"""The meta-analytic-predictive prior of eight control arms, stated in two ways.

Here, too, are tested: trialdesign.discounting.meta_analytic.
"""

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

pytestmark = pytest.mark.reference

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


def moments(x, probability):
    """Return mean, sd and kurtosis of a discrete distribution."""
    mean = probability @ x
    sd = np.sqrt(probability @ (x - mean) ** 2)
    return mean, sd, probability @ ((x - mean) / sd) ** 4


@pytest.mark.parametrize("run", ["rbest", "rbest_default"])
def test_mcmc_runs_of_another_program_agree_within_their_errors(run):
    """RBesT, 220,000 and 4,000 draws: within five Monte Carlo standard errors.

    That of a standard deviation is sd sqrt((kurtosis - 1) / 4 n), that of a quantile sqrt(q (1 - q) / n)
    in probability.
    """
    told, (post, s) = DATA[run]["post"], predictive(as_evidence())
    x, mass = post.assembled.model.focus.grid.nodes, post.focus(s)
    shared = hyper(as_hierarchy(), [r for _, r in ARMS] + [0])
    exact = {
        "MAP_response_scale": ("theta_resp_pred", moments(special.expit(x), mass)),
        "MAP_link_scale": ("theta_pred", moments(x, mass)),
        "beta": ("beta[1]", moments(shared.mean, shared.probability)),
        "tau": ("tau[1]", moments(shared.sd, shared.probability)),
    }
    for name, (drawn, (mean, sd, kurtosis)) in exact.items():
        assert abs(told[name]["mean"] - mean) < 5 * told["mcse_mean"][drawn]
        error = sd * np.sqrt((kurtosis - 1) / 4 / told["n_eff"][drawn])
        assert abs(told[name]["sd"] - sd) < 5 * error
    for name, natural in (("MAP_response_scale", float), ("MAP_link_scale", special.expit)):
        n = told["n_eff"][exact[name][0]]
        for q, at in told[name]["quantiles"].items():
            below = 1 - post.exceeds(s, natural(at))
            assert abs(below - float(q)) < 5 * np.sqrt(float(q) * (1 - float(q)) / n)
