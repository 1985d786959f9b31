"""Effective sample size: how many units of information a prior is worth.

elir    E[i(prior)] / i_F, the expected local information ratio, i(prior) = -(log f)'': the one that is
        predictively consistent.  Neuenschwander et al. 2020, doi:10.1111/biom.13252.
moment  that of the conjugate distribution with the same mean and standard deviation; for a Normal
        mixture E[1 / i_F] / variance.
morita  (i(prior) - i(flat prior)) / E[i(one unit)] at the mode.  Morita et al. 2008,
        doi:10.1111/j.1541-0420.2007.00888.x, as Neuenschwander et al. 2020, equation 9.

A mixture with a flat or vague part is worth much less by `moment` than by `morita`; elir lies between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from .mixtures import ConjugateMixture
from .quadrature import unit_rule

METHODS = ("elir", "moment", "morita")
FLATTENED = 100.0  # the factor by which the flat prior of `morita` is weaker
PANELS, NODES = 60, 20  # of the integral over each component, between its extreme quantiles
TAIL = 1e-13

Information = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Unit:
    """What counts as one unit, and the information that it brings.

    Attributes
    ----------
    name : str
        ``patients``, ``events``, ``months of exposure``.
    information : callable
        Expected (Fisher) information of one unit at points of the mixture's own scale.
    """

    name: str
    information: Information


BINOMIAL = Unit("patients", lambda p: 1 / (p * (1 - p)))  # p: a response probability
POISSON = Unit("months of exposure", lambda rate: 1 / rate)  # rate: events a month
EXPONENTIAL = Unit("events", lambda rate: 1 / rate**2)  # rate: a hazard a month
LOGIT = Unit("patients", lambda x: special.expit(x) * special.expit(-x))  # x: a log odds


def gaussian(sd: float) -> Unit:
    """Return the unit of a normal endpoint: a patient whose value scatters by ``sd``."""
    return Unit("patients", lambda x: np.full_like(x, sd**-2.0))


def effective_sample_size(mixture: ConjugateMixture, method: str, unit: Unit) -> float:
    """Return the effective sample size of a mixture, by ``elir``, ``moment`` or ``morita``.

    Returns
    -------
    float
        nan where the definition has no finite value: elir of a Beta mixture with a parameter below 1
        diverges, and so does that of a Gamma mixture with a shape below 1 in units of exposure.
    """
    return {"elir": elir, "moment": moment, "morita": morita}[method](mixture, unit)


def elir(mixture: ConjugateMixture, unit: Unit) -> float:
    """Return the expected local information ratio."""
    if diverges(mixture):
        return np.nan
    return expectation(mixture, lambda x: mixture.information(x) / unit.information(x))


def diverges(mixture: ConjugateMixture) -> bool:
    """Return whether a pole of the density makes elir diverge."""
    poles = {"beta": np.minimum(mixture.first, mixture.second), "gamma": mixture.first}
    lowest = poles.get(mixture.family)
    return lowest is not None and bool((lowest[mixture.weight > 0] < 1).any())


def moment(mixture: ConjugateMixture, unit: Unit) -> float:
    """Return the size of the conjugate distribution with the same mean and standard deviation."""
    mean, variance = mixture.mean(), mixture.sd() ** 2
    if mixture.family == "beta":
        return mean * (1 - mean) / variance - 1
    if mixture.family == "gamma":  # one unit's information at the mean, against the precision
        return 1 / variance / float(unit.information(np.array(mean)))
    return expectation(mixture, lambda x: 1 / unit.information(x)) / variance


def morita(mixture: ConjugateMixture, unit: Unit) -> float:
    """Return the excess of information over a flat prior at the mode, in units."""
    at = mode(mixture)
    flat, one = _FLAT[mixture.family](mixture, at, unit)
    return float((mixture.information(np.array(at)) - flat) / one)


def _flat_beta(mixture: ConjugateMixture, p: float, unit: Unit) -> tuple[float, float]:
    mean = mixture.mean()
    flat = (1 - p / FLATTENED) / p**2 + (1 - (1 - p) / FLATTENED) / (1 - p) ** 2
    return -flat, mean / p**2 + (1 - mean) / (1 - p) ** 2


def _flat_gamma(mixture: ConjugateMixture, rate: float, unit: Unit) -> tuple[float, float]:
    """Of exposure, a unit's observed information is count / rate^2, and its count depends on the mean."""
    if unit.name == EXPONENTIAL.name:
        return (1 / FLATTENED - 1) / rate**2, 1 / rate**2
    return (rate / FLATTENED - 1) / rate**2, mixture.mean() / rate**2


def _flat_normal(mixture: ConjugateMixture, x: float, unit: Unit) -> tuple[float, float]:
    return 1 / (FLATTENED * mixture.second.max() ** 2), float(unit.information(np.array(x)))


_FLAT = {"beta": _flat_beta, "gamma": _flat_gamma, "normal": _flat_normal}


def mode(mixture: ConjugateMixture) -> float:
    """Return the highest of the maxima near the components.

    Brent's search between each component's 0.5 % and 99.5 % quantiles, to 1.2e-4 of the scale: the
    search, and so the digits, of RBesT.  Of a flat density any point is a mode; this is where the
    search stops.
    """
    from scipy.optimize import minimize_scalar

    found = [
        minimize_scalar(
            lambda x: -float(mixture.log_density(np.array(x))),
            bounds=tuple(mixture.kind.quantile(np.array([0.005, 0.995]), first, second)),
            method="bounded",
            options={"xatol": np.finfo(float).eps ** 0.25},
        ).x
        for first, second in zip(mixture.first, mixture.second)
    ]
    return max(found, key=lambda x: float(mixture.log_density(np.array(x))))


def expectation(mixture: ConjugateMixture, f: Callable[[np.ndarray], np.ndarray]) -> float:
    """Return E[f] by Gauss-Legendre panels over each component, on the logit of its probabilities."""
    t, w = unit_rule(NODES)
    reach = -special.logit(TAIL)
    edges = np.linspace(-reach, reach, PANELS + 1)
    half = np.diff(edges)[:, None] / 2
    z, dz = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    share = special.expit(z) * special.expit(-z) * dz  # dF
    total = 0.0
    for weight, first, second in zip(mixture.weight, mixture.first, mixture.second):
        if weight > 0:
            x = mixture.kind.quantile(special.expit(z), first, second)
            total += weight * float(share @ f(x))
    return total
