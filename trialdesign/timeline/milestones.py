"""Dates: when something is due whose chance to have come by a month is known.

An event is dated as if everybody were followed until it comes, beyond the planned cut if need be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.probability.grid import unit_rule

Counts = Callable[[np.ndarray], np.ndarray]  # months (T,) -> probabilities of 0 ... N events
Distribution = Callable[[np.ndarray], np.ndarray]
"""Months (T,) -> probabilities (T, M) that each of M things has come by then."""

FRACTIONS = (0.25, 0.5, 0.75, 1.0)  # of the events expected at the cut, when none is named
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
FARTHEST = 6000.0  # months; what has not come in 500 years never comes


@dataclass(frozen=True, slots=True)
class Milestone:
    """When something is due, in months from the first entry possible.

    Attributes
    ----------
    scenario : str
    milestone : str
        ``event 20``, ``last patient``, ``look 1`` or ``data cut``.
    by_cut : float
        Probability that it comes no later than the planned cut; of a look: that its conditions are met
        before the latest month that it may come in.
    mean : float
        Infinite where it may never come.
    quantiles : tuple of float
        At `LEVELS`; infinite where less than that much of the probability ever comes.
    mcse : float
        Monte Carlo standard error of the mean; 0 where the distribution is exact.
    """

    scenario: str
    milestone: str
    by_cut: float
    mean: float
    quantiles: tuple[float, ...]
    mcse: float = 0.0

    def to_dict(self) -> dict[str, object]:
        """Return one flat row."""
        named = {f"q{100 * level:g}": value for level, value in zip(LEVELS, self.quantiles)}
        return {
            "scenario": self.scenario, "milestone": self.milestone, "by_cut": self.by_cut,
            "mean": self.mean, "mcse": self.mcse, **named,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Month:
    """Events by the end of a month: their mean and quantiles at `LEVELS`."""

    scenario: str
    month: float
    mean: float
    quantiles: tuple[int, ...]

    def to_dict(self) -> dict[str, object]:
        """Return one flat row."""
        named = {f"q{100 * level:g}": value for level, value in zip(LEVELS, self.quantiles)}
        return {"scenario": self.scenario, "month": self.month, "mean": self.mean, **named}


def milestones(
    scenario: str, names: Sequence[str], by: Distribution, cut: float, jumps: Sequence[float] = ()
) -> list[Milestone]:
    """Return when M things are due whose distribution functions over months, ``by``, jump at some."""
    quantiles, means, reached = _quantiles(by), _means(by, jumps), by(np.array([cut]))[0]
    return [
        Milestone(scenario, name, float(probability), float(mean), tuple(map(float, dates)))
        for name, probability, mean, dates in zip(names, reached, means, quantiles)
    ]


def _quantiles(by: Distribution, levels: Sequence[float] = LEVELS) -> np.ndarray:
    """Return the first months (M, L) by which probabilities reach levels, to 1e-5; or infinity."""
    levels = np.asarray(levels)
    start = np.concatenate([[0.0], np.geomspace(0.1, FARTHEST, 40)])
    table = by(start).T  # (M, T)
    at = (table[:, None, :] < levels[:, None]).sum(axis=2)  # (M, L)
    never, at = at == start.size, np.clip(at, 1, start.size - 1)
    low, high = start[at - 1], start[at]
    own = np.arange(len(table))[:, None, None]
    while (high - low).max() > 1e-5:  # 17 points a round: five calls, not twenty
        mesh = np.linspace(low, high, 17, axis=-1)  # (M, L, 17)
        values = by(mesh.ravel()).reshape(*mesh.shape, -1)
        values = np.take_along_axis(values, own[..., None], axis=-1)[..., 0]
        at = np.clip((values < levels[:, None]).sum(axis=2), 1, 16)[..., None]
        low = np.take_along_axis(mesh, at - 1, axis=-1)[..., 0]
        high = np.take_along_axis(mesh, at, axis=-1)[..., 0]
    return np.where(never, np.inf, (low + high) / 2)


def _means(by: Distribution, jumps: Sequence[float]) -> np.ndarray:
    """Return the mean months (M,), the integral of what is still to come; or infinity."""
    certain = by(np.array([FARTHEST]))[0] > 1 - 1e-6
    if not certain.any():
        return np.full(certain.size, np.inf)
    last = max(1.0, min(FARTHEST, np.max(_quantiles(by, [1 - 1e-8])[certain])))
    nodes, weights = unit_rule(6)
    # 8 % wide: finer than the sd of any date
    inner = [jump for jump in jumps if jump < last]
    edges = np.unique(np.concatenate([[0.0], inner, np.geomspace(0.5, last, 120)]))
    half = np.diff(edges)[:, None] / 2
    months = (edges[:-1, None] + half * (1 + nodes)).ravel()
    return np.where(certain, (weights * half).ravel() @ (1 - by(months)), np.inf)


def by_month(scenario: str, counts: Distribution, months: np.ndarray) -> list[Month]:
    """Return the mean and the quantiles of the events by each month."""
    table = counts(months)
    most = np.arange(table.shape[1])
    return [
        Month(scenario, float(month), float(row @ most), tuple(_counts_at(np.cumsum(row))))
        for month, row in zip(months, table)
    ]


def _counts_at(below: np.ndarray) -> list[int]:
    """Return the quantiles of a count from its distribution function."""
    return [int(np.argmax(below >= level - 1e-12)) for level in LEVELS]


def quarters(counts: Counts, cut: float, seen: int) -> list[int]:
    """Return the events at quarters of those expected at the cut, beyond those seen."""
    row = counts(np.array([cut]))[0]
    expected = float(row @ np.arange(row.size))
    return sorted({max(seen + 1, round(seen + (expected - seen) * part)) for part in FRACTIONS})
