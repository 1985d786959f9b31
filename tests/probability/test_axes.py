"""Where panel edges lie: beside what likelihoods, jumps and thresholds ask for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.edges import graded_edges
from trialdesign.probability.resolution import Resolution
from trialdesign.probability.tails.exceedance import echoes

LIMITS = (-20.0, 20.0)


@settings(max_examples=20)
@given(
    st.floats(-9, -1), st.floats(1, 9), st.lists(st.floats(-12, 12), max_size=5), st.floats(0.1, 20.0)
)
def test_shifted_edges_share_none_but_the_breaks(low, high, breaks, per_unit):
    density = lambda x: np.full(x.shape, per_unit)
    straight, shifted = (graded_edges(low, high, density, breaks, by) for by in (False, True))
    forced = np.array([low, high, *breaks])
    both = np.intersect1d(straight.round(9), shifted.round(9))
    assert all(np.abs(forced - edge).min() < 2e-9 for edge in both)
    for edge in [b for b in breaks if low + 1e-8 < b < high - 1e-8]:
        assert np.abs(straight - edge).min() < 2e-9 and np.abs(shifted - edge).min() < 2e-9
    assert [straight[0], straight[-1], shifted[0], shifted[-1]] == [low, high, low, high]
    assert np.diff(shifted).max() <= 1 / per_unit * (1 + 1e-6)


@given(st.floats(0.05, 0.95), st.lists(st.floats(-6, 6), min_size=1, max_size=6, unique=True))
def test_the_response_of_the_sum_is_the_threshold_at_each_echo(threshold, points):
    """In a contrast model the treatment arm's response is a threshold at logit - control."""
    value = lambda g, h: special.expit(g + h)
    (found,) = echoes(value, [-np.inf, threshold, np.inf], (-15.0, 15.0), np.array(points))
    assert found == pytest.approx(np.sort(special.logit(threshold) - np.array(points)), abs=1e-9)


def test_a_panel_holds_no_more_than_two_intervals_of_the_partner():
    flat = lambda x: np.full(np.shape(x), 0.01)
    points = np.linspace(0.3, 1.3, 21)
    zones = (Zone(-9.0, 9.0, 2.0, np.zeros_like),)
    edges = Axis(zones, LIMITS, flat, flat, echoes=(points,)).grid.edges
    inside = edges[(edges > 0.3) & (edges < 1.3)]
    # how many panels a unit is asked for at 64 points of a stretch
    assert np.diff(inside).max() < 2 * 0.05 + 18 / 64
    assert Axis(zones, LIMITS, flat, flat).grid.edges.size < edges.size


@pytest.mark.parametrize(("n", "y"), [(57, 56), (5, 5), (5, 0), (40, 1), (30, 12)])
def test_a_past_likelihood_is_held_until_it_no_longer_changes(n, y):
    """With 56 of 57 it falls slowly towards a rate of 1: the grid once ended at its peak."""
    from trialdesign.probability.reach import mesh

    x = mesh(LIMITS)
    log = y * special.log_expit(x) + (n - y) * special.log_expit(-x)
    zone = Zone.around(log, LIMITS)
    level = np.exp(log - log.max())
    below, above = level[x < zone.low], level[x > zone.high]
    for outside in (below, above):  # negligible, or constant
        assert outside.size == 0 or outside.max() < 2e-8 or np.ptp(outside) < 2e-6


def test_the_judging_resolution_has_other_panels():
    assert Resolution().coarser().shifted
    assert not Resolution().refined().shifted
