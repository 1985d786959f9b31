"""Exact operating characteristics against sums over all outcomes by an independent program."""

import numpy as np
import pytest
from helpers import (
    beta,
    binary,
    component,
    criterion,
    every_probability,
    exnex,
    half_normal,
    hierarchical,
    independent,
    normal,
    pooled,
    reference,
    table,
)

from trialdesign.operating_characteristics import operating_characteristics

DATA = reference("single_arm_operating_characteristics")
LOGIT = float(np.log(0.2 / 0.8))
PRIORS = {
    "berry": hierarchical(normal(0.0, 2.0), half_normal(1.0), offset=LOGIT),
    "exnex": exnex(normal(LOGIT, 2.0), half_normal(1.0), normal(LOGIT, 2.5)),
    "stratified": independent(beta(1.0, 1.0)),
    "pooled": pooled(beta(1.0, 1.0)),
}
TOLERANCE = 1e-6


def design(name):
    scenarios = [(truth, None) for truth in DATA["truths"].values()]
    decision = [criterion("response", 0.2, 0.9)]
    return binary({"treatment": component(PRIORS[name])}, [20, 10, 10], None, decision, scenarios)


def disagreement(name: str) -> float:
    """Return the largest error of a model's rejection rates, a stratum each and for any."""
    got = table(operating_characteristics(design(name), method="exact"))
    errors = []
    for i, truth in enumerate(DATA["truths"]):
        want = DATA["results"][name][truth]["0.9"]
        quantity = {"null": "type_i_error", "all": "power"}[truth]
        found = [got[str(i), stratum, quantity] for stratum in ("SLE", "IIM", "SSc")]
        errors += [f - w for f, w in zip(found, want["reject"], strict=True)]
        errors.append(got[str(i), "any", "success"] - want["any"])
    return float(np.abs(errors).max())


@pytest.mark.parametrize("name", PRIORS)
def test_rejection_rates(name):
    assert disagreement(name) < TOLERANCE


@pytest.mark.parametrize("name", PRIORS)
def test_no_posterior_is_within_1e_4_of_the_threshold(name):
    """The condition under which the rates above can be held to 1e-6."""
    assert np.abs(every_probability(design(name)) - 0.9).min() > 1e-4
