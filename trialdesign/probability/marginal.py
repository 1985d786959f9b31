"""The distribution of one stratum's parameter as a smooth curve: density, quantiles, moments.

The nodes of a coupled belief are a quadrature rule: sums over them are exact for likelihoods, but read
as a density they are a comb.  The smooth density is the spline whose products with all splines of its
kind are those of the comb (its L2 projection), so that no rule finer than the likelihoods is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from trialdesign.probability.axis import Axis
from trialdesign.probability.belief import Belief
from trialdesign.probability.belief import marginals as strata_masses
from trialdesign.probability.grid import Grid

if TYPE_CHECKING:  # a tenth of a second to import
    from scipy.interpolate import BSpline

DEGREE = 5
# Pieces of a panel: six follow a single node's density, four smooth the comb of many.  With
# `resolution.WHOLE` the distribution function is then within 5e-7 of that of finer grids.
PIECES, PIECES_OF_COMB = 6, 4
MOST_STEPS = 60  # of Newton's method; it settles in about six, and bisection alone in forty


@dataclass(frozen=True, slots=True)
class Marginal:
    """One stratum's distribution on the linear scale.

    Attributes
    ----------
    grid : Grid
    mass : ndarray, shape (G,)
        Sums to one.
    breaks : tuple of float
        Points where the density jumps.
    pieces : int
        Polynomial pieces of the density in each panel of the grid.
    """

    grid: Grid
    mass: np.ndarray
    breaks: tuple[float, ...] = ()
    pieces: int = PIECES
    _fitted: tuple[BSpline, BSpline] | None = field(init=False, repr=False, default=None)

    def _splines(self) -> tuple[BSpline, BSpline]:
        """Return the density and its integral, fitted when they are first asked for."""
        if self._fitted is None:
            density = _projection(self)
            object.__setattr__(self, "_fitted", (density, density.antiderivative()))
        return self._fitted

    def density(self, x: np.ndarray) -> np.ndarray:
        """Return the density at points of the linear scale; zero outside the grid."""
        (low, high), (density, _) = self.grid.edges[[0, -1]], self._splines()
        return np.where((x >= low) & (x <= high), np.maximum(density(np.clip(x, low, high)), 0), 0)

    def derivatives(self) -> tuple[BSpline, Callable, Callable]:
        """Return the density on the grid and its first and second derivative, which may jump."""
        density, _ = self._splines()
        return density, partial(density, nu=1), partial(density, nu=2)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        """Return the distribution function; probability outside the grid counts at its ends."""
        return self._splines()[1](np.clip(x, *self.grid.edges[[0, -1]]))

    def quantiles(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the quantiles, by Newton's method inside their panels, to 1e-10 of the scale."""
        edges, (density, integral) = self.grid.edges, self._splines()
        below = integral(edges)
        wanted = np.atleast_1d(np.asarray(probabilities, float)) * below[-1]
        panel = np.searchsorted(np.maximum.accumulate(below[1:-1]), wanted)
        low, high = edges[panel], edges[panel + 1]
        x = (low + high) / 2
        for _ in range(MOST_STEPS):
            miss = integral(x) - wanted
            low, high = np.where(miss < 0, x, low), np.where(miss < 0, high, x)
            step = x - miss / np.maximum(density(x), 1e-300)
            step = np.where((step >= low) & (step <= high), step, (low + high) / 2)
            x, moved = step, np.abs(step - x)
            if ((moved < 1e-10) | (np.abs(miss) < 1e-15)).all():
                break
        return x

    def mean(self, f: Callable[[np.ndarray], np.ndarray] = lambda x: x) -> float:
        """Return the expectation of a function of the linear parameter."""
        return float(self.mass @ f(self.grid.nodes))

    def sd(self, f: Callable[[np.ndarray], np.ndarray] = lambda x: x) -> float:
        """Return the standard deviation of a function of the linear parameter."""
        centred = f(self.grid.nodes) - self.mean(f)
        return float(np.sqrt(max(self.mass @ centred**2, 0.0)))


def marginals_of(belief: Belief, axis: Axis) -> list[Marginal]:
    """Return each stratum's own distribution."""
    return curves(strata_masses(belief), belief, axis)


def curves(masses: np.ndarray, belief: Belief, axis: Axis) -> list[Marginal]:
    """Return distributions (S, G) that a belief, or its update, gives the strata."""
    pieces = PIECES if belief.n_nodes == 1 else PIECES_OF_COMB
    return [Marginal(belief.grid, mass, tuple(axis.breaks), pieces) for mass in masses]


def blend(first: Marginal, second: Marginal, weight: float) -> Marginal:
    """Return (1 - weight) first + weight second, both on one grid."""
    mass = (1 - weight) * first.mass + weight * second.mass
    breaks = tuple(sorted({*first.breaks, *second.breaks}))
    return Marginal(first.grid, mass, breaks, min(first.pieces, second.pieces))


def _projection(marginal: Marginal) -> BSpline:
    """Return the least-squares spline of the density; it may jump at the breaks."""
    from scipy.interpolate import make_lsq_spline

    grid, edges = marginal.grid, marginal.grid.edges
    inner = np.linspace(edges[:-1], edges[1:], marginal.pieces, endpoint=False, axis=1).ravel()
    jumps = [b for b in marginal.breaks if edges[0] < b < edges[-1]]
    ends, jumps = np.repeat(edges[[0, -1]], DEGREE), np.repeat(jumps, DEGREE)
    knots = np.sort(np.concatenate([ends, inner, edges[-1:], jumps]))
    density, weights = marginal.mass / grid.weights, np.sqrt(grid.weights)
    return make_lsq_spline(grid.nodes, density, knots, DEGREE, weights)
