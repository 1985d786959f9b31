"""Prior-data conflict: which results of the trial the prior does not expect, and what then happens.

    m(y) = sum_g mass_g p(y | theta_g),     Box's p-value of y = P(m(Y) <= m(y))

Box 1980, doi:10.2307/2982063.  A robust prior answers conflict by shifting weight to its vague part,

    w(y) = w m_vague(y) / ((1 - w) m_informative(y) + w m_vague(y)).

A stratum is judged by its own prior and data, before the other strata's data are in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialdesign.design.design import Design
from trialdesign.endpoints._endpoint import EndpointKind
from trialdesign.errors import SpecificationError
from trialdesign.priors.summary import Prior
from trialdesign.probability.marginal import Marginal

UNLIKELY = 0.05  # Box p-values below it are called a conflict
LARGEST = 20_000  # patients, or months of exposure


@dataclass(frozen=True, slots=True)
class Predictive:
    """What a prior expects of one stratum's data, outcome by outcome.

    Attributes
    ----------
    endpoint : Endpoint
    prior : Prior
    size : float
        Patients, or months of exposure.
    count : ndarray, shape (N,)
        Responders, events, or another result.
    likelihood : ndarray, shape (N, G)
        p(count | theta) at the nodes of the prior's grid.
    probability : ndarray, shape (N,)
        m(count) under the analysis prior.
    """

    endpoint: EndpointKind
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

    def every_outcome(self) -> np.ndarray:
        """Return the statistics (N, M) of each outcome, where they can be listed."""
        return self.endpoint.outcomes(int(self.size))

    def quantile(self, q: float) -> float:
        """Return the smallest count that is not exceeded with probability q."""
        at = np.searchsorted(np.cumsum(self.probability), q).clip(0, len(self.count) - 1)
        return self.count[at].item()

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
    if design.endpoint.results is None:
        raise SpecificationError(
            "prior-data conflict must be about results that are one number, such as responders, or "
            f"events at a constant hazard; got {design.endpoint.label}, whose shape matters as well. "
            "State distribution: exponential, or leave it out."
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
    count, likelihood = design.endpoint.predictive(prior.analysis.grid.nodes, prior.analysis.mass, size)
    return Predictive(design.endpoint, prior, size, count, likelihood, likelihood @ prior.analysis.mass)


def planned(design: Design, prior: Prior) -> Predictive:
    """Return what a prior expects of the planned patients of its own arm and stratum."""
    sizes = design.arm_of(prior.component).sizes
    return predict(design, prior, sizes[design.strata.index(prior.stratum)])
