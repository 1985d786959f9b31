"""Enumerate or simulate: which of the two a design's outcomes allow, and what that takes."""

from __future__ import annotations

from dataclasses import dataclass

from trialdesign.analysis.accuracy import SIMULATED_TARGET, TARGET
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.cost import Work, affordable, enumerable
from trialdesign.simulation.exact.countable import obstacle

METHODS = ("auto", "exact", "simulation")


@dataclass(frozen=True, slots=True)
class Method:
    """How success is found.

    Attributes
    ----------
    exact : bool
    reason : str
        Why so.
    work : Work
        What it takes.
    """

    exact: bool
    reason: str
    work: Work

    @property
    def name(self) -> str:
        """``exact`` or ``simulation``."""
        return "exact" if self.exact else "simulation"

    @property
    def target(self) -> float:
        """The accuracy that posterior probabilities need."""
        return TARGET if self.exact else SIMULATED_TARGET


def method_of(design: Design, asked: str, trials: int, resolution: Resolution) -> Method:
    """Return how success is found.

    Parameters
    ----------
    design : Design
    asked : {"auto", "exact", "simulation"}
        ``auto`` enumerates every outcome where the design is finite and small enough.
    trials : int
        Per truth, where they are simulated.
    resolution : Resolution

    Raises
    ------
    SpecificationError
        ``exact`` was asked of a design that is too large, or simulation takes too much memory.
    """
    if asked not in METHODS:
        raise SpecificationError(f"`method` must be one of {', '.join(METHODS)}; got {asked!r}.")
    work, obstructed = None, obstacle(design)
    if not obstructed and asked != "simulation":
        work, obstructed = enumerable(design, resolution)
    if asked == "exact" and obstructed:
        raise SpecificationError(
            f"`method` exact must fit the design: {obstructed}. Use --method simulation."
        )
    if obstructed or asked == "simulation":
        reason = obstructed or "simulation was asked for"
        return Method(False, reason, affordable(design, resolution, trials))
    return Method(True, "every outcome is enumerated", work)
