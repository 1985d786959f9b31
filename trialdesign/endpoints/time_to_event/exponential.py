"""Constant hazard: d events in E months; the linear scale is the log hazard per month."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from scipy import special

from trialdesign.endpoints._described import Results
from trialdesign.endpoints._endpoint import expectable
from trialdesign.endpoints.time_to_event._months_to_event import MonthsToEvent
from trialdesign.endpoints.time_to_event._rows import TimeToEventRow
from trialdesign.probability.distributions.survival import ConstantHazards
from trialdesign.specification.types import Measures, Text, specification

NEGLIGIBLE = 1e-9  # probability left out where the counts have no upper end
MOST_COUNTS = 2000


@specification
class Exponential(MonthsToEvent):
    """Months until an event, analysed as if the hazard were constant.

    Statistics are ``(events, exposure)``; the parameter is the log hazard per month.

    Attributes
    ----------
    name : str
        The outcome, in words.
    """

    kind: Literal["time_to_event"] = "time_to_event"
    name: Text = "event"
    measures: Measures = "relapse"
    distribution: Literal["exponential"] = "exponential"

    constant_hazard: ClassVar[bool] = True
    results: ClassVar[Results] = Results(
        size="months",
        count="events",
        in_size="in {:g} months",
        axis_label="Observed events per month",
        planned=False,
        told_at="count",
    )
    columns: ClassVar[tuple[str, ...]] = ("events", "exposure")

    def statistics(self, row: TimeToEventRow, reading: str) -> np.ndarray:
        """Return statistics (2,) of published data; ``reading`` says which end of its bounds."""
        return np.array([row.events, row.months(reading)])

    def log_likelihood(self, statistics: np.ndarray, linear: np.ndarray) -> np.ndarray:
        """Return d theta - E exp(theta), shape (..., G), for statistics (..., 2)."""
        events, exposure = statistics[..., 0, None], statistics[..., 1, None]
        return events * linear - exposure * np.exp(linear)

    def twin_log_likelihood(self, pm, statistics: np.ndarray, linear):
        """Return the same in PyTensor, elementwise: statistics (..., 2), linear (...)."""
        return statistics[..., 0] * linear - statistics[..., 1] * pm.math.exp(linear)

    def drawn(self, linear: np.ndarray) -> tuple[ConstantHazards, ...]:
        """Return the survival curves of T trials, one entry per stratum, from log hazards (T, S)."""
        return tuple(ConstantHazards(np.exp(own)[:, None]) for own in linear.T)

    def worth(self, statistics: np.ndarray) -> float:
        """Return how many planned patients are as informative as statistics (2,), at most."""
        return expectable(statistics[0])

    def planned(self, size: int) -> np.ndarray:
        """Return statistics (2,) of an arm of that size with an event in every patient, anywhere."""
        return np.array([size, np.inf])

    def replicate(
        self, rng: np.random.Generator, statistics: np.ndarray, linear: np.ndarray
    ) -> np.ndarray:
        """Return the events (...) of other patients in as many months as in statistics (..., 2)."""
        return rng.poisson(statistics[..., 1] * np.exp(linear))

    def tabulate(self, time: np.ndarray, event: np.ndarray) -> np.ndarray:
        """Return statistics (T, 2) of months (T, n) and whether each ended with the event."""
        return np.stack([event.sum(axis=1), time.sum(axis=1)], axis=1)

    def predictive(
        self, linear: np.ndarray, mass: np.ndarray, size: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return counts (N,) up to a negligible rest, and their Poisson probabilities (N, G)."""
        linear = linear + np.log(size)
        largest, total = 16, 0.0
        while total < 1 - NEGLIGIBLE and largest < MOST_COUNTS:
            largest = min(2 * largest, MOST_COUNTS)
            count = np.arange(largest + 1)
            log = np.outer(count, linear) - np.exp(linear) - special.gammaln(count + 1)[:, None]
            likelihood = np.exp(log)
            total = float((likelihood @ mass).sum())
        return count, likelihood
