"""Mixtures of beliefs against their definition, term by term."""

import numpy as np
import pytest

from trialdesign.probability.belief import Belief, independent, mix_within
from trialdesign.probability.grid import Grid

pytestmark = pytest.mark.reference

RNG = np.random.default_rng(7)
GRID = Grid(np.array([-1.0, 1.0]))
N_NODES, N_STRATA = 3, 2


@pytest.fixture
def informed() -> Belief:
    """Return a belief that has learned: what a node's masses sum to is its share of the evidence."""
    return Belief(GRID, RNG.random(N_NODES), RNG.random((N_NODES, N_STRATA, GRID.n_nodes)))


def joint(belief: Belief) -> np.ndarray:
    """Return the two strata's joint distribution, normalised."""
    total = np.einsum("k,kg,kh->gh", belief.weight, belief.mass[:, 0], belief.mass[:, 1])
    return total / total.sum()


def test_strata_leave_the_evidence_one_by_one_given_the_node(informed):
    vague = RNG.random((N_STRATA, GRID.n_nodes))
    vague /= vague.sum(axis=1, keepdims=True)
    weight = np.array([0.2, 0.7])
    mixed = mix_within(informed, independent(GRID, vague), weight)

    node = informed.weight * informed.totals.prod(axis=1)  # what the evidence makes of each node
    given = informed.mass / informed.totals[:, :, None]
    robust = (1 - weight[:, None]) * given + weight[:, None] * vague
    expected = np.einsum("k,kg,kh->gh", node / node.sum(), robust[:, 0], robust[:, 1])
    assert joint(mixed) == pytest.approx(expected, abs=1e-14)


def test_the_scale_of_a_part_does_not_move_the_mixture(informed):
    other = Belief(GRID, RNG.random(2), RNG.random((2, N_STRATA, GRID.n_nodes)))
    scaled = Belief(GRID, 5 * other.weight, other.mass * np.array([3.0, 0.1])[:, None])
    assert joint(mix_within(informed, scaled, 0.4)) == pytest.approx(
        joint(mix_within(informed, other, 0.4)), abs=1e-14
    )


@pytest.mark.parametrize(("weight", "left"), [(0.0, 0), (1.0, 1)])
def test_weights_of_zero_and_one_leave_one_part(informed, weight, left):
    other = Belief(GRID, RNG.random(2), RNG.random((2, N_STRATA, GRID.n_nodes)))
    assert joint(mix_within(informed, other, weight)) == pytest.approx(
        joint((informed, other)[left]), abs=1e-14
    )
