"""The distributions that a design file may name, with PyMC's names and parameters.

Each says itself twice: as a density on the linear scale, from which grids take their masses, and as
a PyMC variable.  `Beta` and `Gamma` are priors on the natural scale (a response probability, a hazard
or a rate); their densities are given on the linear scale (logit, log), Jacobian included.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, ClassVar, Literal, Union

import numpy as np
from pydantic import AfterValidator, Discriminator, Field, Tag
from scipy import special

from .quadrature import Grid, unit_rule
from .specification import Number, Positive, Probability, specification

SMALLEST, LARGEST = 1e-6, 1e6  # scales beyond which strata are one, or strangers
TAIL = 1e-11  # probability left outside a distribution's range, on either side


class Distribution:
    """What every distribution offers.

    Subclasses give ``log_density(x)``, ``cumulative(x)``, ``quantile(q)`` and ``scale``, the length on
    which the density varies.  Their names and fields are PyMC's, so the PyMC twin is written once.
    """

    __slots__ = ()
    natural_scale: ClassVar[str | None] = None
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
        below, above = self.cumulative(grid.edges[0]), 1 - self.cumulative(grid.edges[-1])
        return grid.with_tails(inside, np.asarray(below), np.asarray(above))

    def parameters(self) -> dict[str, float]:
        """Return PyMC's keyword arguments."""
        names = [field.name for field in fields(self) if field.name not in ("dist", "weight")]
        return {name: getattr(self, name) for name in names}

    def variable(self, pm, name: str, shape: int | None = None):
        """Return the PyMC variable on the linear scale, inside a PyMC model."""
        raw = getattr(pm, self.dist)(name, shape=shape, **self.parameters())
        return to_linear(pm, self.natural_scale, raw)


@specification
class Normal(Distribution):
    """Normal distribution with mean ``mu`` and standard deviation ``sigma``."""

    mu: Number
    sigma: Positive
    dist: Literal["Normal"] = "Normal"

    @property
    def scale(self) -> float:
        return 2 * self.sigma

    def log_density(self, x: np.ndarray) -> np.ndarray:
        z = (x - self.mu) / self.sigma
        return -0.5 * z * z - np.log(self.sigma * np.sqrt(2 * np.pi))

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return special.ndtr((x - self.mu) / self.sigma)

    def quantile(self, q: float) -> float:
        return self.mu + self.sigma * special.ndtri(q)

    def mass(self, grid: Grid) -> np.ndarray:
        return grid.normal_mass(np.array([self.mu]), self.sigma)[0]


@specification
class StudentT(Distribution):
    """Student's t with ``nu`` degrees of freedom, location ``mu``, scale ``sigma``."""

    nu: Positive
    sigma: Positive
    mu: Number = 0.0
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

    def quantile(self, q: float) -> float:
        return self.mu + self.sigma * special.stdtrit(self.nu, q)


@specification
class Uniform(Distribution):
    """Uniform distribution between ``lower`` and ``upper``."""

    lower: Number
    upper: Number
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

    def quantile(self, q: float) -> float:
        return self.lower + q * (self.upper - self.lower)


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

    sigma: Positive
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

    def quantile(self, q: float) -> float:
        return self.sigma * np.sqrt(2) * special.erfinv(q)


@specification
class HalfCauchy(_Positive):
    """Absolute value of a Cauchy with location 0 and scale ``beta``."""

    beta: Positive
    dist: Literal["HalfCauchy"] = "HalfCauchy"

    @property
    def scale(self) -> float:
        return self.beta

    def log_density(self, x: np.ndarray) -> np.ndarray:
        value = np.log(2 / (np.pi * self.beta)) - np.log1p((x / self.beta) ** 2)
        return np.where(x >= 0, value, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return 2 / np.pi * np.arctan(np.maximum(x, 0) / self.beta)

    def quantile(self, q: float) -> float:
        return self.beta * np.tan(np.pi / 2 * q)


@specification
class HalfStudentT(_Positive):
    """Absolute value of a Student's t with ``nu`` degrees of freedom and scale ``sigma``."""

    nu: Positive
    sigma: Positive
    dist: Literal["HalfStudentT"] = "HalfStudentT"

    @property
    def scale(self) -> float:
        return self.sigma

    def log_density(self, x: np.ndarray) -> np.ndarray:
        whole = StudentT(nu=self.nu, sigma=self.sigma).log_density(x)
        return np.where(x >= 0, np.log(2) + whole, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return 2 * special.stdtr(self.nu, np.maximum(x, 0) / self.sigma) - 1

    def quantile(self, q: float) -> float:
        return self.sigma * special.stdtrit(self.nu, (1 + q) / 2)


@specification
class Exponential(_Positive):
    """Exponential distribution with rate ``lam``, mean 1 / lam."""

    lam: Positive
    dist: Literal["Exponential"] = "Exponential"

    @property
    def scale(self) -> float:
        return 1 / self.lam

    def log_density(self, x: np.ndarray) -> np.ndarray:
        return np.where(x >= 0, np.log(self.lam) - self.lam * x, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return -np.expm1(-self.lam * np.maximum(x, 0))

    def quantile(self, q: float) -> float:
        return -np.log1p(-q) / self.lam


@specification
class InverseGamma(_Positive):
    """Inverse gamma with shape ``alpha`` and scale ``beta``."""

    alpha: Positive
    beta: Positive
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

    def quantile(self, q: float) -> float:
        return self.beta / special.gammainccinv(self.alpha, q)

    def support(self) -> tuple[float, float]:
        return float(self.quantile(TAIL)), float(self.quantile(1 - TAIL))


@specification
class LogNormal(_Positive):
    """Distribution whose logarithm is normal with mean ``mu`` and standard deviation ``sigma``."""

    mu: Number
    sigma: Positive
    dist: Literal["LogNormal"] = "LogNormal"

    @property
    def scale(self) -> float:
        return float(np.exp(self.mu - self.sigma**2) * min(self.sigma, 1.0))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        z = (np.log(positive) - self.mu) / self.sigma
        value = -np.log(positive * self.sigma * np.sqrt(2 * np.pi)) - 0.5 * z * z
        return np.where(x > 0, value, -np.inf)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        positive = np.where(x > 0, x, 1.0)
        return np.where(x > 0, special.ndtr((np.log(positive) - self.mu) / self.sigma), 0.0)

    def quantile(self, q: float) -> float:
        return np.exp(self.mu + self.sigma * special.ndtri(q))

    def support(self) -> tuple[float, float]:
        return float(self.quantile(TAIL)), float(self.quantile(1 - TAIL))


@specification
class Beta(Distribution):
    """Beta prior on a response probability, ``alpha`` and ``beta`` its shapes."""

    alpha: Positive
    beta: Positive
    dist: Literal["Beta"] = "Beta"
    natural_scale = "probability"

    @property
    def scale(self) -> float:
        return 2 * np.sqrt(special.polygamma(1, self.alpha) + special.polygamma(1, self.beta))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        successes, failures = special.log_expit(x), special.log_expit(-x)
        return self.alpha * successes + self.beta * failures - special.betaln(self.alpha, self.beta)

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return special.betainc(self.alpha, self.beta, special.expit(x))

    def support(self) -> tuple[float, float]:
        reach = -np.log(TAIL) / np.array([self.alpha, self.beta])
        centre = special.digamma(self.alpha) - special.digamma(self.beta)
        spread = 4 * self.scale
        return float(centre - reach[0] - spread), float(centre + reach[1] + spread)


@specification
class Gamma(Distribution):
    """Gamma prior on a hazard or a rate, shape ``alpha`` and rate ``beta`` (months)."""

    alpha: Positive
    beta: Positive
    dist: Literal["Gamma"] = "Gamma"
    natural_scale = "rate"

    @property
    def scale(self) -> float:
        return 2 * np.sqrt(special.polygamma(1, self.alpha))

    def log_density(self, x: np.ndarray) -> np.ndarray:
        shape = self.alpha * (np.log(self.beta) + x) - special.gammaln(self.alpha)
        return shape - self.beta * np.exp(np.minimum(x, 500.0))

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return special.gammainc(self.alpha, self.beta * np.exp(x))

    def support(self) -> tuple[float, float]:
        centre = special.digamma(self.alpha) - np.log(self.beta)
        low = centre + np.log(TAIL) / self.alpha - 4 * self.scale
        return float(low), float(centre + 4 * self.scale)


def to_linear(pm, natural_scale: str | None, value):
    """Carry a PyMC variable from its natural scale to the linear one."""
    return {"probability": pm.math.logit, "rate": pm.math.log, None: lambda x: x}[natural_scale](value)


LOCATION = (
    Normal, StudentT, Uniform, LogNormal, HalfNormal, HalfCauchy, HalfStudentT, Exponential,
    InverseGamma, Beta, Gamma,
)  # fmt: skip
SCALE = (HalfNormal, HalfCauchy, HalfStudentT, Uniform, Exponential, InverseGamma, LogNormal)


def _weighted(kind: type) -> type:
    """Return the specification of a mixture's component: a distribution with its weight."""
    body = {
        "__annotations__": {"weight": Probability},
        "__doc__": f"{kind.__name__} component of a mixture.",
        "__module__": __name__,
    }
    return specification(type(f"Weighted{kind.__name__}", (kind,), body))


Component = Annotated[
    Union[tuple(_weighted(kind) for kind in LOCATION)],  # noqa: UP007  (a union of a tuple's members)
    Field(discriminator="dist"),
]


@specification
class Mixture(Distribution):
    """Mixture of distributions that live on one scale; the weights sum to one."""

    mixture: Annotated[list[Component], Field(min_length=1)]

    def __post_init__(self) -> None:
        total = sum(part.weight for part in self.mixture)
        if abs(total - 1) > 1e-6:
            raise ValueError(
                f"the weights of `mixture` must sum to 1; got {total:g}. Rescale the weights."
            )
        if len({part.natural_scale for part in self.mixture}) > 1:
            raise ValueError(
                "the components of `mixture` must live on one scale; got "
                f"{', '.join(part.dist for part in self.mixture)}. "
                "Use Beta (or Gamma) for all components, or for none."
            )

    @property
    def natural_scale(self) -> str | None:
        return self.mixture[0].natural_scale

    @property
    def scale(self) -> float:
        return min(part.scale for part in self.mixture)

    @property
    def breaks(self) -> tuple[float, ...]:
        return tuple(b for part in self.mixture for b in part.breaks)

    def support(self) -> tuple[float, float]:
        ranges = [part.support() for part in self.mixture if part.weight > 0]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        return np.log(sum(part.weight * part.density(x) for part in self.mixture))

    def cumulative(self, x: np.ndarray) -> np.ndarray:
        return sum(part.weight * part.cumulative(x) for part in self.mixture)

    def mass(self, grid: Grid) -> np.ndarray:
        return sum(part.weight * part.mass(grid) for part in self.mixture)

    def variable(self, pm, name: str, shape: int | None = None):
        parts = [getattr(pm, part.dist).dist(**part.parameters()) for part in self.mixture]
        weights = np.array([part.weight for part in self.mixture])
        raw = pm.Mixture(name, w=weights / weights.sum(), comp_dists=parts, shape=shape)
        return to_linear(pm, self.natural_scale, raw)


def _shape_of(value: object) -> str:
    """Tell a mixture from a single distribution, for pydantic's tagged union."""
    has = value.__contains__ if isinstance(value, dict) else lambda key: hasattr(value, key)
    return "mixture" if has("mixture") else "distribution"


Single = Annotated[Union[LOCATION], Field(discriminator="dist")]
Prior = Annotated[
    Annotated[Single, Tag("distribution")] | Annotated[Mixture, Tag("mixture")],
    Discriminator(_shape_of),
]


def _one_or_each(value: object) -> str:
    """Tell one prior from a mapping of stratum to prior."""
    plain = isinstance(value, dict) and not {"dist", "mixture"} & set(value)
    return "each" if plain else "one"


PriorPerStratum = Annotated[
    Annotated[Prior, Tag("one")] | Annotated[dict[str, Prior], Tag("each")],
    Discriminator(_one_or_each),
]


def _not_negative(prior: Distribution) -> Distribution:
    if prior.support()[0] < 0:
        raise ValueError(
            f"the prior of a standard deviation must not reach below 0; got lower bound "
            f"{prior.support()[0]:g}. Raise `lower` to 0 or more."
        )
    return prior


ScalePrior = Annotated[Union[SCALE], Field(discriminator="dist"), AfterValidator(_not_negative)]


def _number_or_prior(value: object) -> str:
    """Tell a fixed scale from one with a prior."""
    return "prior" if isinstance(value, (dict, Distribution)) else "number"


Scale = Annotated[
    Annotated[Positive, Tag("number")] | Annotated[ScalePrior, Tag("prior")],
    Discriminator(_number_or_prior),
]


def scale_rule(scale: float | Distribution, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights for a between-strata standard deviation (or variance).

    With s the prior's scale, r in (0, 1) and value = s r^2 / (1 - r), Gauss-Legendre nodes in r are
    dense near zero, where strata pool, and reach infinity, where a heavy tail is smooth in 1 / value.

    Parameters
    ----------
    scale : float or Distribution
        A fixed value gives one node.
    n_nodes : int

    Returns
    -------
    nodes, weights : ndarray, shape (n_nodes,) or (1,)
        Positive nodes; weights sum to one.
    """
    if not isinstance(scale, Distribution):
        return np.array([float(scale)]), np.ones(1)
    low, high = scale.support()
    if low > 0:
        return _log_rule(scale, n_nodes)
    unit = max(float(scale.quantile(0.5)), 1e-8)
    start, stop = (2 / (1 + np.sqrt(1 + 4 * unit / v)) if v > 0 else 0.0 for v in (low, high))
    t, w = unit_rule(n_nodes)
    r = start + (stop - start) * (t + 1) / 2
    nodes = unit * r * r / (1 - r)
    slope = unit * r * (2 - r) / (1 - r) ** 2
    weights = w / 2 * (stop - start) * slope * scale.density(nodes)
    return nodes, weights / weights.sum()


def _log_rule(scale: Distribution, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a rule in the logarithm, for a prior that keeps away from zero and may span decades."""
    low, high = scale.support()
    low, high = max(low, SMALLEST), min(high, LARGEST)
    panels = max(1, int(np.ceil(np.log(high / low) / 12)))
    t, w = unit_rule(n_nodes)
    edges = np.linspace(np.log(low), np.log(high), panels + 1)
    half = np.diff(edges)[:, None] / 2
    nodes = np.exp(edges[:-1, None] + half * (1 + t)).ravel()
    weights = (half * w).ravel() * nodes * scale.density(nodes)
    below, above = float(scale.cumulative(np.array(low))), 1 - float(scale.cumulative(np.array(high)))
    nodes, weights = np.append(nodes, [low, high]), np.append(weights, [below, above])
    return nodes, weights / weights.sum()


def scale_variable(pm, scale: float | Distribution, name: str, shape: int | None = None):
    """Return the PyMC twin of a scale: a constant or a variable."""
    return scale.variable(pm, name, shape) if isinstance(scale, Distribution) else float(scale)
