"""Single-arm posteriors against numerical integration by an independent program."""

import numpy as np
import pytest
from checks import published
from helpers import STRATA, hyper, log_evidence

pytestmark = pytest.mark.reference

TOLERANCE = 1e-5
CASES = range(5)


@pytest.mark.parametrize("at", CASES)
def test_hierarchical_means_sds_and_tail_probabilities(at):
    published.single_arm_posterior("berry_A", at)


@pytest.mark.parametrize("at", CASES)
def test_exnex_means_sds_and_tail_probabilities(at):
    published.single_arm_posterior("exnex", at)


@pytest.mark.parametrize("at", CASES)
def test_hierarchical_shared_mean_and_sd(at):
    case = published.SINGLE_ARM["berry_A"]["results"][at]
    design = published.single_arm(published.BERRY, [*case["n"], 0])
    found = hyper(design, [*case["r"], 0])
    mean, sd = found.moments("mean")
    assert mean - published.LOGIT == pytest.approx(case["mu"][0], abs=TOLERANCE)
    assert sd == pytest.approx(case["mu"][1], abs=TOLERANCE)
    assert found.moments("sd") == pytest.approx(case["tau"], abs=TOLERANCE)


@pytest.mark.parametrize("at", CASES)
def test_exnex_shared_mean_and_sd(at):
    case = published.SINGLE_ARM["exnex"]["results"][at]
    weight = dict(zip(STRATA[:4], [0.5, 0.5, 0.5, 1.0], strict=True))
    found = hyper(published.single_arm(published.mixed(weight), [*case["n"], 0]), [*case["r"], 0])
    assert found.moments("mean") == pytest.approx(case["mu"], abs=TOLERANCE)
    assert found.moments("sd") == pytest.approx(case["tau"], abs=TOLERANCE)


@pytest.mark.parametrize("at", CASES)
def test_exnex_probability_that_a_stratum_is_exchangeable(at):
    """P(EX_s | y) = w_s p(y | EX_s) / p(y): two designs that differ in one stratum's weight."""
    case = published.SINGLE_ARM["exnex"]["results"][at]

    def evidence(certain: int | None) -> float:
        weight = {stratum: 1.0 if s == certain else 0.5 for s, stratum in enumerate(STRATA[:3])}
        return log_evidence(published.single_arm(published.mixed(weight), case["n"]), case["r"])

    whole = evidence(None)
    for s, want in enumerate(case["p"]):
        assert 0.5 * np.exp(evidence(s) - whole) == pytest.approx(want["Pz_EX"], abs=TOLERANCE)
