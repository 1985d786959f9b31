"""Where an estimand exceeds a threshold, as shares of the masses on one or two axes.

An estimand is a function of the focus parameter g (rows) and, in a controlled trial, of a partner
parameter h (columns).  In h it is monotone or has one hump; its crossings of the threshold are
bracketed on a mesh, refined by bisection and turned into shares of each node's mass by the
antiderivative of the panel's basis, so that a cut inside a panel costs no accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from trialdesign.probability.grid import Grid

Value = Callable[[np.ndarray, np.ndarray], np.ndarray]  # value(g, h), broadcasting

MESH = 8  # points a panel between which crossings are looked for
BISECTIONS = 52
RAMP = (0.003, 0.03, 0.3)  # panel edges beside a ramp: probability within 5e-7
GOLDEN = (np.sqrt(5) - 1) / 2


def exceedance(value: Value, threshold: float, focus: Grid, partner: Grid | None) -> np.ndarray:
    """Return the share of each pair of nodes at which value > threshold.

    Parameters
    ----------
    value : callable
        ``value(g, h)`` on the linear scale; h is ignored when there is no partner.
    threshold : float
    focus : Grid
        G nodes.
    partner : Grid or None
        H nodes.

    Returns
    -------
    ndarray, shape (G, H), or (G, 1) when the value does not depend on h
        ``sum(joint * share)`` is the probability of exceeding the threshold.
    """
    if partner is None or _ignores_partner(value, focus, partner):
        along = lambda row, g: value(g, np.zeros_like(g))
        return _shares(along, np.zeros(1), threshold, focus).T
    return _shares(value, focus.nodes, threshold, partner)


def at_nodes(value: Value, focus: Grid, partner: Grid | None) -> np.ndarray:
    """Return the value at each pair of nodes, (G, H), or (G, 1) when it does not depend on h."""
    if partner is None or _ignores_partner(value, focus, partner):
        return value(focus.nodes, np.zeros(focus.n_nodes))[:, None]
    return value(focus.nodes[:, None], partner.nodes[None, :])


def cut_points(
    value: Value,
    thresholds: Iterable[float],
    focus: tuple[float, float],
    partner: tuple[float, float] | None,
    fineness: float = 1.0,
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return where on the focus axis exceeding a threshold becomes possible, or certain.

    There the probability of exceeding has a step, or a ramp that starts like a square root, so that
    a panel must not straddle the point and panels beside a ramp must shrink towards it.

    Parameters
    ----------
    value : callable
    thresholds : iterable of float
        Infinite ones are passed over.
    focus, partner : tuple of float
        Ranges of the two axes; no partner in a single-arm trial.
    fineness : float
        How much finer than usual the panels beside a ramp are.

    Returns
    -------
    cuts, ramps : tuple of float
        The points, and the further panel edges beside ramps.
    """
    mesh = np.linspace(*focus, 1201)
    columns = np.zeros(1) if partner is None else np.linspace(*partner, 201)

    def extreme(g: np.ndarray, sign: float) -> np.ndarray:
        return _maximum(lambda r, h: sign * value(r, h), g, columns)[1]

    finite = np.array([threshold for threshold in thresholds if np.isfinite(threshold)])
    cuts, ramps = set(), set()
    for sign in (1.0, -1.0):
        above = extreme(mesh, sign) > sign * finite[:, None]  # (thresholds, mesh)
        which, where = np.nonzero(above[:, 1:] != above[:, :-1])
        level, start = sign * finite[which], above[which, where]
        excess = lambda level, g, sign=sign: extreme(g, sign) - level
        roots = np.round(_bisect(excess, level, mesh[where], mesh[where + 1], start), 12) + 0.0
        cuts.update(roots.tolist())
        if partner is not None and roots.size:
            opens = np.where(excess(level, roots + 1e-6) > 0, 1.0, -1.0)
            steps = np.geomspace(RAMP[0], RAMP[-1], int((len(RAMP) - 1) * fineness) + 1)
            ramps.update((roots[:, None] + opens[:, None] * steps).ravel().tolist())
    return tuple(sorted(cuts)), tuple(sorted(ramps))


def echoes(
    value: Value, thresholds: Iterable[float], focus: tuple[float, float], points: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return where on the focus axis the value is a threshold at given points of the partner's axis.

    The probability of exceeding, as a function of the focus parameter, follows the partner's
    distribution: it has a kink where that has one, and is as steep as that is narrow.

    Parameters
    ----------
    value : callable
    thresholds : iterable of float
        Infinite ones are passed over.
    focus : tuple of float
        Range of the focus axis.
    points : ndarray, shape (N,)

    Returns
    -------
    tuple of ndarray
        Sorted, one array per finite threshold.
    """
    mesh = np.linspace(*focus, 1201)
    table = value(mesh[:, None], points[None, :])
    found = []
    for threshold in thresholds:
        if not np.isfinite(threshold):
            continue
        above = table > threshold
        where, which = np.nonzero(above[1:] != above[:-1])
        excess = lambda at, g, threshold=threshold: value(g, at) - threshold
        start = above[where, which]
        found.append(np.sort(_bisect(excess, points[which], mesh[where], mesh[where + 1], start)))
    return tuple(found)


def _ignores_partner(value: Value, focus: Grid, partner: Grid) -> bool:
    sample = value(focus.nodes[:: max(1, focus.n_nodes // 7), None], partner.nodes)
    return bool(np.ptp(sample, axis=1).max() <= 1e-9 * max(1.0, np.abs(sample).max()))


def _maximum(value: Value, g: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where, along h, value(g, h) is largest, and how large, each of the shape of g."""
    table = value(g[:, None], columns[None, :])
    if columns.size == 1:
        return np.broadcast_to(columns, g.shape), table[:, 0]
    best = table.argmax(axis=1)
    low, high = columns[np.maximum(best - 1, 0)], columns[np.minimum(best + 1, columns.size - 1)]
    for _ in range(24):  # golden section: 1e-5 of a mesh step, 1e-10 of a maximum between them
        span = GOLDEN * (high - low)
        left, right = high - span, low + span
        upward = value(g, right) > value(g, left)
        low, high = np.where(upward, left, low), np.where(upward, high, right)
    middle = (low + high) / 2
    refined, tabulated = value(g, middle), table[np.arange(g.size), best]
    return np.where(refined > tabulated, middle, columns[best]), np.maximum(refined, tabulated)


def _bisect(f: Value, row: np.ndarray, low: np.ndarray, high: np.ndarray, start: np.ndarray):
    """Return where f(row, .) > 0 stops agreeing with ``start`` between low and high."""
    if row.size == 0:
        return low
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        same = (f(row, middle) > 0) == start
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return (low + high) / 2


def _shares(value: Value, rows: np.ndarray, threshold: float, grid: Grid) -> np.ndarray:
    """Return, for each row, the share of each node's mass at which value(row, .) > threshold."""
    inner = np.linspace(grid.edges[:-1], grid.edges[1:], MESH, endpoint=False, axis=1).ravel()
    mesh = np.append(inner, grid.edges[-1])
    points = np.broadcast_to(mesh, (rows.size, mesh.size))
    tops = [_maximum(lambda r, h, s=s: s * value(r, h), rows, mesh)[0] for s in (1.0, -1.0)]
    points = np.sort(np.column_stack([points, *tops]), axis=1)
    above = value(rows[:, None], points) > threshold
    row, column = np.nonzero(above[:, 1:] != above[:, :-1])
    left, right = points[row, column], points[row, column + 1]
    start = above[row, column]
    excess = lambda r, h: value(r, h) - threshold
    roots = _bisect(excess, rows[row], left, right, start)
    shares = np.repeat(above[:, :1].astype(float), grid.n_nodes, axis=1)
    step = (1 - grid.cumulative(roots)) * np.where(start, -1.0, 1.0)[:, None]
    np.add.at(shares, row, step)
    return shares
