"""Prior-data conflict: which results of the trial the prior does not expect, and what then happens.

    m(y) = sum_g mass_g p(y | theta_g),     Box's p-value of y = P(m(Y) <= m(y))

Box 1980, doi:10.2307/2982063.  A robust prior answers conflict by shifting weight to its vague part,

    w(y) = w m_vague(y) / ((1 - w) m_informative(y) + w m_vague(y)).

A stratum is judged by its own prior and data, before the other strata's data are in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.priors.summary import Prior
from trialdesign.probability.marginal import Marginal

UNLIKELY = 0.05  # Box p-values below it are called a conflict
NEGLIGIBLE = 1e-9  # probability left out where the counts have no upper end
MOST_COUNTS = 2000
LARGEST = 20_000  # patients, or months of exposure


@dataclass(frozen=True, slots=True)
class Predictive:
    """What a prior expects of one stratum's data, outcome by outcome.

    Attributes
    ----------
    prior : Prior
    size : float
        Patients, or months of exposure.
    count : ndarray of int, shape (N,)
        Responders, or events.
    likelihood : ndarray, shape (N, G)
        p(count | theta) at the nodes of the prior's grid.
    probability : ndarray, shape (N,)
        m(count) under the analysis prior.
    """

    prior: Prior
    size: float
    count: np.ndarray
    likelihood: np.ndarray
    probability: np.ndarray

    def box_p_values(self) -> np.ndarray:
        """Return Box's p-value of each outcome under the analysis prior, shape (N,)."""
        return _box(self.probability)

    def conflict(self) -> np.ndarray:
        """Return Box's p-value of each outcome under the informative prior, shape (N,).

        A robust prior expects everything a little; what conflicts with its evidence is seen without
        the vague component.
        """
        return _box(self.under(self.prior.informative))

    def vague_weights(self) -> np.ndarray | None:
        """Return the posterior weight of the vague component after each outcome, or None without one."""
        if self.prior.vague is None:
            return None
        return self.prior.vague_weight * self.under(self.prior.vague) / self.probability

    def under(self, curve: Marginal) -> np.ndarray:
        """Return m(count) under another prior on the same grid."""
        return self.likelihood @ curve.mass

    def quantile(self, q: float) -> int:
        """Return the smallest count that is not exceeded with probability q."""
        return int(
            self.count[np.searchsorted(np.cumsum(self.probability), q).clip(0, len(self.count) - 1)]
        )

    def mean(self) -> float:
        """Return the expected count."""
        return float(self.probability @ self.count)


def _box(probability: np.ndarray) -> np.ndarray:
    """Return P(m(Y) <= m(y)); outcomes that are equally likely to nine digits share it."""
    ordered = np.sort(probability)
    last = np.searchsorted(ordered, probability * (1 + 1e-9), side="right") - 1
    return np.minimum(np.cumsum(ordered)[last], 1.0)


def predict(design: Design, prior: Prior, size: float) -> Predictive:
    """Return what a prior expects of ``size`` patients, or months of exposure.

    Raises
    ------
    SpecificationError
        The component is an effect, or the endpoint has no counts.
    """
    if prior.component == "effect":
        raise SpecificationError(
            "prior-data conflict must be about counts in one arm; got an effect. "
            "Choose --component control or treatment."
        )
    counts = _COUNTS.get(design.endpoint.columns)
    if counts is None:
        family = getattr(design.endpoint, "distribution", None)
        told = f" with distribution {family}" if family else ""
        raise SpecificationError(
            "prior-data conflict must be about responders, or events at a constant hazard; got a "
            f"{design.endpoint.kind} endpoint{told}. State distribution: exponential, or leave it out."
        )
    if not size > 0:
        raise SpecificationError(
            f"the predictive distribution must be of 1 patient or more; got {size:g} in "
            f"{prior.stratum}. Plan patients there, or leave the stratum out."
        )
    if size > LARGEST:
        raise SpecificationError(
            f"the predictive distribution must be of {LARGEST:,} patients or months at most; got "
            f"{size:,.0f} in {prior.stratum}. Plan fewer."
        )
    count, likelihood = counts(prior, size)
    return Predictive(prior, size, count, likelihood, likelihood @ prior.analysis.mass)


def planned(design: Design, prior: Prior) -> Predictive:
    """Return what a prior expects of the planned patients of its own arm and stratum."""
    arm = "treatment" if prior.component == "effect" else prior.component
    return predict(design, prior, design.sizes(arm)[design.strata.index(prior.stratum)])


def _binomial(prior: Prior, n: float) -> tuple[np.ndarray, np.ndarray]:
    """Return counts (N,) and their binomial probabilities (N, G)."""
    count, linear = np.arange(int(n) + 1), prior.analysis.grid.nodes
    log_choose = -special.betaln(count + 1, n - count + 1) - np.log1p(n)
    up, down = special.log_expit(linear), special.log_expit(-linear)
    return count, np.exp(log_choose[:, None] + np.outer(count, up) + np.outer(n - count, down))


def _poisson(prior: Prior, exposure: float) -> tuple[np.ndarray, np.ndarray]:
    """Return counts (N,) up to a negligible rest, and their Poisson probabilities (N, G)."""
    linear = prior.analysis.grid.nodes + np.log(exposure)
    largest, total = 16, 0.0
    while total < 1 - NEGLIGIBLE and largest < MOST_COUNTS:
        largest = min(2 * largest, MOST_COUNTS)
        count = np.arange(largest + 1)
        rate = np.exp(linear)
        likelihood = np.exp(np.outer(count, linear) - rate - special.gammaln(count + 1)[:, None])
        total = float((likelihood @ prior.analysis.mass).sum())
    return count, likelihood


# what an endpoint counts -> distribution of its counts
_COUNTS = {
    ("n", "responders"): _binomial,
    ("events", "exposure"): _poisson,
    ("count", "exposure"): _poisson,
}
