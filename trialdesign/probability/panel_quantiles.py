"""Quantiles of rows of masses on a grid, panel by panel from the antiderivative of the panel's basis."""

from __future__ import annotations

import numpy as np

from trialdesign.probability.grid import ORDER, Grid

BISECTIONS = 40


def panel_quantiles(grid: Grid, mass: np.ndarray, probability: np.ndarray | float) -> np.ndarray:
    """Return one quantile of each row of masses.

    Parameters
    ----------
    grid : Grid
        G nodes.
    mass : ndarray, shape (T, G)
        Rows sum to one.
    probability : float or ndarray, shape (T,)

    Returns
    -------
    ndarray, shape (T,)
    """
    panels = mass.reshape(len(mass), -1, ORDER)
    below = np.cumsum(panels.sum(axis=2), axis=1)
    probability = np.broadcast_to(probability, len(mass))
    unit, rows = Grid(np.array([-1.0, 1.0])), np.arange(len(mass))
    at = np.minimum((below < probability[:, None]).sum(axis=1), panels.shape[1] - 1)
    wanted = probability - np.where(at > 0, below[rows, at - 1], 0.0)
    own = panels[rows, at]
    low, high = np.full(len(mass), -1.0), np.full(len(mass), 1.0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        under = (own * unit.cumulative(middle)).sum(axis=1) < wanted
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    left, width = grid.edges[at], np.diff(grid.edges)[at]
    return left + width * (1 + (low + high) / 2) / 2
