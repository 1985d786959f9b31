"""What every family of times to event shares: the scale, the estimands, the patients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from trialdesign.endpoints import _estimands as estimands
from trialdesign.endpoints._described import Described, Scale
from trialdesign.endpoints._endpoint import EndpointKind, expectable
from trialdesign.endpoints.time_to_event._rows import TimeToEventPatient, TimeToEventRow
from trialdesign.probability import intervals
from trialdesign.probability.distributions.real_line import Distribution, Normal
from trialdesign.probability.distributions.survival import Curve, Exponential
from trialdesign.specification.types import FASTEST, SLOWEST

BEYOND = 3.0  # times a hazard is mistaken in an extreme trial


class MonthsToEvent(EndpointKind):
    """Months until an event, right-censored; the parameter is a log hazard per month.

    Subclasses give ``tabulate(time, event)``, the statistics of patients, and the likelihoods.
    """

    __slots__ = ()
    Row: ClassVar[type] = TimeToEventRow
    Patient: ClassVar[type] = TimeToEventPatient
    patient_columns: ClassVar[tuple[str, ...]] = ("time", "event")
    scale: ClassVar[Scale] = Scale(
        name="rate",
        to_natural=np.exp,
        to_linear=np.log,
        family="gamma",
        linear_label="log of the rate per month",
        natural_label="rate per month",
        effect_label="ratio of rates",
        axis_label="Hazard (events per month)",
        effect_axis_label="Hazard ratio",
        axis="log",
        effect_axis="log",
    )
    unit: ClassVar[str] = "events"
    limits: ClassVar[tuple[float, float]] = (-16.0, 5.0)  # a hazard of 1e-7 to 150 per month
    needs: ClassVar[dict[str, str]] = {
        "survival": "at", "survival_difference": "at", "rmst_difference": "to",
    }  # fmt: skip
    runs_in_time: ClassVar[bool] = True

    @property
    def label(self) -> str:
        """The kind and its family in words, with an article, for messages."""
        return f"a {self.kind} endpoint with distribution {self.distribution}"

    @property
    def weak(self) -> dict[str, Distribution]:
        """Priors that say next to nothing: a hazard from 0.0006 to 1.5 per month, and a hazard ratio
        from 1/130 to 130, with 95 % probability."""
        hazard = Normal(mu=-3.5, sigma=2.0)
        return {"control": hazard, "treatment": hazard, "effect": Normal(mu=0.0, sigma=2.5)}

    def estimands(
        self, at: float | None = None, to: float | None = None, horizon: float = 12.0
    ) -> dict[str, estimands.Estimand]:
        """Return the estimands that a criterion may name, as of a constant hazard.

        ``horizon`` is the month up to which a true hazard that is not constant is averaged.
        """
        at, to = at or 12.0, to or 12.0
        survival = lambda linear: np.exp(-at * np.exp(linear))
        mean = lambda linear: -np.expm1(-to * np.exp(linear)) / np.exp(linear)
        median = lambda linear: np.log(2) / np.exp(linear)
        true_survival = lambda curve: float(curve.survival(np.array(at)))
        hazard = lambda curve: self.true_hazard(curve, horizon)
        true_median = lambda curve: float(curve.time_at(np.array(0.5)))
        true_mean = lambda curve: curve.restricted_mean(to)
        found = {
            "Hazard (events per month)": estimands.of_treatment("hazard", np.exp, np.inf, hazard),
            "Median (months)": estimands.of_treatment("median", median, np.inf, true_median),
            f"Event-free at {at:g} months\n(proportion)": estimands.of_treatment(
                f"survival({at:g})", survival, 1.0, true_survival
            ),
            f"Difference in event-free survival\nat {at:g} months": estimands.difference(
                f"survival_difference({at:g})", survival, 1.0, true_survival
            ),
            f"Difference in mean event-free\ntime to month {to:g} (months)": estimands.difference(
                f"rmst_difference({to:g})", mean, to, true_mean
            ),
            "Hazard ratio\n(treatment / control)": estimands.log_ratio("hazard_ratio", hazard),
        }
        return estimands.named(found)

    def by_arm(self, at: float | None = None) -> dict[str, estimands.Estimand]:
        """Return each arm's event-free survival at a month, the horizon unless stated."""
        at = at or self.default_month
        survival = lambda linear: np.exp(-at * np.exp(linear))
        return estimands.of_each_arm(f"survival({at:g})", survival, 1.0)

    def arm_quantity(self, at: float | None = None) -> str:
        """Return what `by_arm` is, in words."""
        return f"Event-free survival at {at or self.default_month:g} months"

    @property
    def default_month(self) -> float:
        """The month at which survival is told where no criterion names one."""
        return 12.0

    def information(self, linear: np.ndarray, statistics: np.ndarray) -> np.ndarray:
        """Return the Fisher information E exp(theta) on the log hazard, shape of linear.

        ``statistics`` end with events and exposure.  Where far more events would be expected than
        happened the likelihood has vanished, and its sharpness with it.
        """
        events, exposure = statistics[-2:]
        if not np.isfinite(exposure):  # a planned arm
            return np.full(np.shape(linear), float(events))
        return np.minimum(exposure * np.exp(linear), expectable(events))

    def extremes(self, size: int, truths: Sequence[Curve]) -> np.ndarray:
        """Return the most extreme statistics (E, M) of an arm of that size under some truths: an event
        in every patient, at hazards beyond the lowest and the highest that are assumed."""
        hazards = [self.true_hazard(curve, 12.0) for curve in truths]
        if not hazards or not size:
            return np.empty((0, len(self.columns)))
        ends = np.maximum([min(hazards) / BEYOND, max(hazards) * BEYOND], SLOWEST)
        amounts = {"n": np.full(2, size), "events": np.full(2, size), "exposure": size / ends}
        return np.stack([amounts[name] for name in self.columns], axis=1).astype(float)

    def describe(self, statistics: np.ndarray) -> Described:
        """Return published statistics, which end with events and exposure, and Garwood's interval."""
        events, exposure = map(float, statistics[-2:])
        rate = events / exposure if exposure else np.nan
        told = f"{events:g} in {exposure:g} months"
        return Described(exposure, events, told, rate, *intervals.of_rate(events, exposure))

    def one_sided(self, statistics: np.ndarray) -> str | None:
        """Return what published statistics (J, M) say if there was no event."""
        events, exposure = statistics[:, -2:].sum(axis=0)
        if events or not exposure:
            return None
        return f"no event in the {exposure:g} months of the evidence"

    def true_hazard(self, curve: Curve, horizon: float) -> float:
        """Return the one hazard that stands for an assumed curve."""
        return curve.average_hazard(horizon)

    def truth(self, value: float | Curve) -> Curve:
        """Return an assumed truth as a survival curve; a number is a constant hazard per month."""
        return value if isinstance(value, Curve) else Exponential(hazard=float(value))

    def truth_problem(self, value: object) -> str | None:
        """Return what is wrong with an assumed truth, or None."""
        hazard = value.average_hazard(12.0) if isinstance(value, Curve) else value
        slowest = 0.0 if isinstance(value, Curve) else SLOWEST  # a cured fraction may have no events
        if slowest <= hazard <= FASTEST:
            return None
        return (
            f"a hazard must be positive, from {SLOWEST:g} to {FASTEST:g} per month; got {hazard:g}. "
            "State it as events per month."
        )

    def summarise(self, time: np.ndarray, event: np.ndarray) -> np.ndarray:
        """Return statistics (Q,) of patients' months (n,) and whether each ended with the event."""
        return self.tabulate(time[None], event[None])[0]
