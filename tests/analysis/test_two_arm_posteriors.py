"""Contrast posteriors against numerical integration by an independent program."""

import pytest
from checks import published
from helpers import hyper

pytestmark = pytest.mark.reference

TOLERANCE = 2e-5


@pytest.mark.parametrize("at", range(4))
def test_effects_and_their_tail_probabilities(at):
    published.two_arm_posterior(at)


@pytest.mark.parametrize("case", published.TWO_ARM)
def test_shared_mean_and_sd_of_the_effects(case):
    design = published.contrast([*case["nc"], 0], [*case["nt"], 0])
    found = hyper(design, [*case["yt"], 0], [*case["yc"], 0])
    assert found.moments("mean") == pytest.approx(case["mu"], abs=TOLERANCE)
    assert found.moments("sd") == pytest.approx(case["tau"], abs=TOLERANCE)
    above = found.probability[found.mean > 0].sum()
    assert above == pytest.approx(case["P_mu_gt0"], abs=TOLERANCE)
