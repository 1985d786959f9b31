"""Shapes: nuisance parameters of a distribution, on nodes of their prior, and how they are summed out.

Two parameters of one arm and stratum, the linear predictor theta that may borrow and a shape m of its
own, are held as masses on (theta, m).  An estimand that depends on both is read off its *equivalent*
u(theta, m), the linear predictor under which the plain distribution has the same value; `carried` is
the linear map that takes the masses from (theta, m) to u, exactly for what the grid can represent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod

import numpy as np

from trialdesign.errors import SpecificationError
from trialdesign.probability.grid import ORDER, Grid, unit_rule

REACH = 3.5  # prior sds covered by the nodes of a normal shape
SPACING = 1.4  # sds of the sharpest likelihood between nodes: integrals within 1e-4 (trapezoid rule)
MOST_NODES = 20_000  # of all shapes together; likelihoods of a mesh take seconds
BISECTIONS = 30  # of the grid's range: 1e-8


@dataclass(frozen=True, slots=True)
class Shapes:
    """M nodes of D shape parameters.

    Attributes
    ----------
    values : tuple of D ndarrays, shape (M,)
    weight : ndarray, shape (M,)
        Prior probabilities, summing to one.
    """

    values: tuple[np.ndarray, ...]
    weight: np.ndarray

    @property
    def size(self) -> int:
        """Number of nodes, M."""
        return self.weight.size


def fixed(value: float) -> Shapes:
    """Return the single node of a shape that is known."""
    return Shapes((np.array([value]),), np.ones(1))


def normal_rule(mu: float, sigma: float, sharpest: float) -> Shapes:
    """Return evenly spaced nodes of N(mu, sigma^2).

    ``sharpest`` is the standard deviation of the sharpest likelihood that the nodes must resolve.  The
    trapezoid rule on a bell of standard deviation s has an error of 2 exp(-2 (pi s / h)^2).
    """
    step = SPACING / np.hypot(1 / sigma, 1 / sharpest)
    n = int(np.ceil(REACH * sigma / step))
    z = np.arange(-n, n + 1) * step / sigma
    weight = np.exp(-0.5 * z * z)
    return Shapes((mu + sigma * z,), weight / weight.sum())


def beta_rule(alpha: float, beta: float, n_nodes: int) -> Shapes:
    """Return the Gauss-Jacobi nodes of Beta(alpha, beta), exact for polynomials of degree 2 n - 1."""
    from scipy.special import roots_jacobi

    nodes, weight = roots_jacobi(n_nodes, beta - 1, alpha - 1)
    return Shapes(((1 + nodes) / 2,), weight / weight.sum())


def crossed(rules: Sequence[Shapes]) -> Shapes:
    """Return the product of the rules of independent shapes.

    Raises
    ------
    SpecificationError
        It has more nodes than there can be.
    """
    size = prod(rule.size for rule in rules)
    if size > MOST_NODES:
        raise SpecificationError(
            f"the shapes of a distribution must have at most {MOST_NODES:,} nodes; got {size:,}. Use "
            "smaller arms or sources, a narrower prior of the shape, or one with fewer parameters."
        )
    weight = reduce(np.multiply.outer, [rule.weight for rule in rules]).ravel()
    index = np.indices([rule.size for rule in rules]).reshape(len(rules), -1)
    values = [value[at] for rule, at in zip(rules, index) for value in rule.values]
    return Shapes(tuple(values), weight)


def carried(grid: Grid, equivalent: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return the map of masses on a grid to masses of an increasing function of its parameter.

    Parameters
    ----------
    grid : Grid
        G nodes, of the parameter and of its equivalent alike.
    equivalent : callable
        u(theta), increasing; what it sends beyond the grid counts at the grid's ends.

    Returns
    -------
    ndarray, shape (G, G)
        ``mapped @ mass``; columns sum to one.
    """
    low, high = grid.edges[0], grid.edges[-1]
    bounded = lambda theta: np.clip(equivalent(theta), low, high)
    left, right = np.full(grid.edges.size, low), np.full(grid.edges.size, high)
    for _ in range(BISECTIONS):  # where u crosses an edge of the grid
        middle = (left + right) / 2
        below = bounded(middle) < grid.edges
        left, right = np.where(below, middle, left), np.where(below, right, middle)
    edges = np.union1d(grid.edges, right)
    edges = edges[np.append(True, np.diff(edges) > 1e-12)]
    t, w = unit_rule(ORDER + 4)
    half = np.diff(edges)[:, None] / 2
    theta = (edges[:-1, None] + half * (1 + t)).ravel()
    source, here = grid.basis(theta)
    target, there = grid.basis(bounded(theta))
    here = here * (half * w).reshape(-1, 1) / grid.weights.reshape(-1, ORDER)[source]
    pieces = [each.reshape(half.size, t.size, ORDER) for each in (there, here)]
    blocks = pieces[0].transpose(0, 2, 1) @ pieces[1]  # of one panel of u and one of theta each
    out = np.zeros((grid.edges.size - 1, grid.edges.size - 1, ORDER, ORDER))
    np.add.at(out, (target[t.size // 2 :: t.size], source[t.size // 2 :: t.size]), blocks)
    return out.transpose(0, 2, 1, 3).reshape(grid.n_nodes, grid.n_nodes)
