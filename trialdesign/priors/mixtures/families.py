"""The conjugate families: Beta, Gamma and Normal, each as functions of x and its two parameters.

Parameters are columns (C, 1, ..) against x of any shape, or vectors (C,) where there is no x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.probability.distributions.real_line import Beta, Gamma, Normal
from trialdesign.specification.types import FEWEST, MOST

STEPS = 40  # of Newton's method; it settles in about six
LOWEST = {"beta": 1.0, "gamma": 0.05, "normal": 0.0}  # of fitted parameters; a Beta's has no pole


@dataclass(frozen=True, slots=True)
class Family:
    """A conjugate family.

    Attributes
    ----------
    prior : type
        The distribution in a design file.
    names : tuple of str
        Its two parameters, ``first`` and ``second``.
    log_density : callable
        (x, first, second) -> log density.
    slopes : callable
        (x, first, second) -> first and second derivative of the log density in x.
    linear_slopes : callable
        The same of the linear parameter's log density, in that parameter.
    quantile : callable
        (q, first, second) -> quantile.
    moments : callable
        (first, second) -> mean, variance.
    linear : callable
        x -> the linear parameter.
    slope : callable
        x -> dx / d(linear).
    statistics : callable
        (linear, x) -> the two sufficient statistics, (2, N).
    maximise : callable
        Averages of the statistics (2, C) -> the most likely parameters, none below `LOWEST`.
    spare : int
        Units that the variance counts beyond the size: a Beta's is that of size + 1.
    """

    prior: type
    names: tuple[str, str]
    log_density: Callable
    slopes: Callable
    linear_slopes: Callable
    quantile: Callable
    moments: Callable
    linear: Callable
    slope: Callable
    statistics: Callable
    maximise: Callable
    spare: int = 0


def _at_most(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters that a design file can name, of the same mean, where they are sharper.

    A prior without width, all of it at one point, leaves Newton's method with no number at all.
    """
    first, second = np.nan_to_num(first, nan=MOST), np.nan_to_num(second, nan=MOST)
    share = np.minimum(1.0, MOST / np.maximum(first, second))
    return np.maximum(first * share, FEWEST), np.maximum(second * share, FEWEST)


def _beta_log_density(x, alpha, beta):
    powers = special.xlogy(alpha - 1, x) + special.xlog1py(beta - 1, -x)
    return powers - special.betaln(alpha, beta)


def _beta_slopes(x, alpha, beta):
    up, down = (alpha - 1) / x, (beta - 1) / (1 - x)
    return up - down, -up / x - down / (1 - x)


def _beta_moments(alpha, beta):
    total = alpha + beta
    return alpha / total, alpha * beta / total**2 / (total + 1)


def _beta_maximise(averages):
    """Solve digamma(alpha) - digamma(alpha + beta) = E log x, and the same for 1 - x."""
    up, down = averages
    room = np.maximum(-np.expm1(np.logaddexp(up, down)), 1e-12)
    alpha, beta = 0.5 + np.exp(up) / (2 * room), 0.5 + np.exp(down) / (2 * room)
    for _ in range(STEPS):
        common = special.digamma(alpha + beta)
        g, h = up - special.digamma(alpha) + common, down - special.digamma(beta) + common
        c = special.zeta(2, alpha + beta)  # trigamma
        a, b = special.zeta(2, alpha) - c, special.zeta(2, beta) - c
        determinant = a * b - c * c
        step_alpha, step_beta = (b * g + c * h) / determinant, (a * h + c * g) / determinant
        alpha = np.maximum(alpha + step_alpha, alpha / 4)
        beta = np.maximum(beta + step_beta, beta / 4)
        if np.all(np.abs(step_alpha) < 1e-9 * alpha) and np.all(np.abs(step_beta) < 1e-9 * beta):
            break
    alpha, beta = _at_most(alpha, beta)
    pole = (alpha < 1) | (beta < 1)
    if not pole.any():
        return alpha, beta
    # at the edge of the allowed square, where one parameter is 1, the other is in closed form
    other = np.maximum(-1 / down, 1.0), np.maximum(-1 / up, 1.0)
    heights = np.log(other[0]) + (other[0] - 1) * down, np.log(other[1]) + (other[1] - 1) * up
    first = heights[0] >= heights[1]
    alone = [np.minimum(each, MOST) for each in other]
    return (
        np.where(pole, np.where(first, 1.0, alone[1]), alpha),
        np.where(pole, np.where(first, alone[0], 1.0), beta),
    )


def _gamma_log_density(x, shape, rate):
    powers = special.xlogy(shape - 1, x) + special.xlogy(shape, rate)
    return powers - rate * x - special.gammaln(shape)


def _gamma_maximise(averages):
    """Solve log(shape) - digamma(shape) = log E x - E log x."""
    log_x, x = averages
    gap = np.maximum(np.log(x) - log_x, 1e-12)
    shape = (3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
    for _ in range(STEPS):
        miss = np.log(shape) - special.digamma(shape) - gap
        step = miss / (1 / shape - special.zeta(2, shape))
        shape = np.maximum(shape - step, shape / 4)
        if np.all(np.abs(step) < 1e-9 * shape):
            break
    shape = np.maximum(shape, LOWEST["gamma"])
    return _at_most(shape, shape / x)


def _normal_slopes(x, mu, sigma):
    return (mu - x) / sigma**2, 0 * x - 1 / sigma**2


def _normal_maximise(averages):
    mean, square = averages
    return mean, np.sqrt(np.maximum(square - mean**2, 1e-12))


FAMILIES = {
    "beta": Family(
        prior=Beta,
        names=("alpha", "beta"),
        log_density=_beta_log_density,
        slopes=_beta_slopes,
        linear_slopes=lambda x, alpha, beta: (
            alpha * (1 - x) - beta * x,
            -(alpha + beta) * x * (1 - x),
        ),
        quantile=lambda q, alpha, beta: special.betaincinv(alpha, beta, q),
        moments=_beta_moments,
        linear=special.logit,
        slope=lambda x: x * (1 - x),
        statistics=lambda linear, x: np.stack([special.log_expit(linear), special.log_expit(-linear)]),
        maximise=_beta_maximise,
        spare=1,
    ),
    "gamma": Family(
        prior=Gamma,
        names=("alpha", "beta"),
        log_density=_gamma_log_density,
        slopes=lambda x, shape, rate: ((shape - 1) / x - rate, -(shape - 1) / x**2),
        linear_slopes=lambda x, shape, rate: (shape - rate * x, -rate * x),
        quantile=lambda q, shape, rate: special.gammaincinv(shape, q) / rate,
        moments=lambda shape, rate: (shape / rate, shape / rate**2),
        linear=np.log,
        slope=lambda x: x,
        statistics=lambda linear, x: np.stack([linear, x]),
        maximise=_gamma_maximise,
    ),
    "normal": Family(
        prior=Normal,
        names=("mu", "sigma"),
        log_density=lambda x, mu, sigma: (
            -0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi))
        ),
        slopes=_normal_slopes,
        linear_slopes=_normal_slopes,
        quantile=lambda q, mu, sigma: mu + sigma * special.ndtri(q),
        moments=lambda mu, sigma: (mu, sigma**2),
        linear=lambda x: x,
        slope=np.ones_like,
        statistics=lambda linear, x: np.stack([x, x * x]),
        maximise=_normal_maximise,
    ),
}
