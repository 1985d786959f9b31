"""The most likely member of each conjugate family, from the averages of its sufficient statistics."""

from __future__ import annotations

import numpy as np
from scipy import special

from trialdesign.specification.types import FEWEST, MOST

STEPS = 40  # of Newton's method; it settles in about six
LOWEST = {"beta": 1.0, "gamma": 0.05, "normal": 0.0}  # of fitted parameters; a Beta's has no pole


def _at_most(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return parameters that a design file can name, of the same mean, where they are sharper.

    A prior without width, all of it at one point, leaves Newton's method with no number at all.
    """
    first, second = np.nan_to_num(first, nan=MOST), np.nan_to_num(second, nan=MOST)
    factor = np.minimum(1.0, MOST / np.maximum(first, second))
    return np.maximum(first * factor, FEWEST), np.maximum(second * factor, FEWEST)


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


def _normal_maximise(averages):
    mean, square = averages
    return mean, np.sqrt(np.maximum(square - mean**2, 1e-12))


# (linear, x) -> the two sufficient statistics, (2, N)
STATISTICS = {
    "beta": lambda linear, x: np.stack([special.log_expit(linear), special.log_expit(-linear)]),
    "gamma": lambda linear, x: np.stack([linear, x]),
    "normal": lambda linear, x: np.stack([x, x * x]),
}
# averages of the statistics (2, C) -> the most likely parameters, none below `LOWEST`
MAXIMISE = {"beta": _beta_maximise, "gamma": _gamma_maximise, "normal": _normal_maximise}
