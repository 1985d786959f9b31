"""The distribution function of an estimand at any point, not only where a criterion cuts.

Where exceeding a threshold becomes possible, its probability given the focus opens like a square root.
The grid has panel edges there for the thresholds of criteria; for any other threshold the panels are
split once the threshold is known, and the masses, a polynomial on each panel, are carried over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialdesign.probability.grid import ORDER, Grid, unit_rule
from trialdesign.probability.tails.exceedance import RAMP, Value, exceedance

COLUMNS = 801  # points along the partner among which the largest and smallest value are looked for
WITHIN = 1e-9  # of where a threshold becomes possible


class Tails:
    """Distribution functions of one estimand.

    Parameters
    ----------
    value : callable
        ``value(g, h)`` on the linear scale.
    focus, partner : Grid
        G and H nodes.
    joint : sequence of S ndarrays, shape (G, H)
        Each stratum's posterior masses.
    """

    def __init__(self, value: Value, focus: Grid, partner: Grid, joint: Sequence[np.ndarray]) -> None:
        self.value, self.focus, self.partner = value, focus, partner
        density = np.stack(joint) / focus.weights[:, None]
        self.density = density.reshape(len(joint), -1, ORDER, partner.n_nodes)
        vandermonde = np.polynomial.legendre.legvander(unit_rule(ORDER)[0], ORDER - 1)
        self.to_legendre = np.linalg.inv(vandermonde)
        self.columns = np.linspace(partner.edges[0], partner.edges[-1], COLUMNS)
        self.mesh = np.union1d(focus.edges, focus.nodes)
        self.ends = self._ends(self.mesh)

    def below(self, threshold: float) -> np.ndarray:
        """Return the probability that the estimand is at most the threshold, shape (S,)."""
        fine = Grid(self._edges(threshold))
        share = exceedance(self.value, threshold, fine, self.partner)
        return 1 - np.einsum("sgh,gh->s", self._carried(fine), share)

    def _carried(self, fine: Grid) -> np.ndarray:
        """Return the masses (S, G', H) on a grid whose panels are parts of the focus's."""
        edges, parts = self.focus.edges, []
        starts = np.searchsorted(fine.nodes, edges)
        for p, (start, stop) in enumerate(zip(starts, starts[1:], strict=False)):
            own = self.density[:, p]  # (S, ORDER, H)
            if stop - start > ORDER:
                t = 2 * (fine.nodes[start:stop] - edges[p]) / (edges[p + 1] - edges[p]) - 1
                own = np.polynomial.legendre.legvander(t, ORDER - 1) @ self.to_legendre @ own
            parts.append(own)
        return np.concatenate(parts, axis=1) * fine.weights[:, None]

    def _edges(self, threshold: float) -> np.ndarray:
        """Return the focus's edges, and those that the threshold needs."""
        roots = [self._root(threshold, end, i) for end in (0, 1) for i in self._crossed(threshold, end)]
        steps = np.array([0.0, *RAMP, *(-step for step in RAMP)])
        added = np.add.outer(roots, steps).ravel()
        low, high = self.focus.edges[[0, -1]]
        edges = np.union1d(self.focus.edges, added[(added > low) & (added < high)])
        return edges[np.append(True, np.diff(edges) > 1e-9)]

    def _ends(self, g: np.ndarray) -> np.ndarray:
        """Return the smallest and the largest value along the partner, shape (2, len(g))."""
        table = np.broadcast_to(self.value(g[:, None], self.columns), (g.size, COLUMNS))
        return np.stack([table.min(axis=1), table.max(axis=1)])

    def _crossed(self, threshold: float, end: int) -> np.ndarray:
        """Return after which points of the mesh the smallest (largest) value crosses the threshold."""
        above = self.ends[end] > threshold
        return np.flatnonzero(above[1:] != above[:-1])

    def _root(self, threshold: float, end: int, i: int) -> float:
        """Return where between two points of the mesh it does so."""
        from scipy.optimize import brentq

        excess = lambda x: self._ends(np.array([x]))[end, 0] - threshold
        return brentq(excess, self.mesh[i], self.mesh[i + 1], xtol=WITHIN)
