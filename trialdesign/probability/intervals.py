"""Exact intervals of counts: of a proportion, and of a rate."""

from __future__ import annotations

import numpy as np

LEVEL = 0.95


def of_proportion(count: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a proportion, from a count among n; (0, 1) where n is 0.

    Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    from scipy.special import betaincinv

    tail, rest = (1 - level) / 2, n - count
    lower = float(betaincinv(count, rest + 1, tail)) if count else 0.0
    upper = float(betaincinv(count + 1, rest, 1 - tail)) if rest else 1.0
    return lower, upper


def of_rate(count: float, exposure: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a rate, from a count in an exposure; (0, inf) where that is 0.

    Garwood 1936, doi:10.1093/biomet/28.3-4.437.
    """
    from scipy.special import gammaincinv

    tail = (1 - level) / 2
    if not exposure:
        return 0.0, np.inf
    lower = float(gammaincinv(count, tail)) / exposure if count else 0.0
    return lower, float(gammaincinv(count + 1, 1 - tail)) / exposure
