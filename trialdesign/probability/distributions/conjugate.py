"""The conjugate families: what is known of Beta, Gamma and Normal in closed form, in one place.

x lives on the natural scale (a response probability, a rate, a mean), its linear parameter on the logit,
the log, or the same scale.  Parameters are columns (C, 1, ..) against x of any shape, or vectors (C,)
where there is no x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True, slots=True)
class Conjugate:
    """A conjugate family.

    Attributes
    ----------
    dist, names : str, tuple of str
        Its name in a design file, and those of its two parameters, ``first`` and ``second``.
    ends : tuple of float
        Range of x.
    to_natural, to_linear, slope : callable
        Linear parameter -> x, x -> linear parameter, x -> dx / d(linear).
    log_powers, log_constant : callable
        (linear, first, second) and (first, second) -> the terms of the linear parameter's log density;
        from logarithms: finite where x is 0 or 1 to double precision.
    log_density, cumulative, quantile : callable
        (x, first, second) -> log density of x, probability below x; (q, first, second) -> quantile.
    slopes, linear_slopes : callable
        (x, first, second) -> first and second derivative of the log density of x in x, and of that of
        the linear parameter in the linear parameter.
    moments, linear_moments : callable
        (first, second) -> mean and variance of x, and of the linear parameter.
    spare : int
        Units that the variance counts beyond the size: a Beta's is that of size + 1.
    """

    dist: str
    names: tuple[str, str]
    ends: tuple[float, float]
    to_natural: Callable
    to_linear: Callable
    slope: Callable
    log_powers: Callable
    log_constant: Callable
    log_density: Callable
    cumulative: Callable
    quantile: Callable
    slopes: Callable
    linear_slopes: Callable
    moments: Callable
    linear_moments: Callable
    spare: int = 0


def _beta_slopes(x, alpha, beta):
    up, down = (alpha - 1) / x, (beta - 1) / (1 - x)
    return up - down, -up / x - down / (1 - x)


def _beta_moments(alpha, beta):
    total = alpha + beta
    return alpha / total, alpha * beta / total**2 / (total + 1)


def _normal_slopes(x, mu, sigma):
    return (mu - x) / sigma**2, 0 * x - 1 / sigma**2


BETA = Conjugate(
    dist="Beta",
    names=("alpha", "beta"),
    ends=(0.0, 1.0),
    to_natural=special.expit,
    to_linear=special.logit,
    slope=lambda x: x * (1 - x),
    log_powers=lambda x, alpha, beta: alpha * special.log_expit(x) + beta * special.log_expit(-x),
    log_constant=lambda alpha, beta: -special.betaln(alpha, beta),
    log_density=lambda x, alpha, beta: (
        special.xlogy(alpha - 1, x) + special.xlog1py(beta - 1, -x) + BETA.log_constant(alpha, beta)
    ),
    cumulative=lambda x, alpha, beta: special.betainc(alpha, beta, x),
    quantile=lambda q, alpha, beta: special.betaincinv(alpha, beta, q),
    slopes=_beta_slopes,
    linear_slopes=lambda x, alpha, beta: (alpha * (1 - x) - beta * x, -(alpha + beta) * x * (1 - x)),
    moments=_beta_moments,
    linear_moments=lambda alpha, beta: (
        special.digamma(alpha) - special.digamma(beta),
        special.polygamma(1, alpha) + special.polygamma(1, beta),
    ),
    spare=1,
)
GAMMA = Conjugate(  # alpha is the shape, beta the rate
    dist="Gamma",
    names=("alpha", "beta"),
    ends=(0.0, np.inf),
    to_natural=np.exp,
    to_linear=np.log,
    slope=lambda x: x,
    log_powers=lambda x, alpha, beta: alpha * x - beta * np.exp(np.minimum(x, 500.0)),
    log_constant=lambda alpha, beta: alpha * np.log(beta) - special.gammaln(alpha),
    log_density=lambda x, alpha, beta: (  # in this order: EM takes roundings to the eighth digit
        special.xlogy(alpha - 1, x) + special.xlogy(alpha, beta) - beta * x - special.gammaln(alpha)
    ),
    cumulative=lambda x, alpha, beta: special.gammainc(alpha, beta * x),
    quantile=lambda q, alpha, beta: special.gammaincinv(alpha, q) / beta,
    slopes=lambda x, alpha, beta: ((alpha - 1) / x - beta, -(alpha - 1) / x**2),
    linear_slopes=lambda x, alpha, beta: (alpha - beta * x, -beta * x),
    moments=lambda alpha, beta: (alpha / beta, alpha / beta**2),
    linear_moments=lambda alpha, beta: (
        special.digamma(alpha) - np.log(beta),
        special.polygamma(1, alpha),
    ),
)
NORMAL = Conjugate(
    dist="Normal",
    names=("mu", "sigma"),
    ends=(-np.inf, np.inf),
    to_natural=lambda x: x,
    to_linear=lambda x: x,
    slope=np.ones_like,
    log_powers=lambda x, mu, sigma: -0.5 * ((x - mu) / sigma) ** 2,
    log_constant=lambda mu, sigma: -np.log(sigma * np.sqrt(2 * np.pi)),
    log_density=lambda x, mu, sigma: NORMAL.log_powers(x, mu, sigma) + NORMAL.log_constant(mu, sigma),
    cumulative=lambda x, mu, sigma: special.ndtr((x - mu) / sigma),
    quantile=lambda q, mu, sigma: mu + sigma * special.ndtri(q),
    slopes=_normal_slopes,
    linear_slopes=_normal_slopes,
    moments=lambda mu, sigma: (mu, sigma**2),
    linear_moments=lambda mu, sigma: (mu, sigma**2),
)
FAMILIES = {"beta": BETA, "gamma": GAMMA, "normal": NORMAL}
