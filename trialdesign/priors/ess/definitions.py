"""Effective sample size: how many units of information a prior is worth.

elir    the expected local information ratio (`elir`), the one that is predictively consistent.
moment  that of the conjugate distribution with the same mean and standard deviation; for a Normal
        mixture E[1 / i_F] / variance.
morita  (i(prior) - i(flat prior)) / E[i(one unit)] at the mode.  Morita et al. 2008,
        doi:10.1111/j.1541-0420.2007.00888.x, as Neuenschwander et al. 2020, doi:10.1111/biom.13252.

A mixture with a flat or vague part is worth much less by `moment` than by `morita`; elir lies between.
"""

from __future__ import annotations

import numpy as np

from trialdesign.priors.ess.elir import elir, expectation, linear_elir
from trialdesign.priors.ess.information import EXPONENTIAL, Unit
from trialdesign.priors.mixtures.mixture import ConjugateMixture

METHODS = ("elir", "moment", "morita")
FLATTENED = 100.0  # the factor by which the flat prior of `morita` is weaker


def effective_sample_size(mixture: ConjugateMixture, method: str, unit: Unit) -> float:
    """Return the effective sample size by ``elir``, ``moment`` or ``morita`` on the mixture's own scale.

    Returns
    -------
    float
        nan where the definition has no finite value (`elir.diverges`).  elir is negative where the log
        density is convex on average, as that of a Gamma with a shape below 1, counted in events.
    """
    return {"elir": elir, "moment": moment, "morita": morita}[method](mixture, unit)


def linear_sample_size(mixture: ConjugateMixture, method: str, unit: Unit) -> float:
    """Return the same with elir and morita on the linear scale (logit, log), where both always exist.

    ``unit`` still gives its information on the mixture's own scale.
    """
    return {"elir": linear_elir, "moment": moment, "morita": linear_morita}[method](mixture, unit)


def moment(mixture: ConjugateMixture, unit: Unit) -> float:
    """Return the size of the conjugate distribution with the same mean and standard deviation."""
    mean, variance = mixture.mean(), mixture.sd() ** 2
    if mixture.family != "normal":  # one unit's information at the mean, against the precision
        return 1 / variance / float(unit.information(np.array(mean))) - mixture.kind.spare
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
    """Of exposure, a unit's information is count / rate^2, and its count is the mean on average."""
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


def linear_morita(mixture: ConjugateMixture, unit: Unit) -> float:
    """Return the excess of information over a flat prior at the mode, on the linear scale."""
    from scipy.optimize import minimize_scalar

    slope, kind = mixture.kind.slope, mixture.kind

    def depth(x: float) -> float:
        point = np.array(x)
        return -float(mixture.log_density(point) + np.log(slope(point)))

    found = [
        minimize_scalar(
            depth, bounds=tuple(kind.quantile(np.array([0.005, 0.995]), a, b)), method="bounded"
        ).x
        for a, b in zip(mixture.first, mixture.second)
    ]
    at = np.array(min(found, key=depth))
    variance = expectation(mixture, lambda x: kind.to_linear(x) ** 2)
    variance -= expectation(mixture, kind.to_linear) ** 2
    excess = float(mixture.linear_information(at)) - 1 / (FLATTENED * variance)
    return excess / float(unit.information(at) * slope(at) ** 2)
