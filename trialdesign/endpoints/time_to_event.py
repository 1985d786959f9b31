"""Time to event, analysed as exponential: d events in E months; the linear scale is the log hazard."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from .. import estimands
from ..accrual import Conduct
from ..specification import Count, EvidenceRow, NonNegative, Positive, Text, specification
from ..survival import Curve, Exponential


@specification
class Bounds:
    """Exposure of which only the ends are published, in months."""

    lower: NonNegative
    upper: Positive

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise ValueError(
                f"`lower` must be at most `upper`; got {self.lower:g} and {self.upper:g}. Exchange them."
            )

    def at(self, reading: str) -> float:
        """Return the exposure under a reading: lower, middle or upper."""
        return {"lower": self.lower, "middle": (self.lower + self.upper) / 2, "upper": self.upper}[
            reading
        ]


@specification
class TimeToEventRow(EvidenceRow):
    """Events in a total exposure, in months, of one stratum in one study."""

    events: Count
    exposure: NonNegative | Bounds

    def __post_init__(self) -> None:
        longest = self.exposure.upper if isinstance(self.exposure, Bounds) else self.exposure
        if self.events > 0 and longest == 0:
            raise ValueError(
                f"`exposure` must be positive where events happened; got 0 with {self.events} events. "
                "Give the patients' total months."
            )


@specification
class TimeToEvent:
    """Months until an event, right-censored.

    Statistics are ``(events, exposure)``; the parameter is the log hazard per month.
    """

    kind: Literal["time_to_event"] = "time_to_event"
    name: Text = "event"
    distribution: Literal["exponential"] = "exponential"

    Row: ClassVar[type] = TimeToEventRow
    columns: ClassVar[tuple[str, ...]] = ("events", "exposure")
    patient_columns: ClassVar[tuple[str, ...]] = ("time", "event")
    natural_scale: ClassVar[str] = "rate"
    limits: ClassVar[tuple[float, float]] = (-16.0, 5.0)  # a hazard of 1e-7 to 150 per month
    needs: ClassVar[dict[str, str]] = {
        "survival": "at", "survival_difference": "at", "rmst_difference": "to",
    }  # fmt: skip
    needs_conduct: ClassVar[bool] = True

    def natural(self, linear: np.ndarray) -> np.ndarray:
        """Return the hazard per month."""
        return np.exp(linear)

    def linear(self, natural: np.ndarray) -> np.ndarray:
        """Return the log of a hazard."""
        return np.log(natural)

    def estimands(
        self, at: float | None = None, to: float | None = None, horizon: float = 12.0
    ) -> dict[str, estimands.Estimand]:
        """Return the estimands that a criterion may name.

        ``horizon`` is the month up to which a hazard that is not constant is averaged.
        """
        at, to = at or 12.0, to or 12.0
        survival = lambda linear: np.exp(-at * np.exp(linear))  # noqa: E731
        mean = lambda linear: -np.expm1(-to * np.exp(linear)) / np.exp(linear)  # noqa: E731
        median = lambda linear: np.log(2) / np.exp(linear)  # noqa: E731
        found = [
            estimands.of_treatment("hazard", np.exp, lambda c: c.average_hazard(horizon)),
            estimands.of_treatment("median", median, lambda c: float(c.time_at(np.array(0.5)))),
            estimands.of_treatment(f"survival({at:g})", survival, lambda c: _survival(c, at)),
            estimands.difference(f"survival_difference({at:g})", survival, lambda c: _survival(c, at)),
            estimands.difference(f"rmst_difference({to:g})", mean, lambda c: c.restricted_mean(to)),
            estimands.log_ratio("hazard_ratio", lambda c: c.average_hazard(horizon)),
        ]
        return {estimand.label.partition("(")[0]: estimand for estimand in found}

    def statistics(self, row: TimeToEventRow, reading: str) -> np.ndarray:
        """Return statistics (2,) of published data; ``reading`` says which end of its bounds."""
        exposure = row.exposure
        return np.array([row.events, exposure.at(reading) if isinstance(exposure, Bounds) else exposure])

    def log_likelihood(self, statistics: np.ndarray, linear: np.ndarray) -> np.ndarray:
        """Return d theta - E exp(theta), shape (..., G), for statistics (..., 2)."""
        events, exposure = statistics[..., 0, None], statistics[..., 1, None]
        return events * linear - exposure * np.exp(linear)

    def twin_log_likelihood(self, pm, statistics: np.ndarray, linear):
        """Return the same in PyTensor, elementwise: statistics (..., 2), linear (...)."""
        return statistics[..., 0] * linear - statistics[..., 1] * pm.math.exp(linear)

    def information(self, linear: np.ndarray, statistics: np.ndarray) -> np.ndarray:
        """Return the Fisher information E exp(theta) on the log hazard, shape of linear.

        Where far more events would be expected than happened the likelihood has vanished, and its
        sharpness with it.
        """
        events, exposure = statistics
        if not np.isfinite(exposure):  # a planned arm
            return np.full(np.shape(linear), float(events))
        return np.minimum(exposure * np.exp(linear), events + 5 * np.sqrt(events) + 20)

    def planned(self, size: int) -> np.ndarray:
        """Return statistics (2,) of an arm of that size with an event in every patient, anywhere."""
        return np.array([size, np.inf])

    def truth(self, value: float | Curve) -> Curve:
        """Return an assumed truth as a survival curve; a number is a constant hazard per month."""
        return value if isinstance(value, Curve) else Exponential(hazard=float(value))

    def truth_problem(self, value: object) -> str | None:
        """Return what is wrong with an assumed truth, or None."""
        if isinstance(value, Curve) or value > 0:
            return None
        return f"a hazard must be positive, per month; got {value:g}. State it as events per month."

    def simulate(
        self, rng: np.random.Generator, truth: tuple[Curve, ...], size: np.ndarray, trials: int,
        conduct: Conduct,
    ) -> np.ndarray:  # fmt: skip
        """Return simulated statistics (T, S, 2) for truths and sizes of S strata at the cut."""
        out = np.empty((trials, len(size), 2))
        for s, (curve, n) in enumerate(zip(truth, size)):
            entry, level, leaving = 1 - rng.random((3, trials, n))
            event = curve.time_at(level)
            end = conduct.cut - conduct.entry(s, entry)
            if conduct.dropout > 0:
                end = np.minimum(end, -np.log(leaving) / conduct.dropout)
            out[:, s] = self.tabulate(np.minimum(event, end), event <= end)
        return out

    def tabulate(self, time: np.ndarray, event: np.ndarray) -> np.ndarray:
        """Return statistics (T, 2) of months (T, n) and whether each ended with the event."""
        return np.stack([event.sum(axis=1), time.sum(axis=1)], axis=1)

    def summarise(self, time: np.ndarray, event: np.ndarray) -> np.ndarray:
        """Return statistics (2,) of patients' months (n,) and whether each ended with the event."""
        return self.tabulate(time[None], event[None])[0]


def _survival(curve: Curve, at: float) -> float:
    return float(curve.survival(np.array(at)))
