"""Where the panels of a grid end: as dense as asked, with breaks among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialdesign.probability.grid import Density


def graded_edges(
    low: float, high: float, density: Density, breaks: Sequence[float] = (), shifted: bool = False
) -> np.ndarray:
    """Return panel edges from low to high, as many a unit as ``density`` says, breaks among them.

    Parameters
    ----------
    low, high : float
        The range to cover, low < high.
    density : callable
        Panels a unit, at points of the linear scale; positive.
    breaks : sequence of float
        Points that must be edges, whatever the density; those outside the range are ignored.
    shifted : bool
        Whether the edges between two breaks lie half a panel further, so that no panel is one of those
        without the shift: the first and the last are half as wide.

    Returns
    -------
    ndarray, shape (P + 1,)
    """
    inside = sorted({float(b) for b in breaks if low + 1e-9 < b < high - 1e-9})
    stops = np.array([low, *inside, high])
    apart = np.diff(stops) >= 1e-9
    x = np.linspace(stops[:-1][apart], stops[1:][apart], 65, axis=1)  # (S, 65): one call of the density
    steps = density(((x[:, 1:] + x[:, :-1]) / 2).ravel()).reshape(len(x), -1) * np.diff(x)
    totals = np.cumsum(np.column_stack([np.zeros(len(x)), steps]), axis=1)
    counts = np.maximum(np.ceil(totals[:, -1] - 1e-9).astype(int), 1)
    edges = [np.array([low])]
    for own, total, n in zip(x, totals, counts):
        at = np.arange(n) + 0.5 if shifted else np.arange(1, n)
        edges.append(np.interp(at * total[-1] / n, total, own))
        edges.append(own[-1:])
    return np.concatenate(edges)
