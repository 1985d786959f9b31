"""The binary endpoint (trialdesign.endpoints.binary): where its parameter ends."""

from __future__ import annotations

import pytest
from scipy import special

from trialdesign.endpoints.binary import Binary


def test_the_parameter_ends_2e_9_from_a_probability_of_0_and_of_1():
    low, high = Binary.limits
    assert special.expit(low) == pytest.approx(2.06e-9, rel=0.01)
    assert special.expit(-high) == pytest.approx(2.06e-9, rel=0.01)
