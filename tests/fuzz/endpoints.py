"""Likelihoods and estimands of the endpoints, on the linear scale, and where criteria cut it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special

REACH = {"binary": (-20.0, 20.0), "time_to_event": (-20.0, 6.0)}


def log_likelihood(kind: str, row: Mapping, x: np.ndarray, reading: str = "middle") -> np.ndarray:
    """Return the log likelihood of one row of counts at points of the linear scale."""
    if kind == "binary":
        y, n = row["responders"], row["n"]
        return y * special.log_expit(x) + (n - y) * special.log_expit(-x)
    return row["events"] * x - exposure(row, reading) * np.exp(x)


def exposure(row: Mapping, reading: str) -> float:
    """Return the months of a row, of bounds as they are read."""
    months = row["exposure"]
    if not isinstance(months, Mapping):
        return months
    return {
        "lower": months["lower"],
        "upper": months["upper"],
        "middle": (months["lower"] + months["upper"]) / 2,
    }[reading]


def sharpness(kind: str, row: Mapping, x: np.ndarray, reading: str = "middle") -> np.ndarray:
    """Return minus the second derivative of a row's log likelihood, cut where it has vanished."""
    if kind == "binary":
        return row["n"] * special.expit(x) * special.expit(-x)
    events = row["events"]
    return np.minimum(exposure(row, reading) * np.exp(x), 2 * events + 60)


def natural(criterion: Mapping):
    """Return phi, its inverse, whether phi increases, and how arms are compared: alone, difference or
    ratio."""
    name, at, to = criterion["estimand"], criterion.get("at"), criterion.get("to")
    rate = np.exp
    if name in ("response", "difference", "ratio"):
        how = {"response": "alone"}.get(name, name)
        return special.expit, special.logit, True, how
    if name == "log_odds_ratio":
        return (lambda x: x), (lambda v: v), True, "difference"
    if name in ("hazard", "hazard_ratio"):
        return rate, np.log, True, "alone" if name == "hazard" else "ratio"
    if name == "median":
        return (lambda x: np.log(2) / rate(x)), (lambda v: np.log(np.log(2) / v)), False, "alone"
    if name in ("survival", "survival_difference"):
        inverse = lambda v: np.log(-np.log(v) / at)
        return (lambda x: np.exp(-at * rate(x))), inverse, False, _how(name)
    return (lambda x: _mean(rate(x), to)), (lambda v: _rate_of_mean(v, to)), False, _how(name)


def _how(name: str) -> str:
    return "difference" if name.endswith("difference") else "alone"


def _mean(rate: np.ndarray, to: float) -> np.ndarray:
    """Return the mean event-free time up to a month."""
    x = rate * to
    small = np.where(x < 1e-8, x, 1.0)
    return to * np.where(x < 1e-8, 1 - small / 2, -np.expm1(-x) / np.where(x > 0, x, 1.0))


def _rate_of_mean(value: np.ndarray, to: float) -> np.ndarray:
    """Return the log hazard whose restricted mean it is, by bisection."""
    low, high = np.full(np.shape(value), -60.0), np.full(np.shape(value), 60.0)
    for _ in range(90):
        middle = (low + high) / 2
        less = _mean(np.exp(middle), to) > value
        low, high = np.where(less, middle, low), np.where(less, high, middle)
    return np.where(value >= to, -np.inf, np.where(value <= 0, np.inf, (low + high) / 2))


def cut(criterion: Mapping, control: np.ndarray | None) -> np.ndarray:
    """Return the treatment's parameter at which the estimand is the threshold, for controls (M,)."""
    phi, inverse, _, how = natural(criterion)
    threshold = criterion.get("greater_than", criterion.get("less_than"))
    if how == "alone":
        value = np.array([threshold], float)
    elif how == "difference":
        value = phi(control) + threshold
    else:
        value = phi(control) * threshold
    return solve(inverse, phi, value)


def solve(inverse, phi, value: np.ndarray) -> np.ndarray:
    """Return phi's inverse, infinite where phi never takes the value."""
    low, high = phi(np.array(-700.0)), phi(np.array(700.0))
    increasing = high > low
    bottom, top = min(low, high), max(low, high)
    inside = (value > bottom) & (value < top)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = inverse(np.where(inside, value, np.nan))
    beyond = np.where(value <= bottom, -np.inf, np.inf) * (1 if increasing else -1)
    return np.where(inside, found, beyond)


def greater(criterion: Mapping) -> bool:
    """Return whether the statement is that the treatment's parameter lies above the cut."""
    increasing = natural(criterion)[2]
    return increasing == ("greater_than" in criterion)


def bends(criterion: Mapping) -> list[float]:
    """Return the points at which the cut, as a function of the other arm, goes to infinity."""
    phi, inverse, _, how = natural(criterion)
    threshold = criterion.get("greater_than", criterion.get("less_than"))
    ends = [float(phi(np.array(side))) for side in (-700.0, 700.0)]
    if how == "alone" or not np.all(np.isfinite(ends)) or np.ptp(ends) > 600:
        return []
    if how == "difference":
        values = [end + sign * threshold for end in ends for sign in (-1, 1)]
    else:
        values = [end * threshold for end in ends] + [end / threshold for end in ends if threshold]
    found = solve(inverse, phi, np.array(values))
    return sorted({float(x) for x in found if np.isfinite(x)})
