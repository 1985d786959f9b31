"""The distributions that a design file may name, with PyMC's names and parameters.

Each says itself twice: as a density on the linear scale, from which grids take their masses, and as
a PyMC variable.  `Beta` and `Gamma` are priors on the natural scale (a response probability, a hazard
or a rate); their densities are given on the linear scale (logit, log), Jacobian included.
"""

from __future__ import annotations

from dataclasses import fields
from typing import ClassVar, Literal

import numpy as np
from scipy import special

from trialdesign.probability.distributions.conjugate import BETA, GAMMA, NORMAL, Conjugate
from trialdesign.probability.grid import UNDERFLOW, Grid
from trialdesign.specification.types import Location, Shape, Spread, specification

TAIL = 1e-11  # probability left outside a distribution's range, on either side


class Distribution:
    """What every distribution offers.

    Subclasses give ``log_density(x)``, ``cumulative(x)``, ``beyond(x)``, the probability above x without
    cancellation, ``quantile(q)`` and ``scale``, the length on which the density varies.  Their names and
    fields are PyMC's, so the PyMC twin is written once.
    """

    __slots__ = ()
    natural_scale: ClassVar[str | None] = None
    conjugate: ClassVar[Conjugate | None] = None
    positive: ClassVar[bool] = False
    breaks: tuple[float, ...] = ()

    def support(self) -> tuple[float, float]:
        """Return the range that holds all but 2e-11 of the probability."""
        return float(self.quantile(TAIL)), float(self.quantile(1 - TAIL))

    def density(self, x: np.ndarray) -> np.ndarray:
        """Return the density at x."""
        return np.exp(self.log_density(x))

    def mass(self, grid: Grid) -> np.ndarray:
        """Return the masses (G,) on a grid, probability outside it counted at its ends."""
        inside = grid.mass(self.density, self.scale, self.breaks)
        below, above = self.cumulative(grid.edges[0]), self.beyond(grid.edges[-1])
        return grid.with_tails(inside, np.asarray(below), np.asarray(above))

    def parameters(self) -> dict[str, float]:
        """Return PyMC's keyword arguments."""
        names = [field.name for field in fields(self) if field.name not in ("dist", "weight")]
        return {name: getattr(self, name) for name in names}

    def raw(self, pm, name: str, shape: int | None = None):
        """Return the PyMC variable on the distribution's own scale, inside a PyMC model."""
        return getattr(pm, self.dist)(name, shape=shape, **self.parameters())

    def variable(self, pm, name: str, shape: int | None = None):
        """Return the PyMC variable on the linear scale, inside a PyMC model."""
        return to_linear(pm, self.natural_scale, self.raw(pm, name, shape))


class _Conjugate(Distribution):
    """A distribution of a conjugate family, on the linear scale."""

    __slots__ = ()

    @property
    def scale(self) -> float:
        return float(np.sqrt(self.conjugate.linear_moments(**self.parameters())[1]))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        own, parameters = self.conjugate, self.parameters()
        return own.log_powers(x, **parameters) + own.log_constant(**parameters)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return self.conjugate.cumulative(self.conjugate.to_natural(x), **self.parameters())


@specification
class Normal(_Conjugate):
    """Normal distribution with mean ``mu`` and standard deviation ``sigma``."""

    mu: Location
    sigma: Spread
    dist: Literal["Normal"] = "Normal"
    conjugate = NORMAL

    @property
    def scale(self) -> float:
        return 2 * self.sigma

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return NORMAL.cumulative(-x, -self.mu, self.sigma)  # the mirror image

    def quantile(self, q: float) -> float:
        return NORMAL.quantile(q, self.mu, self.sigma)

    def mass(self, grid: Grid) -> np.ndarray:
        return grid.normal_mass(np.array([self.mu]), self.sigma, UNDERFLOW)[0]


@specification
class StudentT(Distribution):
    """Student's t with ``nu`` degrees of freedom, location ``mu``, scale ``sigma``."""

    nu: Shape
    sigma: Spread
    mu: Location = 0.0
    dist: Literal["StudentT"] = "StudentT"

    @property
    def scale(self) -> float:
        return self.sigma

    def log_density(self, x: np.ndarray) -> np.ndarray:
        z, nu = (x - self.mu) / self.sigma, self.nu
        constant = special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2)
        return (
            constant
            - 0.5 * np.log(nu * np.pi)
            - np.log(self.sigma)
            - (nu + 1) / 2 * np.log1p(z * z / nu)
        )

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return special.stdtr(self.nu, (x - self.mu) / self.sigma)

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return special.stdtr(self.nu, (self.mu - x) / self.sigma)

    def quantile(self, q: float) -> float:
        return self.mu + self.sigma * special.stdtrit(self.nu, q)


@specification
class Uniform(Distribution):
    """Uniform distribution between ``lower`` and ``upper``."""

    lower: Location
    upper: Location
    dist: Literal["Uniform"] = "Uniform"

    def __post_init__(self) -> None:
        if self.lower >= self.upper:
            raise ValueError(
                f"`lower` must be below `upper`; got {self.lower:g} and {self.upper:g}. "
                "Exchange them or widen the interval."
            )

    @property
    def breaks(self) -> tuple[float, ...]:
        return (self.lower, self.upper)

    @property
    def scale(self) -> float:
        return self.upper - self.lower

    def support(self) -> tuple[float, float]:
        return self.lower, self.upper

    def log_density(self, x: np.ndarray) -> np.ndarray:
        inside = (x >= self.lower) & (x <= self.upper)
        return np.where(inside, -np.log(self.upper - self.lower), -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return np.clip((x - self.lower) / (self.upper - self.lower), 0, 1)

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return np.clip((self.upper - x) / (self.upper - self.lower), 0, 1)

    def quantile(self, q: float) -> float:
        return self.lower + q * (self.upper - self.lower)


@specification
class Beta(_Conjugate):
    """Beta prior on a response probability, ``alpha`` and ``beta`` its shapes."""

    alpha: Shape
    beta: Shape
    dist: Literal["Beta"] = "Beta"
    natural_scale = "probability"
    conjugate = BETA

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return BETA.cumulative(special.expit(-x), self.beta, self.alpha)  # the mirror image

    def support(self) -> tuple[float, float]:
        reach = -np.log(TAIL) / np.array([self.alpha, self.beta])
        centre, spread = BETA.linear_moments(self.alpha, self.beta)[0], 8 * self.scale
        return float(centre - reach[0] - spread), float(centre + reach[1] + spread)


@specification
class Gamma(_Conjugate):
    """Gamma prior on a hazard or a rate, shape ``alpha`` and rate ``beta`` (months)."""

    alpha: Shape
    beta: Shape
    dist: Literal["Gamma"] = "Gamma"
    natural_scale = "rate"
    conjugate = GAMMA

    def beyond(self, x: np.ndarray) -> np.ndarray:
        return special.gammaincc(self.alpha, self.beta * np.exp(x))

    def support(self) -> tuple[float, float]:
        centre = GAMMA.linear_moments(self.alpha, self.beta)[0]
        low = centre + np.log(TAIL) / self.alpha - 8 * self.scale
        return float(low), float(centre + 8 * self.scale)


def to_linear(pm, natural_scale: str | None, value):
    """Carry a PyMC variable from its natural scale to the linear one."""
    return {"probability": pm.math.logit, "rate": pm.math.log, None: lambda x: x}[natural_scale](value)
