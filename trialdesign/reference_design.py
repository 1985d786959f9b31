"""The same design without borrowing: beside it is told what borrowing bought, and what it cost.

Every parameter keeps, in each stratum, the marginal prior that its component gives it before any
evidence; the evidence is removed, and no stratum informs another.  So two results differ by the
borrowing, and not by how vague the prior of a single stratum is.  For a hierarchical component,
theta_s ~ N(mu + offset_s, tau^2) with mu ~ N(m, v^2), the marginal prior is the mixture of normals

    theta_s ~ sum_j w_j N(m + offset_s, v^2 + tau_j^2)

over a quadrature rule (tau_j, w_j) of the prior of tau.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import singledispatch

import numpy as np

from .borrowing.exnex import Exnex
from .borrowing.hierarchical import Hierarchical
from .borrowing.independent import Independent
from .borrowing.pooled import Pooled
from .design import Component, Design
from .distributions import Distribution, Mixture, Normal, scale_rule
from .specification import per_stratum

RULE = (
    "the same marginal prior in each stratum, before any evidence; no evidence, and no stratum "
    "informs another"
)
SCALE_NODES = 24  # of the rule for tau; the marginal is smooth in it
FARTHEST = 0.999  # quantile of tau at which a heavy tail is drawn in, lest its normals be flat

Parts = list[tuple[float, Distribution]]


def borrows(design: Design) -> bool:
    """Return whether a stratum learns from anything but its own patients."""
    components = design.model.components().values()
    return any(component.evidence or component.strata.couples for component in components)


def without_borrowing(design: Design) -> Design:
    """Return a design with the evidence removed and the strata made independent.

    Parameters
    ----------
    design : Design

    Returns
    -------
    Design
        Each component that borrows has become ``independent``, with the marginal prior that it gave
        each stratum; every other part is the same.
    """
    components = {
        name: _alone(component, design.strata)
        for name, component in design.model.components().items()
    }
    model = replace(design.model, **components)
    return replace(design, title=f"{design.title} (without borrowing)", model=model)


def _alone(component: Component, strata: Sequence[str]) -> Component:
    if not component.strata.couples:
        return replace(component, evidence=[])
    priors = dict(zip(strata, marginal_priors(component.strata, strata), strict=True))
    same = len(set(map(repr, priors.values()))) == 1
    prior = next(iter(priors.values())) if same else priors
    return Component(strata=Independent(prior=prior))


@singledispatch
def marginal_priors(borrowing: object, strata: Sequence[str]) -> list[Distribution]:
    """Return the prior that a way of borrowing gives each stratum on its own, before any evidence.

    A prior of mu that is no normal, nor a mixture of them, is taken as the normal with its median and
    its central 95 % interval.  Where a nonexchangeable prior lives on the natural scale (Beta, Gamma)
    and cannot be mixed with normals, it stands for the whole.
    """
    raise TypeError(f"no marginal prior is known for {type(borrowing).__name__}")


@marginal_priors.register
def _(borrowing: Pooled, strata: Sequence[str]) -> list[Distribution]:
    return [borrowing.prior] * len(strata)


@marginal_priors.register
def _(borrowing: Hierarchical, strata: Sequence[str]) -> list[Distribution]:
    scale = borrowing.sd if borrowing.variance is None else borrowing.variance
    root = 1.0 if borrowing.variance is None else 0.5
    offsets = per_stratum(borrowing.offset, strata)
    return [_mixture(_scattered(borrowing.mean, scale, root, offset)) for offset in offsets]


@marginal_priors.register
def _(borrowing: Exnex, strata: Sequence[str]) -> list[Distribution]:
    weights = borrowing.weights(strata)
    priors = []
    for s, alone in enumerate(per_stratum(borrowing.nonexchangeable.prior, strata)):
        parts = [(weights[0, s] * weight, part) for weight, part in _parts(alone)]
        for component, own in zip(borrowing.exchangeable, weights[1:, s], strict=True):
            parts += [(own * weight, part) for weight, part in _scattered(component.mean, component.sd)]
        priors.append(alone if alone.natural_scale else _mixture(parts))
    return priors


def _scattered(
    mean: Distribution, scale: float | Distribution, root: float = 1.0, offset: float = 0.0
) -> Parts:
    """Return N(mu + offset, scale^(2 root)) averaged over the priors of mu and the scale."""
    nodes, weights = scale_rule(scale, SCALE_NODES)
    if isinstance(scale, Distribution):
        nodes = np.minimum(nodes, scale.quantile(FARTHEST))
    return [
        (float(own * weight), Normal(mu=float(mu + offset), sigma=float(np.hypot(sigma, tau))))
        for own, mu, sigma in _normals(mean)
        for tau, weight in zip(nodes**root, weights, strict=True)
    ]


def _normals(prior: Distribution) -> list[tuple[float, float, float]]:
    """Return (weight, mean, sd) of the normals of which a prior consists, or that resemble it."""
    return [
        (weight, part.mu, part.sigma) if part.dist == "Normal" else (weight, *_resembling(part))
        for weight, part in _parts(prior)
    ]


def _resembling(prior: Distribution) -> tuple[float, float]:
    """Return the mean and the sd of a normal with the median and the central 95 % interval of a prior."""
    low, middle, high = (_quantile(prior, q) for q in (0.025, 0.5, 0.975))
    return middle, (high - low) / (2 * 1.959964)


def _quantile(prior: Distribution, q: float) -> float:
    """Return a quantile, by bisection: not every distribution has a formula on the linear scale."""
    low, high = prior.support()
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if prior.cumulative(np.array(middle)) < q else (low, middle)
    return float((low + high) / 2)


def _parts(prior: Distribution) -> Parts:
    """Return the components of a mixture with their weights, or the prior with weight one."""
    if isinstance(prior, Mixture):
        return [(part.weight, part) for part in prior.mixture]
    return [(1.0, prior)]


def _mixture(parts: Parts) -> Distribution:
    """Return a mixture of distributions, or the one of which it would consist."""
    parts = [(weight, part) for weight, part in parts if weight > 0]
    if len(parts) == 1:
        return parts[0][1]
    return Mixture(mixture=[{**_plain(part), "weight": weight} for weight, part in parts])


def _plain(part: Distribution) -> dict:
    return {field.name: getattr(part, field.name) for field in fields(part)}
