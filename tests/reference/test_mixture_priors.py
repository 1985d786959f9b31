"""Mixtures of Betas against RBesT: priors, posteriors, operating characteristics, boundary."""

import numpy as np
import pytest
from helpers import (
    beta,
    binary,
    component,
    criterion,
    every_probability,
    independent,
    mixture,
    posterior,
    reference,
    table,
)
from scipy import stats

from trialdesign.operating_characteristics import operating_characteristics

DATA = reference("mixture_priors")
TOLERANCE = 1e-6
# RBesT finds quantiles of a mixture by a root search: up to 3e-5 from those of its own mixture
QUANTILE_TOLERANCE = 5e-5
QUANTILES = (0.025, 0.5, 0.975)
LARGER = [criterion("difference", 0.0, 0.95)]


def as_prior(stated) -> dict:
    weights, *shapes = (np.atleast_1d(stated[p]).astype(float) for p in ("w", "p1", "p2"))
    parts = [beta(a, b) for a, b in zip(*shapes, strict=True)]
    return parts[0] if len(parts) == 1 else mixture((weights / weights.sum()).tolist(), parts)


def stated(name):
    return DATA["beta_priors"][name] | DATA["beta_priors"][name]["ess"]


def single(prior, n):
    decision = [criterion("response", 0.3, 0.9)]
    return binary({"treatment": component(independent(prior))}, n, None, decision, strata=1)


def conjugate(stated):
    """Return the stated mixture as a function: tail probability beyond x."""
    w, a, b = (np.atleast_1d(stated[p]).astype(float) for p in ("w", "p1", "p2"))
    return lambda x: float((w * stats.beta(a, b).sf(x)).sum() / w.sum())


def disagreement(post, want) -> float:
    """Return the largest error of mean, sd and of tail probabilities on a mesh of responses."""
    mesh, above = np.linspace(0.02, 0.98, 33), conjugate(want)
    tails = [post.exceeds(0, x) - above(x) for x in mesh]
    errors = [post.mean(0) - want["mean"], post.sd(0) - want["sd"]]
    if "P_gt_0.3" in want:
        errors.append(post.probability(0) - want["P_gt_0.3"])
    assert np.abs(tails).max() < 1e-5  # a cut that is not in the design
    return float(np.abs(errors).max())


def quantile_error(post, want) -> float:
    found = [post.quantile(0, q, (1e-6, 1 - 1e-6)) for q in QUANTILES]
    return float(np.abs(np.subtract(found, want["q"])).max())


def prior_of(name):
    return posterior(single(as_prior(DATA["beta_priors"][name]), 0), [0])


def robust_posterior(name):
    want = DATA["postmix_beta"][name]
    return posterior(single(as_prior(DATA["beta_priors"]["rob_fix"]), want["n"]), [want["r"]])


@pytest.mark.parametrize("name", DATA["beta_priors"])
def test_mean_and_sd_of_a_prior(name):
    assert disagreement(prior_of(name), stated(name)) < TOLERANCE


@pytest.mark.parametrize("name", DATA["postmix_beta"])
def test_posterior_of_the_robust_prior_with_updated_weights(name):
    assert disagreement(robust_posterior(name), DATA["postmix_beta"][name]) < TOLERANCE


@pytest.mark.parametrize("name", DATA["beta_priors"])
def test_quantiles_of_a_prior(name):
    assert quantile_error(prior_of(name), stated(name)) < QUANTILE_TOLERANCE


@pytest.mark.parametrize("name", DATA["postmix_beta"])
def test_quantiles_of_a_posterior(name):
    assert quantile_error(robust_posterior(name), DATA["postmix_beta"][name]) < QUANTILE_TOLERANCE


# design: the control's prior, and the shapes of the treatment's
CONTROLLED = {
    "uniform_24_6": ("uni", (1.0, 1.0)),
    "classic_24_24": ("uni", (1.0, 1.0)),
    "robust_24_6": ("rob_fix", (0.5, 1.0)),
}


def controlled(name):
    """theta1 / n1 is the treatment arm and theta2 / n2 the control: success is P(th1 > th2) > 0.95."""
    case = DATA["oc2S_AS_vignette"][name]
    assert case["decision"] == "Pr(th1-th2>0)>0.95"
    treatment = case["typeI"]["theta1"] + case["power"]["theta1"]
    control = case["typeI"]["theta2"] + case["power"]["theta2"]
    prior, shapes = CONTROLLED[name]
    model = {
        "control": component(independent(as_prior(DATA["beta_priors"][prior]))),
        "treatment": component(independent(beta(*shapes))),
    }
    sizes = case["power"]["n1"], case["power"]["n2"]
    return binary(model, *sizes, LARGER, list(zip(treatment, control, strict=True)), strata=1)


def rate_error(name) -> float:
    """Return the largest error of a design's success probabilities, null truths and effects."""
    case, result = DATA["oc2S_AS_vignette"][name], operating_characteristics(controlled(name), "exact")
    got = {key[0]: value for key, value in table(result).items() if key[1:] == ("any", "success")}
    want = case["typeI"]["p"] + case["power"]["p"]
    return float(np.abs([got[str(i)] - p for i, p in enumerate(want)]).max())


@pytest.mark.parametrize("name", CONTROLLED)
def test_operating_characteristics_of_two_arms(name):
    assert rate_error(name) < TOLERANCE


def test_decision_boundary_of_the_robust_prior():
    """Success if and only if treatment responders exceed the critical number; -1: never."""
    want = DATA["boundary_robust_24_6"]
    found = every_probability(controlled("robust_24_6"))[0, :, 0].reshape(7, 25) > 0.95
    for y2, critical in zip(want["y2"], want["y1"], strict=True):
        expected = np.arange(25) > critical if critical >= 0 else np.zeros(25, bool)
        np.testing.assert_array_equal(found[y2], expected)
