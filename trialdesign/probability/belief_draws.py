"""Draws of the strata's parameters from a Belief, after one data set: exact up to the grid.

    p(theta_s | theta_1 .. theta_(s-1))  ~  sum_k w_k  prod_(r<s) p_kr(theta_r)  p_ks(theta_s)
                                                       prod_(r>s) sum_g m_krg

Strata are drawn one after the other.  The density of a single node may be narrower than a panel, whose
polynomial then swings below zero; it is the sum over nodes that the grid has right.  A node is therefore
never drawn: each draw carries a weight for every node, and its next parameter comes from the weighted
sum, by inversion inside the panel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trialdesign.probability.belief import Belief, node_products
from trialdesign.probability.grid import ORDER, Grid
from trialdesign.probability.tails.panel_quantiles import panel_quantiles

NUMBERS = 4e6  # held at once, 32 MB
UNSEEN = 1e-10  # probability of the nodes, and of the panels at either end, that are passed over


def draw_belief(belief: Belief, likelihood: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n independent draws (n, S) of the strata's parameters.

    Parameters
    ----------
    belief : Belief
    likelihood : ndarray, shape (S, G)
        Of each stratum's data, any constant factor a row; ones where there are none.
    n : int
    rng : Generator

    Returns
    -------
    ndarray, shape (n, S)
        Their joint distribution is the belief's, updated by the likelihood; probability beyond the grid
        lies in its outer panels.
    """
    uniform, n_strata = rng.uniform(size=(n, belief.n_strata)), belief.n_strata
    factors = [(belief.mass[:, s] @ likelihood[s])[None] for s in range(n_strata)]
    factors = [factor / np.abs(factor).max() for factor in factors]
    whole, points = node_products(belief.weight, factors)[0], _points(belief)
    if points is not None:
        common = np.zeros((1, belief.grid.n_nodes))
        common[0, points] = whole / whole.sum()
        common = panel_quantiles(belief.grid, np.repeat(common, n, axis=0), uniform[:, 0])
        return np.repeat(common[:, None], n_strata, axis=1)
    kept = heaviest(whole)
    weight, factors = belief.weight[kept], [factor[:, kept] for factor in factors]
    parts = []
    for s in range(n_strata):
        mass = belief.mass[kept, s] * likelihood[s]
        around = node_products(weight, [*factors[:s], *factors[s + 1 :]])[0] @ mass
        there = visible(around)
        parts.append((part_of(belief.grid, there), mass[:, there]))
    out = np.empty((n, n_strata))
    for rows in chunks(n, kept.size):
        seen: list[np.ndarray] = []
        for s, (grid, mass) in enumerate(parts):
            products = node_products(weight, [*seen, *factors[s + 1 :]])
            own = products @ mass
            own = np.broadcast_to(own / own.sum(axis=1, keepdims=True), (rows.size, own.shape[1]))
            out[rows, s] = panel_quantiles(grid, own, uniform[rows, s])
            seen = [times(seen, density_at(grid, mass, out[rows, s]))]
    return out


def _points(belief: Belief) -> np.ndarray | None:
    """Return the grid's node (K,) at which each node of the belief has its strata, if each is a point
    that they share: then they have one parameter."""
    if not 1 < belief.n_nodes <= belief.grid.n_nodes:
        return None
    there = belief.mass != 0
    one = (there.sum(axis=2) == 1).all() and (there == there[:, :1]).all()
    return there[:, 0].argmax(axis=1) if one else None


def heaviest(weight: np.ndarray) -> np.ndarray:
    """Return the positions, in order, of the weights (K,) that hold all but 1e-10 of their sum."""
    size = np.abs(weight)
    order = size.argsort()
    light = np.cumsum(size[order]) <= UNSEEN * size.sum()
    return np.sort(order[~light])


def visible(mass: np.ndarray) -> slice:
    """Return the panels' nodes without those at the ends whose mass (G,) is less than 1e-10 in all."""
    panels = np.abs(mass).reshape(-1, ORDER).sum(axis=1)
    panels = panels / panels.sum()
    first = int((np.cumsum(panels) <= UNSEEN).sum())
    last = panels.size - int((np.cumsum(panels[::-1]) <= UNSEEN).sum())
    return slice(first * ORDER, last * ORDER)


def part_of(grid: Grid, there: slice) -> Grid:
    """Return the panels of a grid that hold some of its nodes."""
    return Grid(grid.edges[there.start // ORDER : there.stop // ORDER + 1])


def density_at(grid: Grid, mass: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the densities (N, K) of masses (K, G) at points (N,)."""
    panel, basis = grid.basis(x)
    out = np.empty((x.size, len(mass)))
    for p in np.unique(panel):
        rows, own = panel == p, slice(p * ORDER, (p + 1) * ORDER)
        out[rows] = (basis[rows] / grid.weights[own]) @ mass[:, own].T
    return out


def times(seen: Sequence[np.ndarray], factor: np.ndarray) -> np.ndarray:
    """Multiply what has been seen so far by a factor (N, K), scaled a row."""
    product = factor if not seen else seen[0] * factor
    return product / np.abs(product).max(axis=1, keepdims=True)


def chunks(n: int, each: int) -> Iterator[np.ndarray]:
    """Yield the positions of n draws, as many at once as leave room for ``each`` numbers a draw."""
    together = max(1, int(NUMBERS / each))
    for start in range(0, n, together):
        yield np.arange(start, min(start + together, n))
