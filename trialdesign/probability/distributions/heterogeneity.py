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
from trialdesign.specification.types import Positive

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
    Annotated[Positive, Tag("number")] | Annotated[ScalePrior, Tag("prior")],
    Discriminator(_number_or_prior),
]


def scale_rule(scale: float | Distribution, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights for a between-strata standard deviation (or variance).

    With s the prior's scale, r in (0, 1) and value = s r^2 / (1 - r), Gauss-Legendre nodes in r are
    dense near zero, where strata pool, and reach infinity, where a heavy tail is smooth in 1 / value.

    Parameters
    ----------
    scale : float or Distribution
        A fixed value gives one node.
    n_nodes : int

    Returns
    -------
    nodes, weights : ndarray, shape (n_nodes,) or (1,)
        Positive nodes; weights sum to one.
    """
    if not isinstance(scale, Distribution):
        return np.array([float(scale)]), np.ones(1)
    low, high = scale.support()
    if low > 0:
        return _log_rule(scale, n_nodes)
    unit = max(float(scale.quantile(0.5)), 1e-8)
    start, stop = (2 / (1 + np.sqrt(1 + 4 * unit / v)) if v > 0 else 0.0 for v in (low, high))
    t, w = unit_rule(n_nodes)
    r = start + (stop - start) * (t + 1) / 2
    nodes = unit * r * r / (1 - r)
    slope = unit * r * (2 - r) / (1 - r) ** 2
    weights = w / 2 * (stop - start) * slope * scale.density(nodes)
    return nodes, weights / weights.sum()


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
