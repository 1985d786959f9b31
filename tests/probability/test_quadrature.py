"""Panels and product integration: exact where they say they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.edges import graded_edges
from trialdesign.probability.grid import ORDER, Grid
from trialdesign.probability.resolution import Resolution
from trialdesign.probability.tails.panel_quantiles import panel_quantiles

pytestmark = pytest.mark.properties

GRID = Grid(np.array([-3.0, -1.0, -0.2, 0.9, 2.0, 4.0]))
coefficients = st.lists(st.floats(-1, 1), min_size=ORDER, max_size=ORDER)


@settings(max_examples=20)
@given(coefficients, st.floats(-3, 4))
def test_cumulative_integrates_polynomials_up_to_any_point(coefficients, at):
    """Masses weight * f of a polynomial f below the order; its antiderivative at any x."""
    f = np.polynomial.Polynomial(coefficients)
    whole = f.integ()
    mass = GRID.weights * f(GRID.nodes)
    found = GRID.cumulative(np.array([at])) @ mass
    assert found[0] == pytest.approx(whole(at) - whole(-3.0), abs=1e-9)


def test_cumulative_is_zero_below_and_one_above():
    shares = GRID.cumulative(np.array([-np.inf, -3.0, 4.0, np.inf]))
    np.testing.assert_allclose(shares[:2], 0, atol=1e-14)
    np.testing.assert_allclose(shares[2:], 1, atol=1e-13)


def test_cumulative_keeps_the_shape_of_its_points():
    assert GRID.cumulative(np.zeros((2, 3))).shape == (2, 3, GRID.n_nodes)


@settings(max_examples=20)
@given(st.lists(st.floats(-2, 3), min_size=1, max_size=5), st.floats(0.001, 0.999))
def test_a_quantile_of_each_row_leaves_its_probability_below(means, probability):
    mass = GRID.normal_mass(np.array(means), 0.5)
    found = panel_quantiles(GRID, mass, probability)
    assert (GRID.cumulative(found) * mass).sum(axis=1) == pytest.approx(probability, abs=1e-11)


def test_a_quantile_of_more_than_a_row_holds_is_the_end_of_the_grid():
    mass = np.stack([GRID.weights, GRID.weights]) / GRID.weights.sum()
    found = panel_quantiles(GRID, mass * (1 - 1e-13), np.array([1.0, np.nextafter(1.0, 0)]))
    assert found == pytest.approx(4.0, abs=1e-11)


@settings(max_examples=20)
@given(st.floats(-6, 7), st.floats(1e-6, 5.0))
def test_normal_mass_sums_to_one_and_keeps_the_moments_inside(mean, sd):
    mass = GRID.normal_mass(np.array([mean]), sd)[0]
    assert mass.sum() == pytest.approx(1, abs=1e-12)
    if -3 + 9 * sd < mean < 4 - 9 * sd:  # nothing beyond the grid: polynomials are exact
        assert mass @ GRID.nodes == pytest.approx(mean, abs=1e-10)
        assert mass @ (GRID.nodes - mean) ** 2 == pytest.approx(sd**2, abs=1e-10)


@settings(max_examples=10)
@given(st.floats(-2.5, 3.5), st.floats(0.01, 2.0), st.integers(0, 2))
def test_normal_mass_integrates_each_basis_function(mean, sd, pick):
    """The mass of a node is the normal integrated against its Lagrange polynomial."""
    mass = GRID.normal_mass(np.array([mean]), sd)[0].reshape(-1, ORDER)
    panel = 1 + pick  # an inner panel, to which no tail is added
    nodes = GRID.nodes.reshape(-1, ORDER)[panel]
    low, high = GRID.edges[panel : panel + 2]
    density = stats.norm(mean, sd).pdf
    inside = [x for x in mean + sd * np.arange(-8.0, 9.0) if low < x < high]
    for j in (0, 4, 9):
        others = np.delete(nodes, j)

        def basis(x, at=nodes[j], others=others):
            return np.prod((x - others) / (at - others))

        want = integrate.quad(
            lambda x: density(x) * basis(x), low, high, points=inside or None, limit=200
        )  # noqa: B023
        assert mass[panel, j] == pytest.approx(want[0], abs=1e-8)


def test_tails_beyond_the_grid_are_counted_at_its_ends():
    mass = GRID.normal_mass(np.array([-5.0, 6.0]), 1.0)
    first, last = GRID.edge_basis()
    below, above = stats.norm(-5.0, 1.0).cdf(-3.0), stats.norm(6.0, 1.0).sf(4.0)
    np.testing.assert_allclose(mass[0] @ np.ones(GRID.n_nodes), 1, atol=1e-12)
    # a function that is constant beyond the ends has its expectation
    f = lambda x: np.clip(x, -3.0, 4.0)
    want = [np.mean(f(mean + stats.norm.ppf((np.arange(200_000) + 0.5) / 2e5))) for mean in (-5.0, 6.0)]
    np.testing.assert_allclose(mass @ GRID.nodes, want, atol=1e-5)
    assert first.sum() == pytest.approx(1, abs=1e-12) and last.sum() == pytest.approx(1, abs=1e-12)
    assert below > 0.9 and above > 0.9


def test_mass_of_a_density_with_a_jump_is_exact_at_the_jump():
    mass = GRID.mass(lambda x: np.where(x > 0.3, 2.0, 1.0), 1.0, breaks=(0.3,))
    assert mass.sum() == pytest.approx(1.0 * 3.3 + 2.0 * 3.7, abs=1e-12)
    assert mass @ GRID.nodes == pytest.approx((0.3**2 - 9) / 2 + (16 - 0.3**2), abs=1e-11)


@settings(max_examples=20)
@given(
    st.floats(-9, -1), st.floats(1, 9), st.lists(st.floats(-12, 12), max_size=5), st.floats(0.1, 20.0)
)
def test_graded_edges_hold_every_break_and_enough_panels(low, high, breaks, per_unit):
    edges = graded_edges(low, high, lambda x: np.full(x.shape, per_unit), breaks)
    assert (np.diff(edges) > 0).all()
    assert (edges[0], edges[-1]) == (low, high)
    for b in breaks:
        assert not low + 1e-9 < b < high - 1e-9 or np.abs(edges - b).min() < 2e-9
    assert np.diff(edges).max() <= 1 / per_unit * (1 + 1e-6)


def test_doubled_resolution_halves_panels_and_doubles_scale_nodes():
    one, two = Resolution(), Resolution().doubled()
    assert (two.panel, two.widest) == (one.panel / 2, one.widest / 2)
    assert two.scale_nodes == 2 * one.scale_nodes


def test_doubled_axis_has_about_twice_the_panels():
    def axis(resolution):
        flat = lambda x: np.full(np.shape(x), 10.0)
        zones = (Zone(-9.0, 9.0, 2.0, np.zeros_like),)
        return Axis(zones, (-16.0, 16.0), flat, flat, cuts=(0.3,), resolution=resolution)

    one, two = (axis(r).grid for r in (Resolution(), Resolution().doubled()))
    assert 1.8 < two.n_nodes / one.n_nodes < 2.2
    assert 0.3 in one.edges and 0.3 in two.edges
