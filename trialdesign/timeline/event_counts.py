"""Events: how many have happened by a month of the trial, and when the k-th is due.

A patient enters uniformly over the accrual of a stratum, so that each of an arm's n patients has had
the event by calendar month t with one probability

    p(t) = 1/n sum_i rate_i [H(t - a_i) - H(t - b_i)],      H(x) = int_0^x (x - v) exp(-d v) dF(v),

over the periods (a_i, b_i) of the accrual, F the distribution of the time to event and d the hazard
of dropping out.  The events of the trial are a sum of binomials, hence exact: the coefficients of
prod_j (1 + p_j (z - 1))^n_j, read off at the roots of unity.

Losses before infusion (`infusion`) change p in the treatment arm: where they are excluded, the infused
fraction counts from its infusion; where they censor, R(v) = P(not lost by v) enters H,

    H(x) = int_0^x (x - v) exp(-d v) R(v) dF(v);

where they are events, F is the composite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.design.conduct.accrual import Conduct
from trialdesign.design.conduct.before_infusion import BeforeInfusion, Composite
from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.probability.distributions.survival import Curve
from trialdesign.probability.grid import unit_rule
from trialdesign.timeline.milestones import Counts, Distribution

STEPS = 400  # panels of the integral over time, 5 % wide each


@dataclass(frozen=True, slots=True)
class Entering:
    """Patients of a stratum who are yet to enter: independently, in proportion to the rate.

    Attributes
    ----------
    opens, closes, rates : ndarray, shape (P,)
        Months of each period, and patients per month in it.
    patients : int
    """

    opens: np.ndarray
    closes: np.ndarray
    rates: np.ndarray
    patients: int


def event_probability(
    curve: Curve,
    conduct: Conduct,
    s: int,
    months: np.ndarray,
    before: BeforeInfusion | None = None,
) -> np.ndarray:
    """Return the probability that a patient of stratum s has had the event, and was seen to have it.

    Parameters
    ----------
    curve : Curve
    conduct : Conduct
    s : int
        Stratum.
    months : ndarray
        Calendar months, any shape.
    before : BeforeInfusion, optional
        Of an arm in which losses before infusion are excluded or censored; a curve that counts them as
        events is a composite already.
    """
    months, entering = np.asarray(months, float), planned_entry(conduct, s)
    if before is not None and before.counted == "excluded":
        infused = event_probability(curve, conduct, s, months - before.months)
        return (1 - before.lost) * infused
    edges = np.stack([entering.opens, entering.closes])
    since = np.maximum(months[..., None] - edges[:, None], 0.0)  # (2, ..., periods)
    accumulated = _accumulated(curve, conduct.dropout, since, before)
    return np.clip((accumulated[0] - accumulated[1]) @ (entering.rates / entering.patients), 0.0, 1.0)


def planned_entry(conduct: Conduct, s: int) -> Entering:
    """Return when the patients of a stratum enter, as planned."""
    starts, last = conduct.starts[s], conduct.entry(s, np.array(1.0))
    there = starts < last
    closes = np.minimum(np.append(starts[1:], np.inf), last)
    return Entering(starts[there], closes[there], conduct.rates[s][there], int(conduct.patients[s]))


def _accumulated(
    curve: Curve, dropout: float, x: np.ndarray, before: BeforeInfusion | None
) -> np.ndarray:
    """Return H(x) = x - (1 + d x) A(x) + d B(x), A = int exp(-d v) S(v) dv, B = int v exp(-d v) S(v) dv.

    By parts, from 0 to x: only the survival is needed, and no density.  With losses that censor, R
    stands beside S in both integrals, and its slope and its jump add

        int (x - v) exp(-d v) R'(v) S(v) dv  -  failure (x - m) exp(-d m) S(m)    for x above m months.
    """
    longest = max(float(x.max()), 1e-3)
    breaks = [b for b in curve.breaks() if b < longest]
    if before is not None and before.months < longest:
        breaks.append(before.months)
    points = np.unique(np.concatenate([[0.0], x.ravel(), breaks, np.geomspace(1e-6, longest, STEPS)]))
    nodes, weights = unit_rule(12)
    half = np.diff(points)[:, None] / 2
    v = points[:-1, None] + half * (1 + nodes)
    alive = np.exp(-dropout * v) * curve.survival(v) * weights * half
    at = np.searchsorted(points, x)

    def integral(values: np.ndarray) -> np.ndarray:
        return np.append(0.0, np.cumsum(values.sum(axis=1)))[at]

    if before is None:
        return x - (1 + dropout * x) * integral(alive) + dropout * integral(v * alive)
    kept, month = alive * before.unlost(v), before.months
    falling = alive * np.where(v < month, -before.death / month, 0.0)
    jump = before.manufacturing_failure * np.exp(-dropout * month) * curve.survival(np.array(month))
    out = x - (1 + dropout * x) * integral(kept) + dropout * integral(v * kept)
    return out + x * integral(falling) - integral(v * falling) - jump * np.maximum(x - month, 0.0)


def _points(n: int) -> int:
    """Return the smallest length above n of which a Fourier transform is fast."""
    from scipy.fft import next_fast_len

    return next_fast_len(n + 1, real=True)


def frequencies(n: int) -> np.ndarray:
    """Return the roots of unity (W,), 1 first, at which n + 1 probabilities are read off."""
    points = _points(n)
    return np.exp(-2j * np.pi * np.arange(points // 2 + 1) / points)


def whole_power(base: np.ndarray, n: int) -> np.ndarray:
    """Return ``base ** n`` of complex numbers by squaring, five times as fast as numpy's power."""
    out, square = np.ones_like(base), base.copy()
    while n:
        if n & 1:
            out *= square
        n >>= 1
        if n:
            square *= square
    return out


def probabilities(generating: np.ndarray, n: int) -> np.ndarray:
    """Return the probabilities (..., n + 1) of 0 ... n events from values at `frequencies(n)`."""
    return np.clip(np.fft.irfft(generating, _points(n), axis=-1)[..., : n + 1], 0.0, 1.0)


def scenario_counts(design: Design, scenario: Scenario) -> Counts:
    """Return how many events there are by each month if a scenario is true."""
    conduct = design.conduct()
    groups = [
        (curve, s, n, None if isinstance(curve, Composite) else design.losses(name))
        for name, arm in design.arms.items()
        for s, (curve, n) in enumerate(zip(design.truths(scenario, name), arm.sizes))
        if n > 0
    ]
    total = sum(n for _, _, n, _ in groups)
    z = frequencies(total)

    def counts(months: np.ndarray) -> np.ndarray:
        generating = np.ones((len(months), z.size), complex)
        for curve, s, n, before in groups:
            p = event_probability(curve, conduct, s, months, before)
            generating *= whole_power(1 + p[:, None] * (z - 1), n)
        return probabilities(generating, total)

    return counts


def reached(counts: Counts, events: Sequence[int], months: np.ndarray) -> np.ndarray:
    """Return the probability (T, K) that the k-th event has come by each month."""
    below = np.cumsum(counts(np.asarray(months, float)), axis=1)
    return np.clip(1 - below[:, np.asarray(events) - 1], 0.0, 1.0)


def last_of(entering: Sequence[Entering]) -> Distribution:
    """Return the distribution function, M = 1, of the month in which the last patient enters."""

    def by(months: np.ndarray) -> np.ndarray:
        out = np.ones(len(months))
        for each in entering:
            there = np.clip(months[:, None] - each.opens, 0.0, each.closes - each.opens)
            out *= np.clip(there @ each.rates / each.patients, 0.0, 1.0) ** each.patients
        return out[:, None]

    return by
