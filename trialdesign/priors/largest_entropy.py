"""The largest entropy among the distributions of a family that give an interval its probability.

Two quantiles determine a Beta, a Gamma and a Normal, so that these distributions are a curve: one for
every split of what lies outside the interval into below and above.  Towards its two ends all but 1e-40
of that may lie on one side while the distribution still changes; there its size tells them apart.  The
entropy can have several maxima on the way: the whole curve is scanned, and each high one climbed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from trialdesign.priors.elicited_families import ElicitedFamily

SPLITS = np.linspace(-16, 16, 65)  # log odds of below, among what lies outside
N_SIZES = 160
ROUNDS = 5  # each lessens the miss of an end by the ratio of the two sides, 1e-6 where it is used
MISS = 1e-11  # of the probability, with which a point belongs to the curve
NEAR = 0.1  # maxima of the scan that are this much below the highest are climbed, too

Parameters = tuple[float, float]


class Interval(NamedTuple):
    """An interval, its probability, and a length of its scale."""

    low: float
    high: float
    probability: float
    unit: float


def largest(family: ElicitedFamily, interval: Interval) -> Parameters | None:
    """Return the parameters of largest entropy, or None if none give the interval its probability."""
    from scipy.optimize import minimize_scalar

    sizes = np.linspace(*family.sizes, N_SIZES)
    pieces = [(_split, SPLITS), (_all_below, sizes), (_all_above, sizes)]
    maxima = []
    for place, at in pieces:
        height = _height(family, interval, place(family, interval, at))
        padded = np.pad(height, 1, constant_values=-np.inf)
        top = np.isfinite(height) & (height >= padded[:-2]) & (height >= padded[2:])
        ends = np.clip(np.flatnonzero(top)[:, None] + [-1, 1], 0, at.size - 1)
        maxima += [(height[i], place, *at[end]) for i, end in zip(np.flatnonzero(top), ends)]
    if not maxima:
        return None
    highest = max(each[0] for each in maxima)
    found = []
    for height, place, left, right in maxima:
        if height >= highest - NEAR:
            low = lambda x, place=place: (
                -max(float(_height(family, interval, place(family, interval, x))), -1e6)
            )
            x = minimize_scalar(low, bounds=(left, right), method="bounded", options={"xatol": 1e-8}).x
            found.append((-low(x), place(family, interval, x)))
    return max(found)[1]


def _height(family: ElicitedFamily, interval: Interval, parameters):
    """Return the entropy of parameters on the curve, and -inf of others."""
    below, above = (family.known.cumulative(end, *parameters) for end in (interval.low, interval.high))
    with np.errstate(all="ignore"):
        entropy = family.entropy(*parameters)
    on = np.abs(above - below - interval.probability) < MISS
    return np.where(on & np.isfinite(entropy), entropy, -np.inf)


def _split(family: ElicitedFamily, interval: Interval, log_odds):
    """Return the distribution with that split: the larger, the more of what it has lies inside."""
    from scipy.optimize.elementwise import find_root

    low, high, probability, unit = interval
    below = (1 - probability) * special.expit(log_odds)

    def miss(size, below):
        return (
            family.known.cumulative(high, *family.through(low, below, size, unit)) - below - probability
        )

    size = find_root(miss, family.sizes, args=(below,)).x  # nan where there is none
    return family.through(low, below, size, unit)


def _all_below(family: ElicitedFamily, interval: Interval, size):
    """Return the distribution of that size with next to nothing above the interval."""
    low, high, probability, unit = interval
    above = np.zeros(np.shape(size))
    for _ in range(ROUNDS):
        found = family.through(low, np.maximum(1 - probability - above, 0.0), size, unit)
        above = 1 - family.known.cumulative(high, *found)
    return found


def _all_above(family: ElicitedFamily, interval: Interval, size):
    """Return the distribution of that size with next to nothing below the interval."""
    low, high, probability, unit = interval
    below = np.zeros(np.shape(size))
    for _ in range(ROUNDS):
        found = family.through(high, np.minimum(probability + below, 1.0), size, unit)
        below = family.known.cumulative(low, *found)
    return found
