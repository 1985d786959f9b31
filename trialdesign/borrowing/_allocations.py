"""Sums over which component each of a few strata belongs to: EXNEX without crossed nodes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np

from trialdesign.probability.belief import Belief, marginals
from trialdesign.probability.cost import Cost

ALLOCATED = 5e7  # numbers of a sum over allocations, 400 MB; of larger ones, nodes are thinned
SPANNED = 600  # nodes of a component that serve: what counts spans about 350 dimensions, to 1e-8
FEW = 3  # strata of which no two components can each have two: no two components' nodes are crossed
FEWEST = 200  # nodes of a component that are kept in any case


def _groups(n_strata: int) -> int:
    """Return how many groups of two strata or more there are."""
    return 2**n_strata - 1 - n_strata


def kept_each(nodes: Sequence[int], n_strata: int, n_points: int) -> int | None:
    """Return how many nodes of each component are kept so that a sum over allocations fits, or None."""
    each_node = _groups(n_strata) * n_strata * n_points
    if each_node * sum(nodes) <= ALLOCATED:
        return None
    return min(SPANNED, max(FEWEST, int(ALLOCATED / (each_node * len(nodes)))))


def by_allocation(alone: Belief, components: Sequence[Belief], weights: np.ndarray) -> Belief:
    """Return the belief as a sum over which component each of at most `FEW` strata belongs to.

    Strata that share a component with no other have its marginal prior, so that the nodes of one
    component at most are needed in each term: exact up to the grid.

    Parameters
    ----------
    alone : Belief
        One node: the nonexchangeable priors.
    components : sequence of Belief
        Each as if every stratum belonged to it.
    weights : ndarray, shape (1 + C, S)
        Nonexchangeable first.
    """
    strata = range(alone.n_strata)
    single = np.stack([marginals(each) for each in (alone, *components)])
    terms = []
    for allocation in product(range(len(weights)), repeat=len(strata)):  # no component has two strata
        exchangeable_ones = [c for c in allocation if c > 0]
        probability = np.prod(weights[allocation, strata])
        if probability > 0 and len({*exchangeable_ones}) == len(exchangeable_ones):
            terms.append(Belief(alone.grid, probability[None], single[allocation, strata][None]))
    for c, component in enumerate(components, start=1):
        others = [w for w in range(len(weights)) if w != c]
        rest = np.einsum("cs,csg->sg", weights[others], single[others])  # of a stratum that is left
        for size in range(2, len(strata) + 1):
            for members in combinations(strata, size):
                probability = np.prod(weights[c, list(members)])
                if probability > 0:
                    inside = np.isin(strata, members)[:, None]
                    mass = np.where(inside, component.mass, rest)
                    weight = probability / component.evidence * component.weight
                    terms.append(Belief(alone.grid, weight, mass))
    return Belief(
        alone.grid,
        np.concatenate([term.weight for term in terms]),
        np.concatenate([term.mass for term in terms]),
    )


def allocated_cost(components: Sequence[Cost], n_strata: int, full: int) -> Cost:
    """Return what `by_allocation` takes in memory."""
    nodes = (1 + len(components)) ** n_strata + _groups(n_strata) * sum(
        each.nodes for each in components
    )
    kept = nodes * full
    held = sum(each.kept for each in components)
    return Cost(nodes, kept, max(*(each.peak + held for each in components), held + 2 * kept))
