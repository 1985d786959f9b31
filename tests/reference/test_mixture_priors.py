"""Mixtures of Betas against RBesT: priors, posteriors, operating characteristics, boundary."""

import numpy as np
import pytest
from helpers import (
    beta, binary, component, criterion, every_probability, independent, mixture, posterior,
    reference, table,
)  # fmt: skip
from scipy import special, stats

from trialdesign.operating_characteristics import operating_characteristics

DATA = reference("mixture_priors")
TOLERANCE = 1e-6
QUANTILES = (0.025, 0.5, 0.975)
LARGER = [criterion("difference", 0.0, 0.95)]


def as_prior(stated) -> dict:
    parts = [beta(a, b) for a, b in zip(*(np.atleast_1d(stated[p]).astype(float) for p in ("p1", "p2")))]
    weights = np.atleast_1d(stated["w"]).astype(float)
    return parts[0] if len(parts) == 1 else mixture((weights / weights.sum()).tolist(), parts)


def single(prior, n):
    decision = [criterion("response", 0.3, 0.9)]
    return binary({"treatment": component(independent(prior))}, n, None, decision, strata=1)


def errors(post, want) -> list[float]:
    quantiles = [post.quantile(0, q, (1e-6, 1 - 1e-6)) for q in QUANTILES]
    out = [post.mean(0) - want["mean"], post.sd(0) - want["sd"]]
    return out + [q - w for q, w in zip(quantiles, want["q"], strict=True)]


@pytest.mark.parametrize("name", DATA["beta_priors"])
def test_mean_sd_and_quantiles_of_a_prior(name):
    stated = DATA["beta_priors"][name]
    found = errors(posterior(single(as_prior(stated), 0), [0]), stated["ess"])
    assert np.abs(found).max() < TOLERANCE


@pytest.mark.parametrize("name", DATA["postmix_beta"])
def test_posterior_of_the_robust_prior(name):
    want = DATA["postmix_beta"][name]
    post = posterior(single(as_prior(DATA["beta_priors"]["rob_fix"]), want["n"]), [want["r"]])
    found = [*errors(post, want), post.probability(0) - want["P_gt_0.3"]]
    assert np.abs(found).max() < TOLERANCE


@pytest.mark.parametrize("name", DATA["postmix_beta"])
def test_posterior_is_the_conjugate_mixture_with_updated_weights(name):
    want = DATA["postmix_beta"][name]
    post = posterior(single(as_prior(DATA["beta_priors"]["rob_fix"]), want["n"]), [want["r"]])
    at = np.linspace(0.02, 0.98, 49)
    parts = [w * stats.beta(a, b).sf(at) for w, a, b in zip(want["w"], want["p1"], want["p2"])]
    found = [post.exceeds(0, x) for x in at]
    np.testing.assert_allclose(found, sum(parts), atol=TOLERANCE)


# name: the control's prior; the treatment's is uniform
CONTROLLED = {"uniform_24_6": "uni", "classic_24_24": "uni", "robust_24_6": "rob_fix"}


def controlled(name):
    """theta1 / n1 is the treatment arm and theta2 / n2 the control: success is P(th1 > th2) > 0.95."""
    case = DATA["oc2S_AS_vignette"][name]
    assert case["decision"] == "Pr(th1-th2>0)>0.95"
    rates = [list(zip(case[part]["theta1"], case[part]["theta2"])) for part in ("typeI", "power")]
    model = {
        "control": component(independent(as_prior(DATA["beta_priors"][CONTROLLED[name]]))),
        "treatment": component(independent(beta(1.0, 1.0))),
    }
    sizes = case["power"]["n1"], case["power"]["n2"]
    return binary(model, *sizes, LARGER, rates[0] + rates[1], strata=1)


def disagreement(name) -> float:
    """Return the largest error of a design's success probabilities, null truths and effects."""
    case, result = DATA["oc2S_AS_vignette"][name], operating_characteristics(controlled(name), "exact")
    got = {key[0]: value for key, value in table(result).items() if key[1:] == ("any", "success")}
    want = case["typeI"]["p"] + case["power"]["p"]
    return float(np.abs([got[str(i)] - p for i, p in enumerate(want)]).max())


@pytest.mark.parametrize("name", CONTROLLED)
def test_operating_characteristics_of_two_arms(name):
    assert disagreement(name) < TOLERANCE


def test_decision_boundary_of_the_robust_prior():
    """Success if and only if treatment responders exceed the critical number; -1: never."""
    want = DATA["boundary_robust_24_6"]
    found = every_probability(controlled("robust_24_6"))[0, :, 0].reshape(7, 25) > 0.95
    for y2, critical in zip(want["y2"], want["y1"], strict=True):
        expected = np.arange(25) > critical if critical >= 0 else np.zeros(25, bool)
        np.testing.assert_array_equal(found[y2], expected)


def test_mean_of_the_link_is_the_integral_of_the_mixture():
    stated = DATA["beta_priors"]["map_fix"]
    post = posterior(single(as_prior(stated), 0), [0])
    exact = np.dot(stated["w"], special.digamma(stated["p1"]) - special.digamma(stated["p2"]))
    assert post.focus(0) @ post.assembled.model.focus.grid.nodes == pytest.approx(exact, abs=TOLERANCE)
