"""Weibull: a hazard that goes as a power of time, H(t) = horizon exp(theta) (t / horizon)^k."""

from __future__ import annotations

from typing import Literal

import numpy as np

from trialdesign.endpoints.time_to_event._with_shape import Shaped, check_power, power_rule
from trialdesign.probability.distributions.positive import LogNormal
from trialdesign.probability.nuisance import Shapes
from trialdesign.specification.types import Measures, Months, Text, specification


@specification
class Weibull(Shaped):
    """Months until an event whose hazard goes as t^(k - 1).

    The parameter is the log of the average hazard per month up to ``horizon``.

    Attributes
    ----------
    name : str
        The outcome, in words.
    horizon : float
        Month up to which the hazard is averaged: set it to the month that the decision is about.
    shape : prior
        Prior of k, 1 for a constant hazard.
    """

    kind: Literal["time_to_event"] = "time_to_event"
    name: Text = "event"
    measures: Measures = "relapse"
    distribution: Literal["weibull"]
    horizon: Months = 12.0
    shape: LogNormal = LogNormal(mu=0.0, sigma=0.5)

    def __post_init__(self) -> None:
        check_power(self.shape)

    def shapes(self, size: int) -> Shapes:
        """Return nodes of k, fine enough for that many events."""
        return power_rule(self.shape, size)

    def cumulative(self, t, linear: np.ndarray, shape: tuple) -> np.ndarray:
        """Return H(t)."""
        return self.horizon * np.exp(linear) * (t / self.horizon) ** shape[0]

    def log_hazard(self, t, linear: np.ndarray, shape: tuple) -> np.ndarray:
        """Return log h(t)."""
        return linear + np.log(shape[0]) + (shape[0] - 1) * np.log(t / self.horizon)

    def twin_shape(self, pm, name: str, n: int) -> tuple:
        """Return n values of k in PyMC."""
        return (self.shape.raw(pm, f"{name}_shape", n),)

    def twin_cumulative(self, pm, t, linear, shape: tuple):
        """Return H(t) in PyTensor."""
        return pm.math.exp(linear + shape[0] * np.log(t / self.horizon) + np.log(self.horizon))

    def twin_log_hazard(self, pm, t, linear, shape: tuple):
        """Return log h(t) in PyTensor: the derivative of H."""
        return (
            pm.math.log(shape[0] / t)
            + linear
            + shape[0] * np.log(t / self.horizon)
            + np.log(self.horizon)
        )
