"""Mixtures of Betas against RBesT: priors, posteriors, operating characteristics, boundary."""

import numpy as np
import pytest
from checks import published
from helpers import every_probability, posterior
from scipy import stats

pytestmark = pytest.mark.reference

PRIORS = published.MIXTURES["beta_priors"]
POSTERIORS = published.MIXTURES["postmix_beta"]
TOLERANCE = 1e-6
# RBesT finds quantiles of a mixture by a root search: up to 3e-5 from those of its own mixture
QUANTILE_TOLERANCE = 5e-5


def prior_of(name):
    return posterior(published.one_arm(published.as_prior(PRIORS[name]), 0), [0])


def posterior_of(name):
    design = published.one_arm(published.as_prior(PRIORS["rob_fix"]), POSTERIORS[name]["n"])
    return posterior(design, [POSTERIORS[name]["r"]])


def assert_quantiles(post, stated, shapes):
    """Those of the mixture itself to 1e-6; RBesT's within the error of its search."""
    found = [post.quantile(0, q, (1e-6, 1 - 1e-6)) for q in (0.025, 0.5, 0.975)]
    np.testing.assert_allclose(found, stated, rtol=0, atol=QUANTILE_TOLERANCE)
    weights, first, second = (np.atleast_1d(shapes[key]) for key in ("w", "p1", "p2"))
    below = [weights @ stats.beta(first, second).cdf(x) / weights.sum() for x in found]
    np.testing.assert_allclose(below, (0.025, 0.5, 0.975), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", PRIORS)
def test_mean_and_sd_of_a_prior(name):
    post, want = prior_of(name), PRIORS[name]["ess"]
    assert post.mean(0) == pytest.approx(want["mean"], abs=TOLERANCE)
    assert post.sd(0) == pytest.approx(want["sd"], abs=TOLERANCE)


@pytest.mark.parametrize("name", PRIORS)
def test_quantiles_of_a_prior(name):
    assert_quantiles(prior_of(name), PRIORS[name]["ess"]["q"], PRIORS[name])


@pytest.mark.parametrize("name", POSTERIORS)
def test_posterior_of_the_robust_prior(name):
    published.robust_mixture_posterior(name)


@pytest.mark.parametrize("name", POSTERIORS)
def test_quantiles_of_the_posterior(name):
    assert_quantiles(posterior_of(name), POSTERIORS[name]["q"], POSTERIORS[name])


@pytest.mark.parametrize("name", POSTERIORS)
def test_posterior_is_the_conjugate_mixture_with_updated_weights(name):
    """At points that are no cut of the design, hence 1e-5."""
    post, want = posterior_of(name), POSTERIORS[name]
    for x in np.linspace(0.02, 0.98, 33):
        tails = stats.beta(want["p1"], want["p2"]).sf(x)
        assert post.exceeds(0, x) == pytest.approx(np.dot(want["w"], tails), abs=1e-5)


@pytest.mark.parametrize("name", published.CONTROLLED)
def test_success_of_two_arms(name):
    published.success_of_two_arms(name)


def test_decision_boundary_of_the_robust_prior():
    """Success if and only if treatment responders exceed the critical number; -1: never."""
    want = published.MIXTURES["boundary_robust_24_6"]
    probability = every_probability(published.controlled("robust_24_6"))[0, :, 0]
    found = probability.reshape(7, 25) > 0.95
    for y2, critical in zip(want["y2"], want["y1"], strict=True):
        expected = np.arange(25) > critical if critical >= 0 else np.zeros(25, bool)
        np.testing.assert_array_equal(found[y2], expected)
