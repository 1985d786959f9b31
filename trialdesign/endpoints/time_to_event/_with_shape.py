"""Families whose hazard changes with time: one parameter to borrow, and a shape to sum out.

The parameter theta is the log of the average hazard per month up to a ``horizon``, so that
S(horizon) = exp(-horizon exp(theta)) in every family: what strata share and published data inform is
event-free survival at the horizon, and families differ in how the events are spread over time.  That
is the shape's affair; each arm and stratum has its own (in a contrast model the arms share it), and
its prior is summed out.

Patients' times are held as weights of knots: a log likelihood sums smooth functions of time over
patients, and a function that is cubic in log t between knots sums to the weights' product with its
values there.  Knots are 11 % apart, which leaves t^k right to 2e-6 at k = 1, 4e-5 at 2, 2e-4 at 3.
Below a day and a half they are 50 % apart: there t^k is small, and a log hazard all but linear in log t.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from trialdesign.endpoints._endpoint import expectable
from trialdesign.endpoints._estimands import Estimand
from trialdesign.endpoints.time_to_event._knots import KNOTS, cubic
from trialdesign.endpoints.time_to_event._months_to_event import MonthsToEvent
from trialdesign.endpoints.time_to_event._rows import TimeToEventRow
from trialdesign.probability.distributions.positive import LogNormal
from trialdesign.probability.distributions.survival import Curve
from trialdesign.probability.nuisance import Shapes, normal_rule
from trialdesign.specification.types import FLATTEST, STEEPEST

TOGETHER = 4e6  # numbers of published rows held at once, 32 MB
ENDLESS = 1e100  # a cumulative hazard, and minus a log hazard, of which a multiple is still a number
IMPOSSIBLE = 100.0  # a cumulative hazard, and minus a log hazard, that no patient can have met
WIDEST_POWER = 2.0  # sd of log k: 95 % within a factor of 50
SPREAD = (np.arange(8) + 0.5) / 8  # published events are spread evenly over the follow-up
MEDIANS = (1e-3, 1e5)  # months between which a median is looked for

INFORMATION = 1.83  # of an event on log k, t^k in H(t): pi^2 / 6 + (1 - Euler's constant)^2

Equivalent = Callable[[np.ndarray, tuple], np.ndarray]


class Shaped(MonthsToEvent):
    """What the families share, given their cumulative hazard and log hazard.

    Subclasses give ``shapes(size)``, the nodes that arms of that size need; ``cumulative(t, linear,
    shape)`` and ``log_hazard(t, linear, shape)``, where ``shape`` is a tuple of D arrays that broadcast
    with the others; the same in PyTensor, and ``twin_shape(pm, name, n)``, n shapes a priori.
    """

    __slots__ = ()
    summarised: ClassVar[bool] = False
    has_nuisance: ClassVar[bool] = True
    columns: ClassVar[tuple[str, ...]] = ("n", "events", "exposure")

    @property
    def n_statistics(self) -> int:
        """Number of a patient group's statistics, Q."""
        return 2 * KNOTS.size

    def estimands(
        self, at: float | None = None, to: float | None = None, horizon: float | None = None
    ) -> dict[str, Estimand]:
        """Return the estimands of a constant hazard, each with the equivalent that it is read off."""
        found = super().estimands(at, to, self.horizon)
        at, to = at or 12.0, to or 12.0
        if at != self.horizon:
            for name in ("survival", "survival_difference"):
                found[name] = replace(found[name], equivalent=self._at(at))
        found["rmst_difference"] = replace(found["rmst_difference"], equivalent=self._mean_to(to))
        found["median"] = replace(found["median"], equivalent=self._median)
        return found

    def by_arm(self, at: float | None = None) -> dict[str, Estimand]:
        """Return each arm's event-free survival at a month, the horizon unless stated."""
        found = super().by_arm(at)
        if at in (None, self.horizon):
            return found
        return {arm: replace(each, equivalent=self._at(at)) for arm, each in found.items()}

    @property
    def default_month(self) -> float:
        """The horizon, at which survival depends on the parameter alone."""
        return self.horizon

    def true_hazard(self, curve: Curve, horizon: float) -> float:
        """Return the average over time, up to the horizon, of an assumed curve's hazard."""
        return float(-np.log(curve.survival(np.array(self.horizon))) / self.horizon)

    def _at(self, at: float) -> Equivalent:
        """Return u(theta, shape) of survival at a month."""
        return lambda linear, shape: np.log(self.cumulative(at, linear, shape) / at)

    def _mean_to(self, to: float) -> Equivalent:
        """Return u(theta, shape) of the mean event-free time up to a month."""
        edges = np.array([0.0, *(b for b in self.breaks() if b < to), to])
        nodes, weights = np.polynomial.legendre.leggauss(24)
        x, half = (1 + nodes) / 2, np.diff(edges)[:, None] / 2
        months, widths = edges[:-1, None] + 2 * half * x, half * weights
        months[0], widths[0] = edges[1] * x**3, widths[0] * 3 * x**2  # smooth in t^k at 0, too
        t, w = months.ravel(), widths.ravel()

        def equivalent(linear: np.ndarray, shape: tuple) -> np.ndarray:
            hazards = (self.cumulative(month, linear, shape) for month in t)
            lost = sum(weight * -np.expm1(-hazard) for weight, hazard in zip(w, hazards)) / to
            low, high = np.full(np.shape(lost), -40.0), np.full(np.shape(lost), 40.0)
            for _ in range(56):  # lost(u) = 1 - (1 - exp(-x)) / x, x = to exp(u)
                middle = (low + high) / 2
                x = np.exp(middle)
                less = np.where(x < 1e-5, x / 2, 1 + np.expm1(-x) / x) < lost
                low, high = np.where(less, middle, low), np.where(less, high, middle)
            return (low + high) / 2 - np.log(to)

        return equivalent

    def _median(self, linear: np.ndarray, shape: tuple) -> np.ndarray:
        """Return u(theta, shape) of the median; without one, the lower limit of the scale."""
        low, high = (np.full(np.shape(linear), np.log(month)) for month in MEDIANS)
        for _ in range(56):
            middle = (low + high) / 2
            early = self.cumulative(np.exp(middle), linear, shape) < np.log(2)
            low, high = np.where(early, middle, low), np.where(early, high, middle)
        never = high >= np.log(MEDIANS[1])
        return np.where(never, self.limits[0], np.log(np.log(2)) - high)

    def breaks(self) -> tuple[float, ...]:
        """Return the months at which the hazard jumps."""
        return ()

    # ---- published data

    def statistics(self, row: TimeToEventRow, reading: str) -> np.ndarray:
        """Return statistics (3,) of published data: patients, events, exposure in months."""
        return np.array([row.n or np.nan, row.events, row.months(reading)], dtype=float)

    def row_problem(self, row: TimeToEventRow) -> str | None:
        """Return what a published row lacks for this family, or None."""
        if row.n is not None:
            return None
        return (
            f"evidence must have `n`, its patients, in an analysis with distribution "
            f"{self.distribution}: a total exposure alone does not say how long each was followed; got "
            f"none for {row.stratum}. Add `n`, or analyse with distribution exponential."
        )

    def log_likelihood(self, statistics: np.ndarray, linear: np.ndarray) -> np.ndarray:
        """Return the log likelihood (..., G) of published statistics (..., 3), the shape summed out.

        All n patients are taken to have been followed for exposure / n months, and the events to have
        come evenly over that time.
        """
        n, events, exposure = (statistics[..., i, None, None] for i in range(3))
        shapes = self.shapes(int(np.nanmax(statistics[..., 0], initial=0)))
        month = np.maximum(exposure / n, 1e-6)
        together = max(1, int(TOGETHER / (max(1, n.size) * shapes.size)))

        def part(column: np.ndarray) -> np.ndarray:
            hazards = (self.log_hazard(part * month, column, shapes.values) for part in SPREAD)
            hazard = np.maximum(sum(hazards) / len(SPREAD), -ENDLESS)
            log = events * hazard - n * np.minimum(
                self.cumulative(month, column, shapes.values), ENDLESS
            )
            top = log.max(axis=-1)
            return top + np.log(np.exp(log - top[..., None]) @ shapes.weight)

        points = (linear[at : at + together, None] for at in range(0, len(linear), together))
        return np.concatenate([part(column) for column in points], axis=-1)

    def twin_log_likelihood(self, pm, statistics: np.ndarray, linear):
        """Return the same in PyTensor, elementwise: statistics (..., 3), linear (...)."""
        n, events, exposure = (statistics[..., i, None] for i in range(3))
        shapes = self.shapes(int(np.nanmax(statistics[..., 0])))
        month, column = np.maximum(exposure / n, 1e-6), linear[..., None]
        log = np.log(shapes.weight) - n * self.twin_cumulative(pm, month, column, shapes.values)
        for part in SPREAD if events.any() else ():
            log += events * self.twin_log_hazard(pm, part * month, column, shapes.values) / len(SPREAD)
        top = log.max(axis=-1, keepdims=True)  # or far out in the tails the sum would vanish
        return (top + pm.math.log(pm.math.exp(log - top).sum(axis=-1, keepdims=True)))[..., 0]

    def planned(self, size: int) -> np.ndarray:
        """Return statistics (3,) of an arm of that size with an event in every patient, anywhere."""
        return np.array([size, size, np.inf])

    # ---- patients of a trial

    def tabulate(self, time: np.ndarray, event: np.ndarray) -> np.ndarray:
        """Return statistics (T, 2 B) of months (T, n): weights of the B knots, of ends and of events."""
        knots, weights = cubic(np.log(np.clip(time, KNOTS[0], KNOTS[-1])))
        index = knots + np.arange(len(time))[:, None, None] * KNOTS.size
        amounts = (weights, weights * event[..., None])
        size = len(time) * KNOTS.size
        sums = [np.bincount(index.ravel(), each.ravel(), size) for each in amounts]
        return np.concatenate([each.reshape(len(time), -1) for each in sums], axis=1)

    def worth(self, statistics: np.ndarray) -> float:
        """Return how many planned patients are as informative as patients' statistics (Q,), at most."""
        return expectable(statistics[statistics.size // 2 :].sum())

    def table(self, linear: np.ndarray, shapes: Shapes) -> np.ndarray:
        """Return (Q, G, M): ``statistics @ table`` is the log likelihood of patients."""
        month, column = KNOTS[:, None, None], linear[:, None]
        cumulative = np.minimum(self.cumulative(month, column, shapes.values), IMPOSSIBLE)
        log_hazard = np.maximum(self.log_hazard(month, column, shapes.values), -IMPOSSIBLE)
        return np.concatenate([-cumulative, np.broadcast_to(log_hazard, cumulative.shape)])

    def twin_patients(self, pm, patients: Sequence[tuple], linear, shape: tuple):
        """Return the log likelihood (A, S) in PyTensor of each stratum's own months and events, arrays
        (n,) each, at linear (A, S); knots have no part in it."""
        stratum = np.repeat(np.arange(len(patients)), [len(time) for time, _ in patients])
        time, event = (np.concatenate(each) for each in zip(*patients))
        time, column = np.maximum(time, KNOTS[0]), linear[:, stratum]
        own = tuple(each[stratum] for each in shape)
        log = event * self.twin_log_hazard(pm, time, column, own)
        log = log - self.twin_cumulative(pm, time, column, own)
        member = (stratum[:, None] == np.arange(len(patients))).astype(float)
        return pm.math.dot(log, member)


def check_power(prior: LogNormal) -> None:
    """Refuse a prior of a power of time whose nodes would be no numbers, or without number."""
    if not (abs(prior.mu) <= np.log(STEEPEST) and prior.sigma <= WIDEST_POWER):
        raise ValueError(
            f"`shape` must have mu from {-np.log(STEEPEST):.1f} to {np.log(STEEPEST):.1f}, a median "
            f"from {FLATTEST:g} to {STEEPEST:g}, and sigma of at most {WIDEST_POWER:g}; got "
            f"{prior.mu:g} and {prior.sigma:g}. State powers of time that hazards have, about 0.3 to 3."
        )


def power_rule(prior: LogNormal, size: int) -> Shapes:
    """Return nodes of a power k of time, fine enough for ``size`` events."""
    rule = normal_rule(prior.mu, prior.sigma, 1 / np.sqrt(INFORMATION * max(size, 1)))
    return Shapes((np.exp(rule.values[0]),), rule.weight)
