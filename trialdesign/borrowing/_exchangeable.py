"""Exchangeable strata: theta_s ~ N(mu + offset_s, tau^2), on the grid and in PyMC."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief, independent, marginals
from trialdesign.probability.cost import Cost
from trialdesign.probability.distributions.heterogeneity import scale_rule, scale_variable
from trialdesign.probability.distributions.real_line import Distribution
from trialdesign.probability.edges import graded_edges
from trialdesign.probability.grid import Grid
from trialdesign.probability.pymc_belief import Twin

FAR = 4.0  # times a prior's range by which data may carry what the strata share beyond it
EACH = 4  # of the points at which a range is looked for, one is enough for a density as smooth as this
LAYER = 7.0  # sds around a cut within which the mean's nodes must resolve tau


def zone(mean: Distribution, sd: float | Distribution, offsets: Sequence[float]) -> Zone:
    """Return where theta lives: the range that its prior makes plausible, and its marginal prior."""
    low, high = mean.support()
    largest = sd.quantile(0.99) if isinstance(sd, Distribution) else sd
    spread = np.hypot((high - low) / 2, 5 * largest) - (high - low) / 2
    taus, weights = scale_rule(sd, 6)
    far = FAR * (high - low) / 2
    points = int(np.clip(4 * (1 + FAR) * (high - low) / mean.scale, 61, 241))
    mus = np.linspace(low - far, high + far, points)
    blurred = np.hypot(taus, mus[1] - mus[0])
    with np.errstate(divide="ignore"):
        of_node = np.add.outer(mean.log_density(mus), np.log(weights) - np.log(blurred))

    def log_density(x: np.ndarray) -> np.ndarray:
        some = np.append(x[:-1:EACH], x[-1])
        out = np.full(some.shape, -np.inf)
        for offset in set(offsets):
            z = (some[:, None, None] - offset - mus[:, None]) / blurred
            out = np.maximum(out, (of_node - 0.5 * z * z).max(axis=(1, 2)))
        return np.interp(x, some, out)

    low, high = low - spread + min(offsets), high + spread + max(offsets)
    return Zone(low, high, np.inf, log_density, shared=mean.log_density)


def belief(
    axis: Axis,
    mean: Distribution,
    taus: np.ndarray,
    tau_weights: np.ndarray,
    offsets: np.ndarray,
) -> Belief:
    """Return the belief whose nodes are the (mu, tau) of a quadrature rule.

    Parameters
    ----------
    axis : Axis
    mean : Distribution
        Prior of mu.
    taus, tau_weights : ndarray, shape (N,)
        Rule for the between-strata standard deviation.
    offsets : ndarray, shape (S,)
        Added to mu in each stratum.
    """
    shifts, rules = np.unique(offsets), _rules(axis, mean, taus, offsets)
    weight = np.concatenate([of_tau * weights for of_tau, (_, weights) in zip(tau_weights, rules)])
    mass = np.empty((weight.size, shifts.size, axis.grid.n_nodes))  # filled in place: it may be large
    start = 0
    for tau, (mus, _) in zip(taus, rules):
        for s, shift in enumerate(shifts):
            own = axis.grid.normal_mass(mus + shift, tau, axis.resolution.sds)
            mass[start : start + mus.size, s] = own
        start += mus.size
    if len(offsets) == 1:  # nothing to share: the nodes serve the prior's own mass and no more
        return independent(axis.grid, marginals(Belief(axis.grid, weight, mass)))
    if shifts.size == 1:  # strata that differ in nothing share their masses until evidence parts them
        shared = np.broadcast_to(mass, (weight.size, len(offsets), axis.grid.n_nodes))
        return Belief(axis.grid, weight, shared)
    return Belief(axis.grid, weight, mass[:, np.searchsorted(shifts, offsets)])


def cost(axis: Axis, mean: Distribution, taus: np.ndarray, offsets: np.ndarray) -> Cost:
    """Return what `belief` takes in memory."""
    sizes = [weights.size for _, weights in _rules(axis, mean, taus, offsets)]
    nodes, shifts, points = sum(sizes), np.unique(offsets).size, axis.grid.n_nodes
    made = nodes * shifts * points
    if len(offsets) == 1:
        return Cost(1, points, made + 3 * max(sizes) * points)
    kept = made if shifts == 1 else nodes * len(offsets) * points
    return Cost(nodes, kept, max(made + 3 * max(sizes) * points, made + kept * (shifts > 1)))


def _rules(axis: Axis, mean: Distribution, taus: np.ndarray, offsets: np.ndarray) -> list:
    """Return nodes and weights for mu at each tau."""
    return _made_rules(axis, mean, tuple(taus.tolist()), tuple(offsets.tolist()))


@lru_cache(maxsize=4)  # a belief is made right after its cost was asked for, on the same axis
def _made_rules(axis: Axis, mean: Distribution, taus: tuple, offsets: tuple) -> list:
    shifts = np.unique(offsets)
    ends = axis.reached(mean, shifts)
    return [_mean_rule(axis, mean, ends, tau, shifts) for tau in taus]


def _mean_rule(
    axis: Axis, mean: Distribution, ends: tuple[float, float], tau: float, shifts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights for mu, fine enough for the likelihood and the cuts at this tau."""
    low, high = max(ends[0], axis.low - shifts.max()), min(ends[1], axis.high - shifts.min())
    if low >= high:  # the whole prior of mu lies beyond the axis, where every response is the same
        at = axis.low - shifts.max() if high <= axis.low - shifts.max() else axis.high - shifts.min()
        return np.array([at]), np.ones(1)
    cuts = np.unique([b - shift for b in axis.cuts for shift in shifts])
    panel, widest = axis.resolution.panel, axis.resolution.widest
    widest = min(widest * max(1.0, tau), panel * mean.scale / 2)

    def panels(mu: np.ndarray) -> np.ndarray:
        sharpest = np.max([axis.total_information(mu + shift) for shift in shifts], axis=0)
        blurred = np.sqrt(sharpest / (1 + tau**2 * sharpest))
        near = np.zeros(mu.shape, bool)
        for cut in cuts:  # P(theta > cut) steps over a width of tau
            near |= np.abs(mu - cut) < LAYER * tau
        return np.maximum(np.maximum(blurred, near / tau) / panel, 1 / widest)

    layers = [cut + side * LAYER * tau for cut in cuts for side in (-1, 0, 1)]
    if tau < 0.1:  # wider scatter smooths a ramp away
        layers += [ramp - shift for ramp in axis.ramps for shift in shifts]
    grid = Grid(graded_edges(low, high, panels, [*layers, *mean.breaks], axis.resolution.shifted))
    below, above = float(mean.cumulative(low)), float(mean.beyond(high))
    nodes = np.concatenate([[low], grid.nodes, [high]])
    weights = np.concatenate([[below], grid.weights * mean.density(grid.nodes), [above]])
    return nodes, weights / weights.sum()


def rule(
    sd: float | Distribution | None,
    variance: float | Distribution | None,
    n_nodes: int,
    spread: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights for tau, whose prior is on the sd or on the variance."""
    if variance is None:
        return scale_rule(sd, n_nodes, spread)
    nodes, weights = scale_rule(variance, n_nodes, spread, power=1)
    return np.sqrt(nodes), weights


def twin(pm, name: str, mean: Distribution, sd, variance, offsets: np.ndarray) -> Twin:
    """Return the same prior in PyMC, non-centred."""
    mu = mean.variable(pm, f"{name}_mu")
    if variance is None:
        tau = scale_variable(pm, sd, f"{name}_tau")
    else:
        tau = scale_variable(pm, variance, f"{name}_variance") ** 0.5
    z = pm.Normal(f"{name}_z", 0.0, 1.0, shape=len(offsets))
    return Twin.of(mu + offsets + tau * z)
