"""Axes: how far and how fine the grid of a parameter is, from what its priors and its data ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from trialdesign.probability.edges import graded_edges
from trialdesign.probability.grid import REACH, Density, Grid
from trialdesign.probability.reach import Extremes, free_ends, mesh, reached, tension
from trialdesign.probability.resolution import Resolution

LogDensity = Callable[[np.ndarray], np.ndarray]

FARTHEST = 600.0  # of a log hazard or a logit; no exponential of it overflows
GROWTH = 8.0  # distance from the limits of the likelihood at which panels are twice as wide

LEAST = 18.0  # a log likelihood so far below its largest holds less than 1e-7 of it
FLAT = 1e-6  # a log likelihood this close to its largest changes no probability any more
STEEP = 12.0  # largest change of a log likelihood over a panel that its polynomial follows to 1e-5


@dataclass(frozen=True, slots=True)
class Zone:
    """Where a prior lives and how fine the grid must be there.

    Attributes
    ----------
    low, high : float
        Range that holds the prior.
    width : float
        Largest width of a panel inside the zone; infinite where the likelihood alone decides.
    log_density : callable
        Of the prior at points of the scale, up to a constant.
    breaks : tuple of float
        Points where the density jumps.
    shared : callable or None
        Log density of a parameter that strata share and by which data of all of them move each.
    """

    low: float
    high: float
    width: float
    log_density: LogDensity = field(compare=False)
    breaks: tuple[float, ...] = ()
    shared: LogDensity | None = field(default=None, compare=False)

    @classmethod
    def of(cls, prior) -> Zone:
        """Return the zone of a distribution, which is asked for its support, scale and breaks."""
        low, high = prior.support()
        return cls(low, high, 2 * prior.scale, prior.log_density, tuple(prior.breaks))

    @classmethod
    def around(cls, log_likelihood: np.ndarray, limits: tuple[float, float]) -> Zone:
        """Return where a likelihood, given on the mesh of the limits, is not negligible; where it is not
        at a limit, it ends at the point from which on it no longer changes."""
        x, level = mesh(limits), log_likelihood - log_likelihood.max()
        seen = x[level > -LEAST]
        falls, rises = (x[np.abs(level - level[end]) > FLAT] for end in (0, -1))
        low = seen[0] if seen[0] > x[0] else falls.min(initial=x[-1])
        high = seen[-1] if seen[-1] < x[-1] else rises.max(initial=x[0])
        return cls(min(low, high), max(low, high), np.inf, np.zeros_like)

    def reached(self, extremes: Extremes, limits: tuple[float, float], margin: float) -> Zone:
        """Return the zone with the range to which extreme data can carry the parameter."""
        low, high = reached(self.log_density, (self.low, self.high), extremes.own, limits)
        if self.shared is not None:
            low, high = reached(self.shared, (low, high), extremes.shared, limits)
        more = margin * (high - low)
        return replace(self, low=low - more, high=high + more)


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """The linear scale of one parameter: where its prior lives and how sharply data can speak.

    Attributes
    ----------
    zones : tuple of Zone
        What the priors ask for, as far as data can reach.
    limits : tuple of float
        Beyond these the likelihood no longer changes; the grid stays inside, and probability beyond
        it counts at its ends.
    information : callable
        Fisher information of one stratum's data at points of the scale, the largest over strata.
    total_information : callable
        The same, summed over strata: what a parameter that the strata share has to resolve.
    extremes : Extremes
        Log likelihoods of the most extreme data.
    cuts : tuple of float
        Points at which a criterion cuts the scale; each becomes a panel edge.
    ramps : tuple of float
        Further panel edges, beside cuts that open like a square root.
    echoes : tuple of ndarray
        The partner's panel edges as a criterion sees them on this scale, one array per threshold; a
        panel holds no more than two of their intervals.
    resolution : Resolution
    grid : Grid
    """

    zones: tuple[Zone, ...]
    limits: tuple[float, float]
    information: Density
    total_information: Density
    extremes: Extremes = Extremes()
    cuts: tuple[float, ...] = ()
    ramps: tuple[float, ...] = ()
    echoes: tuple[np.ndarray, ...] = ()
    resolution: Resolution = Resolution()
    grid: Grid = field(init=False)

    def __post_init__(self) -> None:
        panel, widest = self.resolution.panel, self.resolution.widest
        fine, contradicted = widest / Resolution().widest, self._contradicted()

        def panels(x: np.ndarray) -> np.ndarray:
            density = np.maximum(np.sqrt(self.information(x)) / panel, 1 / widest)
            for zone, slope in zip(self.zones, contradicted):
                inside = (x > zone.low) & (x < zone.high)
                density = np.maximum(density, inside / (zone.width * fine))
                density = np.maximum(density, inside * slope(x) / (STEEP * fine))
            for points in self.echoes:
                density = np.maximum(density, _per_unit(points, x) / 2)
            return density / (1 + np.abs(x - np.clip(x, *self.limits)) / GROWTH)

        narrow = [zone for zone in self.zones if zone.width < widest]
        breaks = [
            *self.limits,
            *self.cuts,
            *self.ramps,
            *self.breaks,
        ]
        breaks += [edge for zone in narrow for edge in (zone.low, zone.high)]
        edges = graded_edges(self.low, self.high, panels, breaks, self.resolution.shifted)
        object.__setattr__(self, "grid", Grid(edges, self._open_ends()))

    def _contradicted(self) -> list[Density]:
        """Return how steep the likelihood is, zone by zone, where a posterior is not its prior's."""
        x = mesh(self.limits)
        slopes = [
            tension(zone.log_density, self.extremes.shared, x) if np.isfinite(zone.width) else 0 * x
            for zone in self.zones
        ]
        return [lambda at, y=slope: np.interp(at, x, y) for slope in slopes]

    @property
    def low(self) -> float:
        """Lower end of the grid."""
        return span(self.zones, self._ends())[0]

    @property
    def high(self) -> float:
        """Upper end of the grid."""
        return span(self.zones, self._ends())[1]

    @property
    def spread(self) -> float:
        """How far apart data can put two strata, or a stratum and its evidence."""
        low, high = free_ends(self.extremes.own, self.limits)
        return max(high - low, 0.0)

    @property
    def spread_of_nodes(self) -> float:
        """The same where each scale costs as many nodes as there are means: 0 but in a closer look."""
        return self.spread if self.resolution.sds > REACH else 0.0

    @property
    def breaks(self) -> np.ndarray:
        """Points where a prior's density jumps, sorted."""
        return np.array(sorted({point for zone in self.zones for point in zone.breaks}))

    def scatter(self, sd: float) -> np.ndarray:
        """Return the masses (G, G) of a normal distribution around every node."""
        return self.grid.normal_mass(self.grid.nodes, sd, self.resolution.sds)

    def reached(self, prior, shifts: np.ndarray) -> tuple[float, float]:
        """Return the range to which data can carry a parameter that strata share, up to their shifts."""
        low, high = prior.support()
        for shift in np.unique(shifts):
            moved = lambda x, shift=shift: self.extremes.shared(x + shift)
            low, high = reached(prior.log_density, (low, high), moved, self.limits)
        more = self.resolution.margin * (high - low)
        return low - more, high + more

    def _ends(self) -> tuple[float, float]:
        """Return how far the grid may go: as far as a likelihood changes, or as far as a prior lives."""
        return (-FARTHEST, FARTHEST) if self.resolution.whole else self.limits

    def _open_ends(self) -> tuple[bool, bool]:
        """Return whether probability could lie beyond the lower and the upper end of the grid."""
        closed = {*self._ends(), *self.breaks.tolist()}
        return self.low not in closed, self.high not in closed


def _per_unit(edges: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return how many intervals between sorted edges there are per unit at x; none outside them."""
    if edges.size < 2:
        return np.zeros_like(x)
    interval = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, edges.size - 2)
    inside = (x > edges[0]) & (x < edges[-1])
    return inside / np.maximum(np.diff(edges)[interval], 1e-9)


def span(zones: Sequence[Zone], limits: tuple[float, float]) -> tuple[float, float]:
    """Return the range of a grid: where the priors live, inside the limits."""
    low = max(limits[0], min(zone.low for zone in zones))
    high = min(limits[1], max(zone.high for zone in zones))
    return (low, high) if low < high else limits
