"""The expected local information ratio: an effective sample size that is predictively consistent.

    elir  =  E[i(prior) / i_F],      i(prior) = -(log f)''

Neuenschwander et al. 2020, doi:10.1111/biom.13252.  It depends on the scale: on that of x a Beta density
with its weight at one end, the prior after nothing but successes, is misjudged (elir of Beta(9, 1) is 1,
of Beta(9, 1.001) 10); on the linear scale elir of any Beta(a, b) is a + b.  The two agree where the
density vanishes at the ends.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from trialdesign.priors.ess.information import POISSON, Unit
from trialdesign.priors.mixtures.mixture import ConjugateMixture
from trialdesign.probability.grid import unit_rule

NODES = 20  # a panel
PANELS, TAIL = 60, 1e-15  # of an expectation over a component, between its extreme quantiles
FARTHEST = 650.0  # where the linear scale ends: exp(-650) still is a number


def elir(mixture: ConjugateMixture, unit: Unit) -> float:
    """Return the expected local information ratio on the mixture's own scale."""
    if diverges(mixture, unit):
        return np.nan
    if not _canonical(mixture, unit):
        return expectation(mixture, lambda x: mixture.information(x) / unit.information(x))
    return _elir_by_parts(mixture) - _at_ends(mixture)


def linear_elir(mixture: ConjugateMixture, unit: Unit) -> float:
    """Return the expected local information ratio on the linear scale."""
    if _canonical(mixture, unit) and not diverges(mixture, unit):
        return _elir_by_parts(mixture)
    slope = mixture.kind.slope

    def ratio(x: np.ndarray) -> np.ndarray:
        return mixture.linear_information(x) / (unit.information(x) * slope(x) ** 2)

    return expectation(mixture, ratio)


def _canonical(mixture: ConjugateMixture, unit: Unit) -> bool:
    """Return whether a unit's information at x is 1 / (dx / d linear): binomial and Poisson data."""
    x = mixture.kind.quantile(np.array([0.3, 0.7]), mixture.first[0], mixture.second[0])
    same = np.allclose(unit.information(x) * mixture.kind.slope(x), 1)
    return mixture.family != "normal" and bool(same)


def _elir_by_parts(mixture: ConjugateMixture) -> float:
    """Return elir of a Beta or Gamma mixture without poles, in canonical units, on the linear scale.

    Where a parameter is near 1 the integrand of its definition falls off too slowly towards the ends.
    With h = dx / d linear = 1 / i_F and g = h (log f)' it is, integrated by parts,

        integral of f g^2 d linear  +  C,          C = 2 (Beta), 0 (Gamma).

    On the scale of x itself, f at its ends is subtracted, which is 0 unless a parameter is 1.
    """
    linear, width = _linear_rule(mixture)
    log_f, g = _height_and_slope(mixture, linear)
    beta = mixture.family == "beta"
    log_end, end = _height_and_slope(mixture, np.array([-FARTHEST, FARTHEST] if beta else [-FARTHEST]))
    rest = np.exp(log_end) @ np.abs(end)  # out there f is a power of the distance to the end
    return float(np.exp(log_f) * g**2 @ width + rest) + (2.0 if beta else 0.0)


def _at_ends(mixture: ConjugateMixture) -> float:
    """Return the sum of the densities of x at the ends of its range."""
    weight, first, second = mixture.weight, mixture.first, mixture.second
    low = weight[first == 1] @ second[first == 1]
    high = weight[second == 1] @ first[second == 1] if mixture.family == "beta" else 0.0
    return float(low + high)


def _height_and_slope(mixture: ConjugateMixture, linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log f and h (log f)' at points of the linear scale, exact however near the ends."""
    weight, first, second = (a[:, None] for a in (mixture.weight, mixture.first, mixture.second))
    kind, beta = mixture.kind, mixture.family == "beta"
    powers = first - 1, second - 1 if beta else second  # of x itself, whose density is that over h
    slopes, _ = kind.linear_slopes(kind.to_natural(linear), *powers)
    with np.errstate(divide="ignore"):
        parts = kind.log_powers(linear, *powers) + kind.log_constant(first, second) + np.log(weight)
    total = special.logsumexp(parts, axis=0)
    return total, (np.exp(parts - total) * np.where(parts > -700, slopes, 0)).sum(axis=0)


def _linear_rule(mixture: ConjugateMixture) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights on the linear scale, dense around each component, wide beyond."""
    centre, variance = mixture.kind.linear_moments(mixture.first, mixture.second)
    dense = centre[:, None] + np.sqrt(variance)[:, None] * np.linspace(-8, 8, 33)
    far = np.concatenate([-np.geomspace(1, FARTHEST, 30), np.geomspace(1, FARTHEST, 30)])
    highest = FARTHEST if mixture.family == "beta" else dense.max()
    edges = np.unique(np.clip(np.concatenate([dense.ravel(), far]), -FARTHEST, highest))
    t, w = unit_rule(NODES)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()


def diverges(mixture: ConjugateMixture, unit: Unit) -> bool:
    """Return whether a pole of the density makes `elir` diverge.

    It does for a Beta with a parameter below 1, and for a Gamma with a shape below 1 in exposure.
    """
    used = mixture.weight > 0
    if mixture.family == "beta":
        return bool((np.minimum(mixture.first, mixture.second)[used] < 1).any())
    below = mixture.family == "gamma" and (mixture.first[used] < 1).any()
    return bool(below) and unit.name == POISSON.name


def expectation(mixture: ConjugateMixture, f: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return E[f] by Gauss-Legendre panels over each component, on the logit of its probabilities."""
    t, w = unit_rule(NODES)
    reach = -special.logit(TAIL)
    edges = np.linspace(-reach, reach, PANELS + 1)
    half = np.diff(edges)[:, None] / 2
    z, dz = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    probability = special.expit(z) * special.expit(-z) * dz  # dF
    total = 0.0
    for weight, first, second in zip(mixture.weight, mixture.first, mixture.second):
        if weight > 0:
            x = mixture.kind.quantile(special.expit(z), first, second)
            x = np.clip(x, 1e-300, 1 - 1e-16) if mixture.family == "beta" else x
            total += weight * float(probability @ f(x))
    return total
