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

from .marginal import Marginal
from .mixtures import ConjugateMixture

# A mixture is usually fitted to draws.  These stand for the draws that a fit by MCMC keeps by default,
# four chains of 1,000, and the penalty of Akaike's criterion is 6 a parameter (Collett 2003), so that
# a further component must lower the divergence by 9 / 4000 = 0.00225.
NOMINAL_DRAWS = 4000
PENALTY = 6
MOST_COMPONENTS = 4
ITERATIONS = 3000
TOLERANCE = 1e-10  # of E[log q] an iteration; times NOMINAL_DRAWS still far below the penalty


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
    at_least: float = 1.0,
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
    at_least : float
        Lower bound of a Beta's parameters and of a Gamma's shape; below 1 a density has a pole, and
        its ELIR diverges.
    """
    sample = _Sample.of(prior, family, natural)
    numbers = range(1, MOST_COMPONENTS + 1) if components is None else [components]
    fits = [_best(sample, family, number, at_least) for number in numbers]
    return min(fits, key=lambda fit: fit.aic)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Nodes on the family's scale, their probabilities, the log density there, and sufficient statistics."""

    x: np.ndarray
    probability: np.ndarray
    log_density: np.ndarray
    statistics: np.ndarray

    @classmethod
    def of(cls, prior: Marginal, family: str, natural) -> _Sample:
        linear = prior.grid.nodes
        probability = np.maximum(prior.mass, 0.0)
        density = prior.density(linear)
        keep = (probability > 1e-14) & (density > 0)
        linear, probability, density = linear[keep], probability[keep], density[keep]
        x = linear if family == "normal" else natural(linear)
        x = np.clip(x, 1e-300, 1 - 1e-16) if family == "beta" else x
        slope = {"beta": x * (1 - x), "gamma": x, "normal": np.ones_like(x)}[family]
        statistics = {
            "beta": lambda: np.stack([special.log_expit(linear), special.log_expit(-linear)]),
            "gamma": lambda: np.stack([np.log(x), x]),
            "normal": lambda: np.stack([x, x * x]),
        }[family]()
        return cls(x, probability / probability.sum(), np.log(density / slope), statistics)


def _best(sample: _Sample, family: str, number: int, at_least: float) -> MixtureFit:
    """Return the best of the fits from both starts."""
    starts = [_slices, _widths] if number > 1 else [_slices]
    found = [_climb(sample, family, start(sample, number), at_least) for start in starts]
    mixture, height = max(found, key=lambda pair: pair[1])
    divergence = float(sample.probability @ sample.log_density) - height
    aic = -2 * NOMINAL_DRAWS * height + PENALTY * (3 * number - 1)
    order = np.argsort(-mixture.weight, kind="stable")
    mixture = ConjugateMixture(family, mixture.weight[order], mixture.first[order], mixture.second[order])
    return MixtureFit(mixture, max(divergence, 0.0), aic)


def _slices(sample: _Sample, number: int) -> np.ndarray:
    """Return first memberships (C, N): slices of equal probability."""
    below = np.cumsum(sample.probability) - sample.probability / 2
    return (np.floor(below * number) == np.arange(number)[:, None]).astype(float)


def _widths(sample: _Sample, number: int) -> np.ndarray:
    """Return first memberships (C, N): one centre, ever wider."""
    below = np.cumsum(sample.probability) - sample.probability / 2
    z = special.ndtri(below)
    sds = 0.5 * 3.0 ** np.arange(number)[:, None]
    log = -0.5 * (z / sds) ** 2 - np.log(sds)
    return special.softmax(log, axis=0)


def _climb(
    sample: _Sample, family: str, member: np.ndarray, at_least: float
) -> tuple[ConjugateMixture, float]:
    """Return the mixture at which EM comes to rest, and E[log q] there."""
    mixture, height = _maximise(sample, family, member, at_least), -np.inf
    for _ in range(ITERATIONS):
        parts = mixture.log_parts(sample.x)
        log_density = special.logsumexp(parts, axis=0)
        before, height = height, float(sample.probability @ log_density)
        if height - before < TOLERANCE:
            break
        mixture = _maximise(sample, family, np.exp(parts - log_density), at_least)
    return mixture, height


def _maximise(sample: _Sample, family: str, member: np.ndarray, at_least: float) -> ConjugateMixture:
    """Return the mixture that is best for given memberships (C, N)."""
    counted = member * sample.probability
    weight = np.maximum(counted.sum(axis=1), 1e-12)
    averages = counted @ sample.statistics.T / weight[:, None]
    first, second = {"beta": _beta, "gamma": _gamma, "normal": _normal}[family](averages.T, at_least)
    return ConjugateMixture(family, weight / weight.sum(), first, second)
