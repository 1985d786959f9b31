"""Quantiles of rows of masses on a grid, panel by panel from the antiderivative of the panel's basis."""

from __future__ import annotations

import numpy as np

from trialdesign.probability.grid import ORDER, Grid

WITHIN = 1e-12  # of half a panel


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
    from scipy.optimize.elementwise import find_root

    panels = mass.reshape(len(mass), -1, ORDER)
    below = np.cumsum(panels.sum(axis=2), axis=1)
    probability = np.broadcast_to(probability, len(mass))
    unit, rows = Grid(np.array([-1.0, 1.0])), np.arange(len(mass))
    at = np.minimum((below < probability[:, None]).sum(axis=1), panels.shape[1] - 1)
    wanted = probability - np.where(at > 0, below[rows, at - 1], 0.0)
    own = panels[rows, at]
    inside = lambda x, row: (own[row] * unit.cumulative(x)).sum(axis=1)
    wanted = np.clip(wanted, *(inside(np.full(rows.size, end), rows) for end in (-1.0, 1.0)))
    miss = lambda x, row: inside(x, row) - wanted[row]
    x = find_root(miss, (-1.0, 1.0), args=(rows,), tolerances={"xatol": WITHIN}).x
    return grid.edges[at] + np.diff(grid.edges)[at] * (1 + x) / 2
