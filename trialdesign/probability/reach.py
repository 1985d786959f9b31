"""How far a grid must reach: where data could put a parameter, however unlikely a priori.

A prior's own quantiles are not enough: data that contradict it by ten of its standard deviations put
the posterior where the prior has 1e-23 of its probability.  So the most extreme data that a trial can
have, its published evidence counted or not, are held against each prior before a grid is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LogLikelihoods = Callable[[np.ndarray], np.ndarray]  # points (X,) of the linear scale -> (L, X)

DROP = 24.0  # a log density so far below its largest holds less than 1e-9 of the probability
# Mass of the most extreme posterior beyond a range, which counts at its end.  An analysis that meets
# such data sees the mass next to the end and widens the grid (`analysis.accuracy`).
LOST = 1e-4
STATED = 101  # points inside a prior's own range
POINTS = 2001  # of the mesh on which densities are compared
CHEAP = 0.5  # a log likelihood this close to its largest does not pull


def nothing(x: np.ndarray) -> np.ndarray:
    """Return the log likelihood (1, X) of no data."""
    return np.zeros((1, x.size))


@dataclass(frozen=True, slots=True)
class Extremes:
    """Log likelihoods of extreme data: ``own`` of one stratum, ``shared`` also of all as one."""

    own: LogLikelihoods = nothing
    shared: LogLikelihoods = nothing


def mesh(limits: tuple[float, float]) -> np.ndarray:
    """Return the points at which densities are compared, shape (X,)."""
    return np.linspace(*limits, POINTS)


def reached(
    log_density: Callable[[np.ndarray], np.ndarray],
    stated: tuple[float, float],
    extremes: LogLikelihoods,
    limits: tuple[float, float],
) -> tuple[float, float]:
    """Return the range that holds a prior and its posterior after any of the extreme data.

    Parameters
    ----------
    log_density : callable
        Of the prior, at points (X,).
    stated : tuple of float
        Range that holds the prior itself.
    extremes : callable
    limits : tuple of float
        Range of the linear scale on which a likelihood changes.

    Returns
    -------
    low, high : float
        At least ``stated``.
    """
    low, high = stated
    inside = np.linspace(*np.clip(stated, *limits), STATED)  # however narrow the prior is
    x = np.union1d(mesh(limits), inside)
    posterior = log_density(x) + extremes(x)
    posterior = posterior[np.isfinite(posterior).any(axis=1)]
    if not len(posterior):  # the prior has no probability where a likelihood changes
        return stated
    posterior -= posterior.max(axis=1, keepdims=True)
    mass, held = np.exp(posterior) * np.gradient(x), (posterior > -DROP).any(axis=0)
    mass /= mass.sum(axis=1, keepdims=True)
    if mass[:, x < low].sum(axis=1).max() > LOST:
        low = min(low, x[max(held.argmax() - 1, 0)])
    if mass[:, x > high].sum(axis=1).max() > LOST:
        high = max(high, x[min(x.size - held[::-1].argmax(), x.size - 1)])
    return low, high


def free_ends(extremes: LogLikelihoods, limits: tuple[float, float]) -> tuple[float, float]:
    """Return where the lowest data cease to resist and where the highest begin not to."""
    x = mesh(limits)
    likelihood = extremes(x)
    free = likelihood > likelihood.max(axis=1, keepdims=True) - CHEAP
    lowest = x[free.argmax(axis=1)]
    highest = x[::-1][free[:, ::-1].argmax(axis=1)]
    return float(highest.min()), float(lowest.max())


def slope(log_density: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """Return the slope of a log density at points, 0 where there is no density."""
    step = 1e-4
    with np.errstate(invalid="ignore"):
        found = (log_density(x + step) - log_density(x - step)) / (2 * step)
    return np.where(np.isfinite(found), found, 0.0)


def tension(
    log_density: Callable[[np.ndarray], np.ndarray], extremes: LogLikelihoods, x: np.ndarray
) -> np.ndarray:
    """Return how steep a prior and the extreme data are against each other at points (X,).

    Where both fall, or both rise, nothing of their product is left to be resolved.
    """
    step = 1e-4
    pulls = (extremes(x + step) - extremes(x - step)) / (2 * step)
    up, down = np.maximum(pulls.max(axis=0), 0), np.maximum(-pulls.min(axis=0), 0)
    own = slope(log_density, x)
    return np.where(own < 0, np.minimum(-own, up), np.minimum(own, down))
