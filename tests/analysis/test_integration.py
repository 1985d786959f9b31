"""Posteriors against brute-force integrals that share no code with the package."""

import pytest
from checks import integration

pytestmark = pytest.mark.properties


@pytest.mark.parametrize("kind", integration.INNER)
def test_discount_of_past_studies(kind):
    integration.discount(kind)


@pytest.mark.parametrize("kind", [k for k in integration.INNER if k != "meta-analytic, sd unknown"])
def test_robust_discount_around_another_one(kind):
    integration.discount(kind, vague_weight=0.3)


@pytest.mark.slow
def test_robust_meta_analytic_prior_with_unknown_sd():
    integration.discount("meta-analytic, sd unknown", vague_weight=0.3)


def test_hierarchical_treatment_arms_against_their_controls():
    integration.hierarchical_arm_wise()


def test_ratio_of_rates_in_a_contrast_model():
    integration.contrast_ratio()
