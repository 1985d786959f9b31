"""Polynomials of response rates in the Bernstein basis: bounds that hold on whole boxes.

The probability of a set of outcomes of binomial arms is a polynomial in their rates, and its Bernstein
coefficients on [0, 1] are whether each outcome belongs to the set.  On an interval of rates [a, b] the
i-th coefficient is the average over the outcomes of n patients of whom i respond at rate b and n - i at
rate a (the blossom).  Between its smallest and its largest coefficient lies every value on the box; all
terms are positive, so that nothing cancels.  Garloff 1985, doi:10.1007/3-540-16437-5_5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import comb

import numpy as np

# Relative rounding error of a coefficient: sums of at most a few hundred positive terms on each of a few
# axes, every term itself a product of as many.
ROUNDING = 1e-11


@lru_cache(maxsize=4096)
def restriction(n: int, low: float, high: float) -> np.ndarray:
    """Return the matrix (n + 1, n + 1) from coefficients on [0, 1] to those on [low, high].

    Row i holds the probabilities of 0 to n responders among i patients at rate ``high`` and n - i at
    rate ``low``; the first and the last row are the binomial probabilities at the ends.
    """
    at_high, at_low = _binomials(n, high), _binomials(n, low)
    out = np.empty((n + 1, n + 1))
    for i in range(n + 1):
        out[i] = np.convolve(at_high[i, : i + 1], at_low[n - i, : n - i + 1])
    out.setflags(write=False)
    return out


def _binomials(n: int, rate: float) -> np.ndarray:
    """Return the probabilities (n + 1, n + 1) of j responders among i patients."""
    out = np.zeros((n + 1, n + 1))
    out[0, 0] = 1.0
    for i in range(1, n + 1):
        out[i, : i + 1] = (1 - rate) * out[i - 1, : i + 1]
        out[i, 1 : i + 1] += rate * out[i - 1, :i]
    return out


def restricted(coefficients: np.ndarray, box: Sequence[tuple[float, float]]) -> np.ndarray:
    """Return the coefficients on a box, one interval per axis, from those on the unit cube."""
    out = coefficients
    for axis, (low, high) in enumerate(box):
        if (low, high) != (0.0, 1.0):
            matrix = restriction(out.shape[axis] - 1, low, high)
            out = np.moveaxis(np.tensordot(matrix, out, axes=(1, axis)), 0, axis)
    return out


def diagonal(coefficients: np.ndarray, first: int, second: int) -> np.ndarray:
    """Return the coefficients where two axes run together from their low to their high ends.

    The product of Bernstein polynomials of degrees n and m is one of degree n + m, its coefficients
    hypergeometric averages; the new axis is the last.
    """
    out = np.moveaxis(coefficients, (first, second), (-2, -1))
    n, m = out.shape[-2] - 1, out.shape[-1] - 1
    return out.reshape(*out.shape[:-2], -1) @ _hypergeometric(n, m)


@lru_cache(maxsize=64)
def _hypergeometric(n: int, m: int) -> np.ndarray:
    """Return ((n + 1) (m + 1), n + m + 1): C(n, i) C(m, j) / C(n + m, i + j) in column i + j."""
    out = np.zeros((n + 1, m + 1, n + m + 1))
    for i in range(n + 1):
        for j in range(m + 1):
            out[i, j, i + j] = comb(n, i) * comb(m, j) / comb(n + m, i + j)
    return out.reshape(-1, n + m + 1)


def value(coefficients: np.ndarray, point: Sequence[float]) -> float:
    """Return the polynomial at a point, from its coefficients on the unit cube."""
    out = coefficients
    for rate in reversed(point):
        out = out @ _binomials(out.shape[-1] - 1, rate)[-1]
    return float(out)
