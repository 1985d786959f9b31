"""Contrast posteriors against numerical integration by an independent program."""

import numpy as np
import pytest
from helpers import (
    binary,
    component,
    criterion,
    half_normal,
    hierarchical,
    hyper,
    independent,
    normal,
    posterior,
    reference,
)

CASES = reference("two_arm_posteriors")["results"]
TOLERANCE = 2e-5
DECISION = [criterion("log_odds_ratio", 0.0), criterion("difference", 0.1)]


def contrast(n_control, n_treatment):
    model = {
        "control": component(independent(normal(-0.5, 1.5))),
        "effect": component(hierarchical(normal(0.0, 1.0), half_normal(0.5))),
    }
    return binary(model, n_treatment, n_control, DECISION, strata=len(n_control))


def disagreement(case) -> float:
    """Return the largest error of any stratum's posterior of one data set."""
    post, errors = posterior(contrast(case["nc"], case["nt"]), case["yt"], case["yc"]), []
    for s, want in enumerate(case["basket"]):
        errors += [post.mean(s) - want["delta_mean"], post.sd(s) - want["delta_sd"]]
        errors += [post.probability(s) - want["P_delta_gt0"]]
        errors += [post.probability(s, 1) - want["P_diff_gt_0_1"]]
    return float(np.abs(errors).max())


@pytest.mark.parametrize("case", CASES)
def test_effects_and_their_tail_probabilities(case):
    assert disagreement(case) < TOLERANCE


@pytest.mark.parametrize("case", CASES)
def test_shared_mean_and_sd_of_the_effects(case):
    design = contrast([*case["nc"], 0], [*case["nt"], 0])
    found = hyper(design, [*case["yt"], 0], [*case["yc"], 0])
    assert found.moments("mean") == pytest.approx(case["mu"], abs=TOLERANCE)
    assert found.moments("sd") == pytest.approx(case["tau"], abs=TOLERANCE)
    above = found.probability[found.mean > 0].sum()
    assert above == pytest.approx(case["P_mu_gt0"], abs=TOLERANCE)
