"""Scales: standard deviations (or variances) between strata or studies, fixed or with a prior."""

from __future__ import annotations

from typing import Annotated, Union

import numpy as np
from pydantic import AfterValidator, Discriminator, Field, Tag

from trialdesign.probability.distributions.positive import (
    Exponential,
    HalfCauchy,
    HalfNormal,
    HalfStudentT,
    InverseGamma,
    LogNormal,
)
from trialdesign.probability.distributions.real_line import Distribution, Uniform
from trialdesign.probability.grid import unit_rule
from trialdesign.specification.types import Spread

USUAL = 1 - 1e-4  # of a scale's prior probability, where data do not contradict it
DROP = 18.0  # a log density so far below its largest holds less than 1e-7 of the probability
SMALLEST, LARGEST = 1e-6, 1e6  # scales beyond which strata are one, or strangers
SCALE = (HalfNormal, HalfCauchy, HalfStudentT, Uniform, Exponential, InverseGamma, LogNormal)


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
    Annotated[Spread, Tag("number")] | Annotated[ScalePrior, Tag("prior")],
    Discriminator(_number_or_prior),
]


def scale_rule(
    scale: float | Distribution, n_nodes: int, spread: float = 0.0, power: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights for a between-strata standard deviation (or variance).

    With s the prior's scale, r in (0, 1) and value = s r^2 / (1 - r), Gauss-Legendre nodes in r are
    dense near zero, where strata pool, and reach infinity, where a heavy tail is smooth in 1 / value.

    Parameters
    ----------
    scale : float or Distribution
        A fixed value gives one node.
    n_nodes : int
    spread : float
        How far apart data can put what scatters; where that is many times the prior's own scale, as
        many nodes again are added for the prior's tail.
    power : int
        2 for a standard deviation, 1 for a variance.

    Returns
    -------
    nodes, weights : ndarray, shape (N,), or (1,)
        Positive nodes, ``n_nodes`` of them unless some are added; weights sum to one.
    """
    if not isinstance(scale, Distribution):
        return np.array([float(scale)]), np.ones(1)
    low, high = scale.support()
    if low > 0:
        return _log_rule(scale, n_nodes)
    unit = max(float(scale.quantile(0.5)), 1e-8)
    farthest = _farthest(scale, high, spread, power)
    stops = [high] if farthest <= high else [float(scale.quantile(USUAL)), farthest]
    ends = [2 / (1 + np.sqrt(1 + 4 * unit / v)) if v > 0 else 0.0 for v in (low, *stops)]
    t, w = unit_rule(n_nodes)
    half = np.diff(ends)[:, None] / 2
    r = (np.array(ends[:-1])[:, None] + half * (t + 1)).ravel()
    nodes = unit * r * r / (1 - r)
    slope = unit * r * (2 - r) / (1 - r) ** 2
    weights = (half * w).ravel() * slope * scale.density(nodes)
    return nodes, weights / weights.sum()


def _farthest(scale: Distribution, high: float, spread: float, power: int) -> float:
    """Return the largest scale that data so far apart can ask for, at least ``high``."""
    if np.isinf(scale.density(np.array(high))) or spread == 0:
        return high
    x = high * np.geomspace(1e-3, 1e3, 1201)
    log = scale.log_density(x) - np.log(x) - spread**2 / (2 * x**power)
    return max(high, float(x[log > log.max() - DROP].max()))


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
