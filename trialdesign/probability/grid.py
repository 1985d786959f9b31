"""Panels, nodes and product integration: the arithmetic under a Belief.

A grid is a row of panels, each with ``order`` Gauss-Legendre nodes.  A density is never evaluated at
the nodes: its mass is integrated against the Lagrange basis of each panel, so that only the
*likelihood* has to look like a polynomial on a panel, however narrow the prior is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

ORDER = 12  # nodes a panel; with panels of 4 likelihood sds every probability is within 2e-6
REACH = 8.5  # sds beyond which a normal mass is dropped (1e-17) unless data contradict it
SMOOTH = 1.5  # sds; a normal density on a panel no wider than this is a polynomial, within 1e-10
MOST_PIECES = 8  # of 3 sds, in which a normal density is integrated over a whole panel
UNDERFLOW = 38.0  # sds beyond which a normal density is no longer a number

Density = Callable[[np.ndarray], np.ndarray]


@cache
def unit_rule(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Legendre nodes and weights on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    return nodes, weights


@cache
def _legendre_to_nodes() -> np.ndarray:
    """Return (ORDER, ORDER): Legendre moments of a panel -> masses of its nodes."""
    nodes, weights = unit_rule(ORDER)
    degree = np.arange(ORDER)
    return np.polynomial.legendre.legvander(nodes, ORDER - 1).T * (degree[:, None] + 0.5) * weights


@cache
def _pieces(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the points (16 n,) of a panel from 0 to 1 in n equal pieces, and the weights (16 n, ORDER)
    that integrate a function, given there, against the panel's basis."""
    t, w = unit_rule(16)
    points = (np.arange(n)[:, None] * 2 + 1 + t).ravel() / (2 * n)
    basis = np.polynomial.legendre.legvander(2 * points - 1, ORDER - 1) @ _legendre_to_nodes()
    return points, basis * np.tile(w, n)[:, None] / (2 * n)


def _legendre(t: np.ndarray) -> np.ndarray:
    """Return the Legendre polynomials of degree below ORDER at t, shape (ORDER, *t.shape)."""
    out = np.empty((ORDER, *t.shape))
    out[0], out[1] = 1.0, t
    for n in range(1, ORDER - 1):
        np.multiply(t, out[n], out=out[n + 1])
        out[n + 1] *= (2 * n + 1) / (n + 1)
        out[n + 1] -= n / (n + 1) * out[n - 1]
    return out


@dataclass(frozen=True, slots=True)
class Grid:
    """Composite Gauss-Legendre nodes between ``edges``; what lies outside counts at the end edges.

    Attributes
    ----------
    edges : ndarray, shape (P + 1,)
    open : tuple of bool
        Whether a posterior could have probability beyond the lower and the upper end.
    nodes, weights : ndarray, shape (G,), G = P * ORDER
    """

    edges: np.ndarray
    open: tuple[bool, bool] = (False, False)
    nodes: np.ndarray = field(init=False)
    weights: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        t, w = unit_rule(ORDER)
        half = np.diff(self.edges)[:, None] / 2
        nodes = (self.edges[:-1, None] + half * (1 + t)).ravel()
        for name, array in (("nodes", nodes), ("weights", (half * w).ravel())):
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        self.edges.setflags(write=False)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return self.nodes.size

    def next_to_open_ends(self) -> np.ndarray:
        """Return 1 at the two nodes next to each open end and 0 elsewhere, shape (G,)."""
        out = np.zeros(self.n_nodes)
        out[:2], out[-2:] = self.open
        return out

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the share of each node's mass that lies below x.

        Parameters
        ----------
        x : ndarray, any shape
            Points of the linear scale; infinite ones are allowed.

        Returns
        -------
        ndarray, shape (*x.shape, G)
            ``mass @ cumulative(x)`` is the distribution function at x: 1 left of the panel that holds
            x, 0 right of it, and the integral of the Lagrange basis up to x inside it.
        """
        x = np.asarray(x, dtype=float)
        panel = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, self.edges.size - 2)
        left, width = self.edges[panel], np.diff(self.edges)[panel]
        t = np.clip(2 * (x - left) / width - 1, -1.0, 1.0)
        # antiderivative of P_n is (P_{n+1} - P_{n-1}) / (2n + 1), zero at t = -1
        polynomials = np.polynomial.legendre.legvander(t, ORDER)
        degree = np.arange(1, ORDER)
        moments = np.empty((*t.shape, ORDER))
        moments[..., 0] = t + 1
        moments[..., 1:] = (polynomials[..., 2:] - polynomials[..., :-2]) / (2 * degree + 1)
        share = moments @ _legendre_to_nodes() / unit_rule(ORDER)[1]
        out = (np.arange(self.edges.size - 1) < panel[..., None]).astype(float)
        out = np.repeat(out, ORDER, axis=-1)
        columns = panel[..., None] * ORDER + np.arange(ORDER)
        np.put_along_axis(out, columns, share, axis=-1)
        return out

    def mass(self, density: Density, scale: float, breaks: Sequence[float] = ()) -> np.ndarray:
        """Integrate a density that varies on ``scale`` against the basis of each panel, shape (G,).

        ``breaks`` are points where the density or a derivative jumps.
        """
        cuts = [b for b in breaks if self.edges[0] < b < self.edges[-1]]
        fine = np.union1d(self.edges, cuts)
        pieces = np.maximum(1, np.ceil(np.diff(fine) / scale)).astype(int)
        starts = np.concatenate(
            [np.linspace(a, b, n, endpoint=False) for a, b, n in zip(fine, fine[1:], pieces)]
        )
        stops = np.append(starts[1:], fine[-1])
        t, w = unit_rule(16)
        half = (stops - starts)[:, None] / 2
        x = starts[:, None] + half * (1 + t)
        panel = np.searchsorted(self.edges, x[:, 8], side="right") - 1
        moments = self._panel_moments(panel, x, density(x) * w * half)
        out = np.zeros((self.edges.size - 1, ORDER))
        np.add.at(out, panel, moments @ _legendre_to_nodes())
        return out.ravel()

    def _panel_moments(self, panel: np.ndarray, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Return the Legendre moments (N, ORDER) of weighted points (N, Q), row n inside panel[n]."""
        left, width = self.edges[panel, None], np.diff(self.edges)[panel, None]
        return np.einsum("inq,nq->ni", _legendre(2 * (x - left) / width - 1), weight)

    def basis(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the panel that holds each point (N,), and the values there of its basis (N, ORDER)."""
        panel = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, self.edges.size - 2)
        left, width = self.edges[panel], np.diff(self.edges)[panel]
        values = np.polynomial.legendre.legvander(2 * (x - left) / width - 1, ORDER - 1)
        return panel, values @ _legendre_to_nodes()

    def edge_basis(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the (ORDER,) values of the first and last panel's basis at the outer edge."""
        to_nodes = _legendre_to_nodes()
        return ((-1.0) ** np.arange(ORDER)) @ to_nodes, np.ones(ORDER) @ to_nodes

    def with_tails(self, mass: np.ndarray, below: np.ndarray, above: np.ndarray) -> np.ndarray:
        """Add the probability outside the grid, (..., ) each, to the outer panels of mass (..., G)."""
        first, last = self.edge_basis()
        mass[..., :ORDER] += np.multiply.outer(below, first)
        mass[..., -ORDER:] += np.multiply.outer(above, last)
        return mass

    def normal_mass(self, mean: np.ndarray, sd: float, reach: float = REACH) -> np.ndarray:
        """Integrate N(mean, sd^2) against the basis of every panel.

        Parameters
        ----------
        mean : ndarray, shape (K,)
        sd : float
            Positive; may be far smaller than a panel.
        reach : float
            Standard deviations beyond which the mass is taken to be 0, at most UNDERFLOW.

        Returns
        -------
        ndarray, shape (K, G)
            Rows sum to one.
        """
        from scipy.special import ndtr

        mean = np.asarray(mean, dtype=float)
        left = np.maximum(self.edges[:-1], mean[:, None] - reach * sd)
        right = np.minimum(self.edges[1:], mean[:, None] + reach * sd)
        out = np.zeros((mean.size, self.edges.size - 1, ORDER))
        there, smooth = right > left, np.diff(self.edges) < SMOOTH * sd
        row, panel = np.nonzero(there & smooth)
        nodes, weights = self.nodes.reshape(-1, ORDER), self.weights.reshape(-1, ORDER)
        z = (nodes[panel] - mean[row, None]) / sd
        out[row, panel] = np.exp(-0.5 * z * z) * (weights[panel] / (sd * np.sqrt(2 * np.pi)))
        pieces = np.ceil(np.diff(self.edges) / (3 * sd) - 1e-9)
        whole = pieces <= MOST_PIECES
        for n in np.unique(pieces[~smooth & whole]).astype(int):
            row, panel = np.nonzero(there & ~smooth & (pieces == n))
            points, basis = _pieces(n)
            width = np.diff(self.edges)[panel, None]
            z = (self.edges[panel, None] + width * points - mean[row, None]) / sd
            normal = np.exp(-0.5 * z * z) * (width / (sd * np.sqrt(2 * np.pi)))
            out[row, panel] = normal @ basis
        row, panel = np.nonzero(there & ~whole)  # much wider than the normal: only where that lives
        left, right = left[row, panel], right[row, panel]
        pieces = np.maximum(1, np.ceil((right - left) / (3 * sd) - 1e-9)).astype(int)
        t, w = unit_rule(16)
        for n in np.unique(pieces):
            of = pieces == n
            half = (right[of] - left[of])[:, None] / (2 * n)
            points = (np.arange(n)[:, None] * 2 + 1 + t).ravel()
            x = left[of][:, None] + half * points
            z = (x - mean[row[of], None]) / sd
            weight = np.exp(-0.5 * z * z) * (np.tile(w, n) * half / (sd * np.sqrt(2 * np.pi)))
            moments = self._panel_moments(panel[of], x, weight)
            out[row[of], panel[of]] = moments @ _legendre_to_nodes()
        out = out.reshape(mean.size, -1)
        below, above = ndtr((self.edges[0] - mean) / sd), ndtr((mean - self.edges[-1]) / sd)
        return self.with_tails(out, below, above)
