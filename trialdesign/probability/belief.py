"""Belief: a joint distribution of the strata's parameters that is closed under Bayes' rule.

    p(theta_1 .. theta_S)  =  sum_k weight_k  prod_s p_ks(theta_s)

K nodes; given a node the strata are independent, each on one grid of the linear scale.  A prior, the
posterior from published evidence, a robust prior and the analysis prior of a new trial are all this
one type.  The masses are unnormalised: node k has probability in proportion to its weight_k prod_s
sum_g mass_ksg, so that Bayes' rule is a product and never a ratio to a number that can vanish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.probability.grid import Grid

FLOOR = 1e-250  # below this a product of K terms has lost digits to underflow


@dataclass(frozen=True, slots=True)
class Belief:
    """A finite mixture, over nodes, of distributions under which the strata are independent.

    Attributes
    ----------
    grid : Grid
        G nodes of the linear scale, shared by the strata.
    weight : ndarray, shape (K,)
        Weight of each node before what its masses sum to is counted.
    mass : ndarray, shape (K, S, G)
        ``weight[k] * prod_s mass[k, s].sum()`` is the unnormalised probability of node k.
    """

    grid: Grid
    weight: np.ndarray
    mass: np.ndarray

    def __post_init__(self) -> None:
        self.weight.setflags(write=False)
        self.mass.setflags(write=False)

    @property
    def n_nodes(self) -> int:
        """Number of nodes, K; the strata of a belief with one node are independent."""
        return self.weight.size

    @property
    def n_strata(self) -> int:
        """Number of strata, S."""
        return self.mass.shape[1]

    @property
    def totals(self) -> np.ndarray:
        """Sum of each node's masses, shape (K, S)."""
        return self.mass.sum(axis=2)

    @property
    def evidence(self) -> float:
        """Total probability, up to the constant factors that updates drop."""
        return float(self.weight @ self.totals.prod(axis=1))


def independent(grid: Grid, rows: np.ndarray) -> Belief:
    """Return the belief with one node whose strata have masses ``rows``, shape (S, G)."""
    return Belief(grid, np.ones(1), rows[None])


def update(belief: Belief, log_likelihood: np.ndarray, power: float = 1.0) -> Belief:
    """Apply Bayes' rule: multiply each stratum's masses by its likelihood.

    Parameters
    ----------
    belief : Belief
    log_likelihood : ndarray, shape (S, G)
    power : float
        Exponent of the likelihood, 0 or more; 0 returns the belief itself.

    Returns
    -------
    Belief
        Exact up to the grid; constant factors of a stratum are dropped.
    """
    if power == 0:
        return belief
    scaled = power * (log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    return reweigh(belief, np.exp(scaled))


def reweigh(belief: Belief, likelihood: np.ndarray) -> Belief:
    """Multiply each stratum's masses by a likelihood (S, G) or (K, S, G) given on the natural scale."""
    mass = belief.mass * likelihood
    mass *= _powers_of_two(mass.sum(axis=2))  # in place: for many nodes, memory is what takes time
    return Belief(belief.grid, belief.weight, mass)


def rescaled(belief: Belief) -> Belief:
    """Bring each stratum's masses to the order of one."""
    return Belief(belief.grid, belief.weight, belief.mass * _powers_of_two(belief.totals))


def _powers_of_two(totals: np.ndarray) -> np.ndarray:
    """Return factors (S, 1) that bring totals (K, S) to the order of one and change no digit.

    A stratum of which nothing was learned keeps its last digit.
    """
    return 2.0 ** np.minimum(-np.round(np.log2(totals.max(axis=0))), 1000)[:, None]


def mix(beliefs: Sequence[Belief], weights: Sequence[float]) -> Belief:
    """Mix joint distributions: all strata share the fate of a component.

    Parameters
    ----------
    beliefs : sequence of Belief, on one grid and of one set of strata
    weights : sequence of float
        Prior probability of each component, summing to one.
    """
    scaled = [w / b.evidence * b.weight for b, w in zip(beliefs, weights)]
    return Belief(beliefs[0].grid, np.concatenate(scaled), np.concatenate([b.mass for b in beliefs]))


def mix_within(first: Belief, second: Belief, weight: np.ndarray | float) -> Belief:
    """Mix stratum by stratum: each stratum has its own fate, given the node.

    Parameters
    ----------
    first, second : Belief
        Their nodes K1 and K2 are crossed.
    weight : float or ndarray, shape (S,)
        Prior probability of ``second`` in each stratum.

    Returns
    -------
    Belief
        K1 * K2 nodes; p_s = (1 - weight_s) first_s + weight_s second_s, each normalised given its node.
    """
    weight = np.broadcast_to(weight, (first.n_strata,))
    ours, theirs = first.totals, second.totals
    mass = np.empty((first.n_nodes, second.n_nodes, first.n_strata, first.grid.n_nodes))
    for s in range(first.n_strata):  # one by one: products of all strata would double the memory
        left, right = (1 - weight[s]) * theirs[:, s, None], weight[s] * second.mass[:, s]
        np.multiply(first.mass[:, None, s], left, out=mass[:, :, s])
        mass[:, :, s] += right * ours[:, None, s, None]
    return Belief(
        first.grid,
        np.multiply.outer(first.weight, second.weight).ravel(),
        mass.reshape(-1, *first.mass.shape[1:]),
    )


def node_products(weight: np.ndarray, factors: Sequence[np.ndarray]) -> np.ndarray:
    """Return weight * prod_r factors[r], shape (T, K), safe against underflow.

    Parameters
    ----------
    weight : ndarray, shape (K,)
    factors : sequence of ndarray, each (T, K)
        Marginal likelihoods of T data sets at the nodes, one array per stratum.
    """
    product = weight
    for factor in factors:
        product = product * factor
    product = np.broadcast_to(product, (1, weight.size)) if product.ndim == 1 else product
    lost = np.abs(product).max(axis=1) < FLOOR
    if lost.any():  # strata that contradict each other; extended precision reaches 1e-4932
        rescued = weight.astype(np.longdouble)
        for factor in factors:
            rescued = rescued * factor[lost].astype(np.longdouble)
        product = product.copy()
        product[lost] = rescued / np.abs(rescued).max(axis=1, keepdims=True)
    return product


def marginal_likelihoods(belief: Belief, stratum: int, likelihood: np.ndarray) -> np.ndarray:
    """Return the (N, K) marginal likelihoods of N data sets (N, G) of a stratum, scaled a row."""
    rows = likelihood @ belief.mass[:, stratum].T
    return rows / np.abs(rows).max(axis=1, keepdims=True)


def predictive(belief: Belief, stratum: int, others: Sequence[np.ndarray]) -> np.ndarray:
    """Return what the other strata's data say about a stratum's parameter, before its own data.

    Parameters
    ----------
    belief : Belief
    stratum : int
    others : sequence of ndarray, each (T, K)
        Marginal likelihoods of the other strata's data (`marginal_likelihoods`).

    Returns
    -------
    ndarray, shape (T, G)
        Unnormalised mass; T is 1 when there are no others.
    """
    return node_products(belief.weight, others) @ belief.mass[:, stratum]


def posterior(belief: Belief, likelihood: np.ndarray) -> np.ndarray:
    """Return the strata's posterior masses after T data sets at once.

    Parameters
    ----------
    belief : Belief
    likelihood : ndarray, shape (T, S, G)

    Returns
    -------
    ndarray, shape (T, S, G)
        Each row sums to one.
    """
    n_strata = belief.n_strata
    marginals = [marginal_likelihoods(belief, s, likelihood[:, s]) for s in range(n_strata)]
    out = np.empty(likelihood.shape)
    for s in range(n_strata):
        others = marginals[:s] + marginals[s + 1 :]
        out[:, s] = predictive(belief, s, others) * likelihood[:, s]
    return out / out.sum(axis=2, keepdims=True)


def expect(belief: Belief, likelihood: np.ndarray, f: np.ndarray) -> np.ndarray:
    """Return posterior expectations of f, shape (T, S).

    Parameters
    ----------
    belief : Belief
    likelihood : ndarray, shape (T, S, G)
        Likelihoods of T data sets, any constant factor a row.
    f : ndarray, broadcastable to (T, S, G)
        A function of the parameter at the nodes, or the shares of `Grid.cumulative`.
    """
    return (posterior(belief, likelihood) * f).sum(axis=2)


def marginals(belief: Belief) -> np.ndarray:
    """Return each stratum's own distribution, masses (S, G) that sum to one."""
    return posterior(belief, np.ones((1, belief.n_strata, belief.grid.n_nodes)))[0]
