"""Quantiles of distributions that are known by their distribution functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

LEVELS = {"q2.5": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q97.5": 0.975}  # of a summary
TOLERANCE = 1e-9  # of a quantile's probability
FINEST = 1e-15  # of a jump's point
MOST_STEPS = 1000  # 75 were the most that any of 20,000 jumps took


def find_quantiles(
    below: Callable[[float], np.ndarray], guesses: Collection[float], levels: Collection[float]
) -> np.ndarray:
    """Return the quantiles of S distributions by Brent's method.

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
        Exact to 1e-9 in probability; where a distribution function jumps over a level, the point of
        the jump.
    """
    from scipy.optimize import brentq

    known = {float(x): below(float(x)) for x in guesses}  # a point that one quantile needs serves all

    def miss(x: float, s: int, level: float) -> float:
        if x not in known:
            known[x] = below(x)
        found = float(known[x][s]) - level
        return 0.0 if abs(found) < TOLERANCE else found

    def root(s: int, level: float) -> float:
        points = sorted(known)
        first = next((i for i, x in enumerate(points) if known[x][s] >= level), None)
        if not first:
            return points[-1 if first is None else 0]
        ends = points[first - 1 : first + 1]
        return brentq(miss, *ends, args=(s, level), xtol=FINEST, rtol=FINEST, maxiter=MOST_STEPS)

    n_distributions = known[next(iter(known))].size
    return np.array([[root(s, level) for level in levels] for s in range(n_distributions)])


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
