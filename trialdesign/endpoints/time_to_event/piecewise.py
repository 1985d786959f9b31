"""Piecewise exponential: a hazard that is constant between cuts, events ~ Poisson(exposure hazard).

The hazard of interval j is exp(theta + gamma_j - c): gamma_0 = 0, each gamma_j is normal around the one
before with standard deviation ``step``, and c makes exp(theta) the average hazard up to the horizon.
What strata share is theta.  Roychoudhury & Neuenschwander 2020 (arXiv:1908.07265) let the hazard of each
interval borrow on its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from trialdesign.endpoints.time_to_event._with_shape import Shaped
from trialdesign.probability.nuisance import Shapes, crossed, normal_rule
from trialdesign.specification.types import Measures, Months, Step, Text, specification

MOST_CUTS = 2  # the nodes of three intervals are some 200; each more would multiply them by 15


@specification
class Piecewise(Shaped):
    """Months until an event whose hazard is constant between ``cuts`` (months).

    The parameter is the log of the average hazard per month up to ``horizon``.

    Attributes
    ----------
    name : str
        The outcome, in words.
    cuts : list of float
        One or two months at which the hazard may change, increasing.
    horizon : float
        Month up to which the hazard is averaged: set it to the month that the decision is about.
    step : float
        Prior standard deviation of the log ratio of the hazards of neighbouring intervals.
    """

    kind: Literal["time_to_event"] = "time_to_event"
    name: Text = "event"
    measures: Measures = "relapse"
    distribution: Literal["piecewise"]
    cuts: Annotated[list[Months], Field(min_length=1, max_length=MOST_CUTS)]
    horizon: Months = 12.0
    step: Step = 0.7

    def __post_init__(self) -> None:
        if any(b <= a for a, b in zip(self.cuts, self.cuts[1:])):
            raise ValueError(f"`cuts` must increase; got {self.cuts}. Sort them.")

    @property
    def n_statistics(self) -> int:
        """Number of a patient group's statistics, Q."""
        return 2 * (len(self.cuts) + 1)

    def breaks(self) -> tuple[float, ...]:
        """Return the cuts."""
        return tuple(self.cuts)

    def shapes(self, size: int) -> Shapes:
        """Return nodes of the steps, fine enough for that many events, evenly spread."""
        sharpest = 2 / np.sqrt(max(size, 1))
        return crossed([normal_rule(0.0, self.step, sharpest)] * len(self.cuts))

    def _spent(self, t) -> list[np.ndarray]:
        """Return the months that a time t spends in each interval."""
        starts, stops = [0.0, *self.cuts], [*self.cuts, np.inf]
        return [np.clip(t, start, stop) - start for start, stop in zip(starts, stops)]

    def _log_ratios(self, shape: tuple) -> list:
        """Return gamma_j - c of each interval."""
        gammas = [0.0 * shape[0], *(sum(shape[: j + 1]) for j in range(len(shape)))]
        spent = self._spent(self.horizon)
        centre = np.log(sum(s * np.exp(g) for s, g in zip(spent, gammas)) / self.horizon)
        return [gamma - centre for gamma in gammas]

    def cumulative(self, t, linear: np.ndarray, shape: tuple) -> np.ndarray:
        """Return H(t)."""
        parts = zip(self._spent(t), self._log_ratios(shape))
        return np.exp(linear) * sum(s * np.exp(ratio) for s, ratio in parts)

    def log_hazard(self, t, linear: np.ndarray, shape: tuple) -> np.ndarray:
        """Return log h(t)."""
        interval = np.searchsorted(self.cuts, t, side="left")
        return linear + sum((interval == j) * ratio for j, ratio in enumerate(self._log_ratios(shape)))

    def tabulate(self, time: np.ndarray, event: np.ndarray) -> np.ndarray:
        """Return statistics (T, 2 J) of months (T, n): exposure and events of each interval, and no
        more is needed."""
        interval = np.searchsorted(self.cuts, time, side="left")
        exposure = [spent.sum(axis=1) for spent in self._spent(time)]
        events = [(event * (interval == j)).sum(axis=1) for j in range(len(self.cuts) + 1)]
        return np.stack([*exposure, *events], axis=1)

    def table(self, linear: np.ndarray, shapes: Shapes) -> np.ndarray:
        """Return (Q, G, M): ``statistics @ table`` is the log likelihood of patients."""
        log = np.stack([linear[:, None] + ratio for ratio in self._log_ratios(shapes.values)])
        return np.concatenate([-np.exp(log), log])

    def twin_shape(self, pm, name: str, n: int) -> tuple:
        """Return n times the steps in PyMC."""
        return tuple(pm.Normal(f"{name}_step_{j}", 0, self.step, shape=n) for j in range(len(self.cuts)))

    def _twin_log_hazards(self, pm, shape: tuple) -> list:
        hazards = [0.0]
        for step in shape:
            hazards.append(hazards[-1] + step)
        months = np.diff(np.minimum([0.0, *self.cuts, np.inf], self.horizon))
        mean = sum(month * pm.math.exp(hazard) for month, hazard in zip(months, hazards)) / self.horizon
        return [hazard - pm.math.log(mean) for hazard in hazards]

    def twin_cumulative(self, pm, t, linear, shape: tuple):
        """Return H(t) in PyTensor."""
        edges = [0.0, *self.cuts, np.inf]
        logs = self._twin_log_hazards(pm, shape)
        return sum(
            np.maximum(np.minimum(t, stop) - start, 0.0) * pm.math.exp(linear + log)
            for start, stop, log in zip(edges, edges[1:], logs)
        )

    def twin_log_hazard(self, pm, t, linear, shape: tuple):
        """Return log h(t) in PyTensor."""
        edges = [0.0, *self.cuts, np.inf]
        logs = self._twin_log_hazards(pm, shape)
        return linear + sum(
            ((t > start) & (t <= stop)) * log for start, stop, log in zip(edges, edges[1:], logs)
        )
