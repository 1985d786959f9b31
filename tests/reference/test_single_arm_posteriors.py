"""Single-arm posteriors against numerical integration by an independent program."""

import numpy as np
import pytest
from helpers import (
    STRATA,
    binary,
    component,
    criterion,
    exnex,
    half_normal,
    hierarchical,
    hyper,
    log_evidence,
    normal,
    posterior,
    reference,
)

DATA = reference("single_arm_posteriors")
LOGIT = float(np.log(0.2 / 0.8))
TOLERANCE = 1e-5
CASES = range(5)
DECISION = [criterion("response", at, 0.9) for at in (0.2, 0.1, 0.3)]


def berry(n, **more):
    """theta_k ~ N(mu, tau^2), logit p_k = theta_k + logit(0.2)."""
    prior = hierarchical(normal(0.0, 2.0), half_normal(1.0), offset=LOGIT)
    return binary({"treatment": component(prior)}, n, decision=DECISION, strata=len(n), **more)


def mixed(n, weight=0.5):
    prior = exnex(normal(LOGIT, 2.0), half_normal(1.0), normal(LOGIT, 2.5), weight)
    return binary({"treatment": component(prior)}, n, decision=DECISION, strata=len(n))


def disagreement(design, case) -> float:
    """Return the largest error of any posterior mean, sd or tail probability of one data set."""
    post = posterior(design, case["r"])
    errors = []
    for s, want in enumerate(case["p"]):
        errors += [post.mean(s) - want["mean"], post.sd(s) - want["sd"]]
        errors += [post.probability(s, j) - p for j, p in enumerate(want["P_gt"].values())]
        assert [f"{c['greater_than']:g}" for c in DECISION] == list(want["P_gt"])
    return float(np.abs(errors).max())


@pytest.mark.parametrize("at", CASES)
def test_hierarchical_means_sds_and_tail_probabilities(at):
    case = DATA["berry_A"]["results"][at]
    assert disagreement(berry(case["n"]), case) < TOLERANCE


@pytest.mark.parametrize("at", CASES)
def test_exnex_means_sds_and_tail_probabilities(at):
    case = DATA["exnex"]["results"][at]
    assert disagreement(mixed(case["n"]), case) < TOLERANCE


@pytest.mark.parametrize("at", CASES)
def test_hierarchical_shared_mean_and_sd(at):
    case = DATA["berry_A"]["results"][at]
    found = hyper(berry([*case["n"], 0]), [*case["r"], 0])
    mean, sd = found.moments("mean")
    assert mean - LOGIT == pytest.approx(case["mu"][0], abs=TOLERANCE)
    assert sd == pytest.approx(case["mu"][1], abs=TOLERANCE)
    assert found.moments("sd") == pytest.approx(case["tau"], abs=TOLERANCE)


@pytest.mark.parametrize("at", CASES)
def test_exnex_shared_mean_and_sd(at):
    case = DATA["exnex"]["results"][at]
    weight = dict(zip(STRATA[:4], [0.5, 0.5, 0.5, 1.0], strict=True))
    found = hyper(mixed([*case["n"], 0], weight), [*case["r"], 0])
    assert found.moments("mean") == pytest.approx(case["mu"], abs=TOLERANCE)
    assert found.moments("sd") == pytest.approx(case["tau"], abs=TOLERANCE)


@pytest.mark.parametrize("at", CASES)
def test_exnex_probability_that_a_stratum_is_exchangeable(at):
    """P(EX_s | y) = w_s p(y | EX_s) / p(y): two designs that differ in one stratum's weight."""
    case = DATA["exnex"]["results"][at]
    whole = log_evidence(mixed(case["n"], dict.fromkeys(STRATA[:3], 0.5)), case["r"])
    for s, want in enumerate(case["p"]):
        certain = {stratum: 1.0 if r == s else 0.5 for r, stratum in enumerate(STRATA[:3])}
        given = log_evidence(mixed(case["n"], certain), case["r"])
        assert 0.5 * np.exp(given - whole) == pytest.approx(want["Pz_EX"], abs=TOLERANCE)
