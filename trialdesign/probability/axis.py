"""Axes: how fine the grid of a parameter is, from what its priors and its data ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from trialdesign.probability.grid import Density, Grid, graded_edges


@dataclass(frozen=True, slots=True)
class Resolution:
    """How fine the grids are; the defaults hold posterior probabilities to 1e-5.

    Attributes
    ----------
    panel : float
        Width of a panel in standard deviations of the sharpest likelihood.
    widest : float
        Largest width of a panel on the linear scale, whatever the likelihood.
    scale_nodes : int
        Nodes for a between-strata standard deviation.
    crossed : tuple of (int or None, int)
        Nodes kept of the control and of the effect in a contrast model where both borrow and their
        nodes are crossed; None keeps all.  The default holds posterior probabilities to 4e-4, which
        a simulation can afford; `FULL` holds 1e-5.
    """

    panel: float = 4.0
    widest: float = 2.0
    scale_nodes: int = 24
    crossed: tuple[int | None, int] = (400, 200)

    def doubled(self) -> Resolution:
        """Return the resolution with every grid twice as fine."""
        crossed = tuple(n and 2 * n for n in self.crossed)
        return Resolution(self.panel / 2, self.widest / 2, self.scale_nodes * 2, crossed)


FULL = Resolution(crossed=(None, 400))  # for one analysis, where time is no concern


@dataclass(frozen=True, slots=True)
class Zone:
    """Where a prior lives and how fine the grid must be there.

    Attributes
    ----------
    low, high : float
        Range that holds the prior.
    width : float
        Largest width of a panel inside the zone; infinite where the likelihood alone decides.
    breaks : tuple of float
        Points where the density jumps.
    """

    low: float
    high: float
    width: float
    breaks: tuple[float, ...] = ()

    @classmethod
    def of(cls, prior) -> Zone:
        """Return the zone of a distribution, which is asked for its support, scale and breaks."""
        low, high = prior.support()
        return cls(low, high, 2 * prior.scale, tuple(prior.breaks))


@dataclass(frozen=True, slots=True)
class Axis:
    """The linear scale of one parameter: where its prior lives and how sharply data can speak.

    Attributes
    ----------
    zones : tuple of Zone
        What the priors ask for.
    limits : tuple of float
        Beyond these the likelihood no longer changes; the grid stays inside, and probability beyond
        it counts at its ends.
    information : callable
        Fisher information of one stratum's data at points of the scale, the largest over strata.
    total_information : callable
        The same, summed over strata: what a parameter that the strata share has to resolve.
    cuts : tuple of float
        Points at which a criterion cuts the scale; each becomes a panel edge.
    ramps : tuple of float
        Further panel edges, beside cuts that open like a square root.
    resolution : Resolution
    grid : Grid
    """

    zones: tuple[Zone, ...]
    limits: tuple[float, float]
    information: Density
    total_information: Density
    cuts: tuple[float, ...] = ()
    ramps: tuple[float, ...] = ()
    resolution: Resolution = Resolution()
    grid: Grid = field(init=False)

    def __post_init__(self) -> None:
        panel, widest = self.resolution.panel, self.resolution.widest
        fine = widest / Resolution().widest

        def panels(x: np.ndarray) -> np.ndarray:
            density = np.maximum(np.sqrt(self.information(x)) / panel, 1 / widest)
            for zone in self.zones:
                inside = (x > zone.low) & (x < zone.high)
                density = np.maximum(density, inside / (zone.width * fine))
            return density

        narrow = [zone for zone in self.zones if zone.width < widest]
        breaks = [*self.cuts, *self.ramps, *(b for zone in self.zones for b in zone.breaks)]
        breaks += [edge for zone in narrow for edge in (zone.low, zone.high)]
        edges = graded_edges(self.low, self.high, panels, breaks)
        object.__setattr__(self, "grid", Grid(edges))

    @property
    def low(self) -> float:
        """Lower end of the grid."""
        return span(self.zones, self.limits)[0]

    @property
    def high(self) -> float:
        """Upper end of the grid."""
        return span(self.zones, self.limits)[1]


def span(zones: Sequence[Zone], limits: tuple[float, float]) -> tuple[float, float]:
    """Return the range of a grid: where the priors live, inside the limits."""
    low = max(limits[0], min(zone.low for zone in zones))
    high = min(limits[1], max(zone.high for zone in zones))
    return (low, high) if low < high else limits
