"""Exact operating characteristics against sums over all outcomes by an independent program."""

import numpy as np
import pytest
from checks import published
from helpers import every_probability

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("name", published.PRIORS)
def test_rejection_rates(name):
    published.rejection_rates(name)


@pytest.mark.parametrize("name", published.PRIORS)
def test_no_posterior_is_within_1e_4_of_the_threshold(name):
    """The condition under which the rates can be held to 1e-6."""
    assert np.abs(every_probability(published.rejecting(name)) - 0.9).min() > 1e-4
