"""Mixture approximation of a prior, by EM on the nodes of its grid.

No draws: each node counts with its probability, so the same prior always gives the same mixture.  The
fit maximises E[log q], that is, minimises the Kullback-Leibler divergence KL(p, q) of the mixture q
from the prior p.  Dempster, Laird & Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.priors.mixtures.mixture import ConjugateMixture, log_sum
from trialdesign.priors.mixtures.most_likely import LOWEST, MAXIMISE, STATISTICS
from trialdesign.probability.distributions.conjugate import FAMILIES
from trialdesign.probability.marginal import Marginal

# A mixture is usually fitted to draws.  These stand for the draws that a fit by MCMC keeps by default,
# four chains of 1,000, and the penalty of Akaike's criterion is 6 a parameter (Collett 2003), so that
# a further component must lower the divergence by 9 / 4000 = 0.00225.
NOMINAL_DRAWS = 4000
PENALTY = 6
MOST_COMPONENTS = 4
ITERATIONS = 3000
TOLERANCE = 1e-7  # of E[log q] in an iteration: leaves below 1 of AIC, where a component costs 18


@dataclass(frozen=True, slots=True)
class MixtureFit:
    """A mixture that approximates a prior.

    Attributes
    ----------
    mixture : ConjugateMixture
    divergence : float
        KL(prior, mixture), in nats, 0 or more.
    aic : float
        Of the nominal number of draws.
    """

    mixture: ConjugateMixture
    divergence: float
    aic: float


def fit_mixture(
    prior: Marginal,
    family: str,
    natural: Callable[[np.ndarray], np.ndarray],
    components: int | None = None,
) -> MixtureFit:
    """Return the mixture that approximates a prior, its number of components chosen by AIC.

    Parameters
    ----------
    prior : Marginal
    family : {"beta", "gamma", "normal"}
    natural : callable
        Linear scale to the scale of the family.
    components : int, optional
        Take this number of components, 1 to 4, instead.

    Notes
    -----
    No parameter of a Beta component is below 1: there its density has a pole, and its ELIR diverges.
    """
    sample = _Sample.of(prior, family, natural)
    if components is not None:
        return _best(sample, family, components)
    best = _best(sample, family, 1)
    for number in range(2, MOST_COMPONENTS + 1):
        if 2 * NOMINAL_DRAWS * best.divergence <= 3 * PENALTY:
            break  # not even a perfect fit would pay for one more component
        fit = _best(sample, family, number)
        if fit.aic >= best.aic:
            break
        best = fit
    return best


@dataclass(frozen=True, slots=True)
class _Sample:
    """N nodes on a family's scale: their probabilities, log densities and sufficient statistics."""

    x: np.ndarray
    probability: np.ndarray
    log_density: np.ndarray
    statistics: np.ndarray

    @classmethod
    def of(cls, prior: Marginal, family: str, natural) -> _Sample:
        linear, probability = prior.grid.nodes, np.maximum(prior.mass, 0.0)
        density = prior.density(linear)
        keep = (probability > 1e-14) & (density > 0)
        linear, probability, density = linear[keep], probability[keep], density[keep]
        x = natural(linear)
        log_density = np.log(density / FAMILIES[family].slope(x))
        return cls(x, probability / probability.sum(), log_density, STATISTICS[family](linear, x))


def _best(sample: _Sample, family: str, number: int) -> MixtureFit:
    """Return the better of the fits from two starts."""
    starts = [_slices, _widths] if number > 1 else [_slices]
    found = [_climb(sample, family, start(sample, number)) for start in starts]
    mixture, height = max(found, key=lambda pair: pair[1])
    order = np.argsort(-mixture.weight, kind="stable")
    parts = (array[order] for array in (mixture.weight, mixture.first, mixture.second))
    divergence = float(sample.probability @ sample.log_density) - height
    aic = -2 * NOMINAL_DRAWS * height + PENALTY * (3 * number - 1)
    return MixtureFit(ConjugateMixture(family, *parts), max(divergence, 0.0), aic)


def _slices(sample: _Sample, number: int) -> np.ndarray:
    """Return first memberships (C, N): slices of equal probability."""
    below = np.cumsum(sample.probability) - sample.probability / 2
    return (np.floor(below * number) == np.arange(number)[:, None]).astype(float)


def _widths(sample: _Sample, number: int) -> np.ndarray:
    """Return first memberships (C, N): one centre, ever wider."""
    z = special.ndtri(np.cumsum(sample.probability) - sample.probability / 2)
    sds = 0.5 * 3.0 ** np.arange(number)[:, None]
    return special.softmax(-0.5 * (z / sds) ** 2 - np.log(sds), axis=0)


def _climb(sample: _Sample, family: str, member: np.ndarray) -> tuple[ConjugateMixture, float]:
    """Return the mixture at which EM comes to rest, and E[log q] there.

    Squared extrapolation: two steps of EM give a direction, and the long step along it is kept if it
    climbs higher.  Varadhan & Roland 2008, doi:10.1111/j.1467-9469.2007.00585.x.
    """
    mixture = _maximise(sample, family, member)
    height = _height(sample, mixture)
    for _ in range(ITERATIONS):
        once = _step(sample, mixture)
        twice = _step(sample, once)
        best, reached = twice, _height(sample, twice)
        far = _extrapolated(mixture, once, twice)
        if far is not None:
            far = _step(sample, far)
            distance = _height(sample, far)
            if distance > reached:
                best, reached = far, distance
        mixture, before, height = best, height, reached
        if height - before < TOLERANCE:
            break
    return mixture, height


def _height(sample: _Sample, mixture: ConjugateMixture) -> float:
    """Return E[log q]."""
    return float(sample.probability @ mixture.log_density(sample.x))


def _step(sample: _Sample, mixture: ConjugateMixture) -> ConjugateMixture:
    """Return the mixture after one step of EM."""
    parts = mixture.log_parts(sample.x)
    return _maximise(sample, mixture.family, np.exp(parts - log_sum(parts)))


def _extrapolated(
    start: ConjugateMixture, once: ConjugateMixture, twice: ConjugateMixture
) -> ConjugateMixture | None:
    """Return the mixture far along the path of two steps, or None where it leaves the parameters."""
    points = [_free(mixture) for mixture in (start, once, twice)]
    step, bend = points[1] - points[0], points[2] - 2 * points[1] + points[0]
    if not np.abs(bend).max() > 1e-14:
        return None
    length = max(1.0, np.linalg.norm(step) / np.linalg.norm(bend))
    weight, first, second = points[0] + 2 * length * step + length**2 * bend
    lowest, second = LOWEST[start.family], np.exp(np.clip(second, -50, 50))
    if start.family != "normal":
        first = np.maximum(np.exp(np.clip(first, -50, 50)), lowest)
    if start.family == "beta":
        second = np.maximum(second, lowest)
    return ConjugateMixture(start.family, special.softmax(weight), first, second)


def _free(mixture: ConjugateMixture) -> np.ndarray:
    """Return the parameters (3, C) on unbounded scales."""
    first = mixture.first if mixture.family == "normal" else np.log(mixture.first)
    return np.stack([np.log(mixture.weight), first, np.log(mixture.second)])


def _maximise(sample: _Sample, family: str, member: np.ndarray) -> ConjugateMixture:
    """Return the mixture that is best for given memberships (C, N)."""
    counted = member * sample.probability
    weight = np.maximum(counted.sum(axis=1), 1e-12)
    averages = counted @ sample.statistics.T / weight[:, None]
    return ConjugateMixture(family, weight / weight.sum(), *MAXIMISE[family](averages.T))
