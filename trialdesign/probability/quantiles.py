"""Quantiles of distributions that are known by their distribution functions."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Collection, Sequence

import numpy as np

LEVELS = {"q2.5": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q97.5": 0.975}  # of a summary
TOLERANCE = 1e-7  # of a quantile's probability
MOST_STEPS = 200


def find_quantiles(
    below: Callable[[float], np.ndarray], guesses: Collection[float], levels: Collection[float]
) -> np.ndarray:
    """Return the quantiles of S distributions by regula falsi.

    Parameters
    ----------
    below : callable
        The S distribution functions at a point, shape (S,).
    guesses : collection of float
        Points at which the search starts; for a quantile beyond them, the nearest is returned.
    levels : collection of float
        Q probabilities.

    Returns
    -------
    ndarray, shape (S, Q)
        Exact to 1e-7 in probability; where a distribution function jumps over a level, the point of
        the jump.
    """
    found = _Table(below, guesses)
    n_distributions = found.values[found.points[0]].size
    return np.array([[found.root(s, level) for level in levels] for s in range(n_distributions)])


def guess_quantiles(
    values: np.ndarray, masses: Sequence[np.ndarray], levels: Collection[float]
) -> np.ndarray:
    """Return where to start: quantiles of S discrete distributions, and the ends of their range.

    Parameters
    ----------
    values : ndarray, broadcastable to (G, H)
    masses : sequence of S ndarrays, shape (G, H)
        Probabilities of the values; a few may be slightly negative.
    levels : collection of float
    """
    flat = np.broadcast_to(values, masses[0].shape).ravel()
    order = flat.argsort()
    at = [np.searchsorted(np.cumsum(mass.ravel()[order]), list(levels)) for mass in masses]
    ranks = np.clip([0, flat.size - 1, *np.ravel(at)], 0, flat.size - 1)
    return np.unique(flat[order[ranks]])


def discrete_quantiles(
    values: np.ndarray, masses: Sequence[np.ndarray], levels: Collection[float]
) -> np.ndarray:
    """Return quantiles (S, Q) of S discrete distributions, interpolated between neighbouring values.

    Parameters are those of `guess_quantiles`.
    """
    out = []
    for mass in masses:
        there = mass != 0  # of large masses, few are not zero
        own, x = mass[there], np.broadcast_to(values, mass.shape)[there]
        order = x.argsort()
        out.append(np.interp(list(levels), np.cumsum(own[order]) - own[order] / 2, x[order]))
    return np.array(out)


class _Table:
    """Distribution functions where they have been asked for: one call serves all of them."""

    def __init__(self, below: Callable[[float], np.ndarray], guesses: Collection[float]) -> None:
        self.below, self.points, self.values = below, [], {}
        for x in guesses:
            self.at(float(x))

    def at(self, x: float) -> np.ndarray:
        """Return the distribution functions at a point."""
        if x not in self.values:
            self.values[x] = self.below(x)
            insort(self.points, x)
        return self.values[x]

    def root(self, s: int, level: float) -> float:
        """Return where a distribution function reaches a level."""
        excess = [float(self.values[x][s]) - level for x in self.points]
        first = next((i for i, e in enumerate(excess) if e >= 0), None)
        if first is None or first == 0:
            return self.points[-1 if first is None else 0]
        (a, b), (fa, fb) = self.points[first - 1 : first + 1], excess[first - 1 : first + 1]
        stayed = 0
        for _ in range(MOST_STEPS):
            if b - a <= 1e-15 * max(abs(a), abs(b)):  # a jump
                break
            x = (a * fb - b * fa) / (fb - fa)
            x = x if a < x < b else (a + b) / 2
            f = float(self.at(x)[s]) - level
            if abs(f) < TOLERANCE:
                return x
            if f < 0:  # Illinois: the end that stays a second time counts half
                a, fa, fb, stayed = x, f, fb / 2 if stayed < 0 else fb, -1
            else:
                b, fb, fa, stayed = x, f, fa / 2 if stayed > 0 else fa, 1
        return b
