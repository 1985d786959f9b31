"""Monte Carlo results against known values, at one false-alarm rate for the whole suite.

A correct program with fresh seeds would turn the suite red with probability FALSE_ALARM at most: each
of at most COMPARISONS comparisons is a test at level FALSE_ALARM / COMPARISONS.  Seeds are fixed, so a
green suite stays green.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-3
COMPARISONS = 500
LEVEL = FALSE_ALARM / COMPARISONS

made = 0


def _judge(p: float, what) -> None:
    global made
    made += 1
    assert p > LEVEL, (what, p)


def rate(hits: int, n: int, known: float, what=None) -> None:
    """Compare a number of hits with a known probability, by the exact binomial test."""
    known = min(max(known, 0.0), 1.0)
    _judge(stats.binomtest(hits, n, known).pvalue, what)


def mean(value: float, mcse: float, known: float, what=None) -> None:
    """Compare a mean with its expectation, by its standard error."""
    if mcse == 0:
        _judge(float(abs(value - known) < 1e-12), what)
    else:
        _judge(2 * stats.norm.sf(abs(value - known) / mcse), what)


def counts(observed: np.ndarray, expected: np.ndarray, what=None) -> None:
    """Compare counts with their expectations by chi-squared, cells below five in expectation pooled."""
    rare = expected < 5
    cells = [np.append(x[~rare], x[rare].sum()) for x in (observed, expected)]
    cells = [x[cells[1] > 0] for x in cells]
    _judge(stats.chisquare(*cells).pvalue, what)


def variance(z: np.ndarray, what=None) -> None:
    """Compare standardised errors with a variance of one."""
    total = (z**2).sum()
    _judge(2 * min(stats.chi2(z.size).cdf(total), stats.chi2(z.size).sf(total)), what)
