"""Posteriors printed in papers."""

import numpy as np
import pytest
from helpers import (
    STRATA,
    beta,
    binary,
    component,
    criterion,
    exnex,
    half_normal,
    independent,
    normal,
    posterior,
    reference,
)

pytestmark = pytest.mark.reference

DATA = reference("published")
NATURAL = [criterion("response", 0.5, 0.9)]


def means(strata, case) -> np.ndarray:
    design = binary({"treatment": component(strata)}, case["n"], None, NATURAL, strata=STRATA[:10])
    post = posterior(design, case["y"])
    return np.array([post.mean(s) for s in range(10)])


def test_sarcoma_trial_of_thall_2003_with_a_prior_on_the_variance():
    case = DATA["thall_2003_sarcoma"]
    variance = {"dist": "InverseGamma", "alpha": 2.0, "beta": 20.0}
    strata = {"kind": "hierarchical", "mean": normal(-1.3863, 10**0.5), "variance": variance}
    np.testing.assert_allclose(means(strata, case), case["mean"], atol=case["tolerance"])


def test_imatinib_trial_of_chugh_2009_with_exnex():
    case = DATA["chugh_imatinib_exnex"]
    strata = exnex(normal(-1.735, 0.146**-0.5), half_normal(1.0), normal(-1.734, 0.128**-0.5))
    np.testing.assert_allclose(means(strata, case), case["mean"], atol=case["tolerance"])


def test_one_sided_lower_bounds_when_every_patient_responds():
    case = DATA["uniform_lower_bounds"]
    model = {"treatment": component(independent(beta(1.0, 1.0)))}
    design = binary(model, case["n"], None, NATURAL, strata=4)
    post = posterior(design, case["n"])
    found = [post.quantile(s, 0.05, (0.01, 0.99)) for s in range(4)]
    assert found == pytest.approx(case["bound"], abs=case["tolerance"])
