"""Cure mixture: a fraction never has the event, S(t) = pi + (1 - pi) exp(-(lambda t)^k).

Of the patients who are free of the event at the horizon a share rho is cured: pi = rho S(horizon).  The
average hazard up to the horizon, rho and k determine lambda.  Berkson & Gage 1952,
doi:10.1080/01621459.1952.10501187.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Discriminator, Tag

from trialdesign.endpoints.time_to_event._with_shape import Shaped, check_power, power_rule
from trialdesign.probability.distributions.positive import LogNormal
from trialdesign.probability.distributions.real_line import Beta, Distribution
from trialdesign.probability.nuisance import Shapes, beta_rule, crossed, fixed
from trialdesign.specification.types import Measures, Months, Power, Text, specification

CURED_NODES = 20  # of rho: 2e-6 in probability from 60; survival at the horizon says most already
EXTREME, FAINTEST = 300.0, 1e-290  # of a log power, of a cumulative hazard, with room to multiply
STRONGEST = 900  # beyond it SciPy's rule overflows


def _known(value: object) -> str:
    return "prior" if isinstance(value, dict | Distribution) else "number"


@specification
class Cure(Shaped):
    """Months until an event that some patients never have.

    The parameter is the log of the average hazard per month up to ``horizon``.

    Attributes
    ----------
    name : str
        The outcome, in words.
    horizon : float
        Month up to which the hazard is averaged: set it to the month that the decision is about.
    cured : prior
        Prior of the share cured among those free of the event at the horizon.
    shape : float or prior
        The k of the others: a number, or its prior.
    """

    kind: Literal["time_to_event"] = "time_to_event"
    name: Text = "event"
    measures: Measures = "relapse"
    distribution: Literal["cure"]
    horizon: Months = 12.0
    cured: Beta = Beta(alpha=1.0, beta=1.0)
    shape: Annotated[
        Annotated[Power, Tag("number")] | Annotated[LogNormal, Tag("prior")], Discriminator(_known)
    ] = 1.0

    def __post_init__(self) -> None:
        if self.cured.alpha + self.cured.beta > STRONGEST:
            raise ValueError(
                f"`cured` must have alpha + beta of at most {STRONGEST}, as many patients; got "
                f"{self.cured.alpha + self.cured.beta:g}. Weaken it."
            )
        if isinstance(self.shape, LogNormal):
            check_power(self.shape)

    def shapes(self, size: int) -> Shapes:
        """Return nodes of rho and k, fine enough for that many events."""
        cured = beta_rule(self.cured.alpha, self.cured.beta, CURED_NODES)
        if not isinstance(self.shape, LogNormal):
            return crossed([cured, fixed(self.shape)])
        return crossed([cured, power_rule(self.shape, size)])

    def _uncured(self, t, linear: np.ndarray, shape: tuple):
        """Return the uncured's H(t), and log pi."""
        rho, k = shape
        whole = self.horizon * np.exp(linear)
        to_horizon = whole + np.log1p(-rho * np.expm1(-whole) / (1 - rho))
        power = np.exp(np.clip(k * np.log(t / self.horizon), -EXTREME, EXTREME))
        return np.clip(to_horizon * power, FAINTEST, 1 / FAINTEST), np.log(rho) - whole

    def cumulative(self, t, linear: np.ndarray, shape: tuple) -> np.ndarray:
        """Return H(t) = -log S(t)."""
        own, log_cured = self._uncured(t, linear, shape)
        with np.errstate(divide="ignore"):
            early = -np.log1p(-np.expm1(log_cured) * np.expm1(-own))  # 1 - S without cancellation
            late = -np.logaddexp(log_cured, np.log(-np.expm1(log_cured)) - own)
        return np.where(own < 1, early, late)

    def log_hazard(self, t, linear: np.ndarray, shape: tuple) -> np.ndarray:
        """Return log h(t)."""
        own, log_cured = self._uncured(t, linear, shape)
        log_density = np.log(-np.expm1(log_cured)) + np.log(own) + np.log(shape[1] / t) - own
        return log_density + self.cumulative(t, linear, shape)

    def twin_shape(self, pm, name: str, n: int) -> tuple:
        """Return n times rho and k in PyMC."""
        cured = self.cured.raw(pm, f"{name}_cured", n)
        if not isinstance(self.shape, LogNormal):
            return cured, pm.math.constant(np.full(n, self.shape))
        return cured, self.shape.raw(pm, f"{name}_shape", n)

    def _twin_parts(self, pm, t, linear, shape: tuple):
        """Return log pi, log(1 - pi), and the uncured's H(t), in PyTensor."""
        whole = self.horizon * pm.math.exp(linear)
        free = pm.math.exp(-whole)
        odds = shape[0] / (1 - shape[0])
        own = (whole + pm.math.log(1 + odds * (1 - free))) * pm.math.exp(
            shape[1] * np.log(t / self.horizon)
        )
        return pm.math.log(shape[0]) - whole, pm.math.log(1 - shape[0] * free), own

    def twin_cumulative(self, pm, t, linear, shape: tuple):
        """Return H(t) in PyTensor."""
        cured, others, own = self._twin_parts(pm, t, linear, shape)
        return -pm.math.logaddexp(cured, others - own)

    def twin_log_hazard(self, pm, t, linear, shape: tuple):
        """Return log h(t) in PyTensor: the uncured's density over S."""
        cured, others, own = self._twin_parts(pm, t, linear, shape)
        density = others + pm.math.log(own * shape[1] / t) - own
        return density - pm.math.logaddexp(cured, others - own)
