"""Distributions on the positive half-line: priors of standard deviations, variances and rates."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from trialdesign.probability.distributions.conjugate import NORMAL
from trialdesign.probability.distributions.real_line import TAIL, Distribution, StudentT
from trialdesign.specification.types import Location, Shape, Spread, specification


class _Positive(Distribution):
    """A distribution on the positive half-line."""

    __slots__ = ()
    positive = True
    breaks = (0.0,)

    def support(self) -> tuple[float, float]:
        return 0.0, float(self.quantile(1 - TAIL))


@specification
class HalfNormal(_Positive):
    """Absolute value of a normal with mean 0 and standard deviation ``sigma``."""

    sigma: Spread
    dist: Literal["HalfNormal"] = "HalfNormal"

    @property
    def scale(self) -> float:
        return self.sigma

    def log_density(self, x: np.ndarray) -> np.ndarray:
        z = x / self.sigma
        value = 0.5 * np.log(2 / np.pi) - np.log(self.sigma) - 0.5 * z * z
        return np.where(x >= 0, value, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return special.erf(np.maximum(x, 0) / (self.sigma * np.sqrt(2)))

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return special.erfc(np.maximum(x, 0) / (self.sigma * np.sqrt(2)))

    def quantile(self, q: float) -> float:
        return self.sigma * np.sqrt(2) * special.erfinv(q)


@specification
class HalfCauchy(_Positive):
    """Absolute value of a Cauchy with location 0 and scale ``beta``."""

    beta: Spread
    dist: Literal["HalfCauchy"] = "HalfCauchy"

    @property
    def scale(self) -> float:
        return self.beta

    def log_density(self, x: np.ndarray) -> np.ndarray:
        value = np.log(2 / (np.pi * self.beta)) - np.log1p((x / self.beta) ** 2)
        return np.where(x >= 0, value, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return 2 / np.pi * np.arctan(np.maximum(x, 0) / self.beta)

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return 2 / np.pi * np.arctan2(self.beta, np.maximum(x, 0))

    def quantile(self, q: float) -> float:
        return self.beta * np.tan(np.pi / 2 * q)


@specification
class HalfStudentT(_Positive):
    """Absolute value of a Student's t with ``nu`` degrees of freedom and scale ``sigma``."""

    nu: Shape
    sigma: Spread
    dist: Literal["HalfStudentT"] = "HalfStudentT"

    @property
    def scale(self) -> float:
        return self.sigma

    def log_density(self, x: np.ndarray) -> np.ndarray:
        whole = StudentT(nu=self.nu, sigma=self.sigma).log_density(x)
        return np.where(x >= 0, np.log(2) + whole, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return 2 * special.stdtr(self.nu, np.maximum(x, 0) / self.sigma) - 1

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return 2 * special.stdtr(self.nu, -np.maximum(x, 0) / self.sigma)

    def quantile(self, q: float) -> float:
        return self.sigma * special.stdtrit(self.nu, (1 + q) / 2)


@specification
class Exponential(_Positive):
    """Exponential distribution with rate ``lam``, mean 1 / lam."""

    lam: Spread
    dist: Literal["Exponential"] = "Exponential"

    @property
    def scale(self) -> float:
        return 1 / self.lam

    def log_density(self, x: np.ndarray) -> np.ndarray:
        return np.where(x >= 0, np.log(self.lam) - self.lam * x, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return -np.expm1(-self.lam * np.maximum(x, 0))

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return np.exp(-self.lam * np.maximum(x, 0))

    def quantile(self, q: float) -> float:
        return -np.log1p(-q) / self.lam


@specification
class InverseGamma(_Positive):
    """Inverse gamma with shape ``alpha`` and scale ``beta``."""

    alpha: Shape
    beta: Shape
    dist: Literal["InverseGamma"] = "InverseGamma"

    @property
    def scale(self) -> float:
        return self.beta / (self.alpha + 1) / np.sqrt(self.alpha + 2)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        value = (
            self.alpha * np.log(self.beta)
            - special.gammaln(self.alpha)
            - (self.alpha + 1) * np.log(positive)
            - self.beta / positive
        )
        return np.where(x > 0, value, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        return np.where(x > 0, special.gammaincc(self.alpha, self.beta / positive), 0.0)

    def beyond(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        return np.where(x > 0, special.gammainc(self.alpha, self.beta / positive), 1.0)

    def quantile(self, q: float) -> float:
        return self.beta / special.gammainccinv(self.alpha, q)

    def support(self) -> tuple[float, float]:
        return float(self.quantile(TAIL)), float(self.quantile(1 - TAIL))


@specification
class LogNormal(_Positive):
    """Distribution whose logarithm is normal with mean ``mu`` and standard deviation ``sigma``."""

    mu: Location
    sigma: Spread
    dist: Literal["LogNormal"] = "LogNormal"

    @property
    def scale(self) -> float:
        return float(np.exp(self.mu - self.sigma**2) * min(self.sigma, 1.0))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        log = np.log(positive)
        return np.where(x > 0, NORMAL.log_density(log, self.mu, self.sigma) - log, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        return np.where(x > 0, NORMAL.cumulative(np.log(positive), self.mu, self.sigma), 0.0)

    def beyond(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        return np.where(x > 0, NORMAL.cumulative(-np.log(positive), -self.mu, self.sigma), 1.0)

    def quantile(self, q: float) -> float:
        return np.exp(NORMAL.quantile(q, self.mu, self.sigma))

    def support(self) -> tuple[float, float]:
        return float(self.quantile(TAIL)), float(self.quantile(1 - TAIL))
