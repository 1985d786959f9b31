"""The sweet spot: how far the truth may lie from what the evidence says, and borrowing still helps.

For a true response rate or hazard, the posterior mean under a prior has the root mean squared error

    rmse(truth)^2  =  sum_y p(y | truth) (E[natural | y] - truth)^2,

exact over every outcome y.  Borrowing helps where that of the analysis prior is below that of the stated
prior, which has learned from no patient.  Viele et al. 2014, doi:10.1002/pst.1589.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialdesign.errors import SpecificationError
from trialdesign.priors.conflict.predictive import Predictive
from trialdesign.probability.marginal import Marginal

TRUTHS = 401  # equidistant between 0 and 1


@dataclass(frozen=True, slots=True)
class DriftCurve:
    """Errors with and without borrowing, over the truth, in one stratum of a binary trial.

    Attributes
    ----------
    expected : Predictive
    centre : float
        Mean response rate of the informative prior: no drift.
    truth : ndarray, shape (T,)
    borrowing, alone : ndarray, shape (T,)
        Root mean squared errors under the analysis prior and the stated prior.
    """

    expected: Predictive
    centre: float
    truth: np.ndarray
    borrowing: np.ndarray
    alone: np.ndarray

    def sweet_spot(self) -> tuple[float, float] | None:
        """Return the range of truths around the centre in which borrowing has the smaller error.

        None where it helps nowhere near the centre.
        """
        gain = self.alone - self.borrowing
        start = int(np.abs(self.truth - self.centre).argmin())
        if gain[start] <= 0:
            return None
        return self._crossing(gain, start, -1), self._crossing(gain, start, +1)

    def _crossing(self, gain: np.ndarray, start: int, step: int) -> float:
        """Return where the gain changes sign, walking from the centre, or the end of the scale."""
        i = start
        while 0 <= i + step < gain.size:
            if gain[i + step] <= 0:
                fraction = gain[i] / (gain[i] - gain[i + step])
                return float(self.truth[i] + fraction * (self.truth[i + step] - self.truth[i]))
            i += step
        return float(self.truth[i])


def drift_curve(expected: Predictive) -> DriftCurve:
    """Return the errors with and without borrowing over every true response rate.

    Raises
    ------
    SpecificationError
        The prior is not of a response rate, or has no evidence to drift from.
    """
    prior = expected.prior
    if expected.count.size != expected.size + 1:
        raise SpecificationError(
            "the sweet spot must be that of a binary endpoint, whose outcomes can be listed; got "
            "another. Leave it out."
        )
    if prior.analysis is prior.stated:
        raise SpecificationError(
            f"the sweet spot must be that of a prior with evidence; {prior.component} has none. "
            "Add evidence, or choose another component."
        )
    truth = np.linspace(0, 1, TRUTHS)
    errors = [
        error(expected, posterior_means(expected, curve), truth)
        for curve in (prior.analysis, prior.stated)
    ]
    return DriftCurve(expected, prior.informative.mean(prior.natural), truth, *errors)


def posterior_means(expected: Predictive, curve: Marginal) -> np.ndarray:
    """Return the posterior mean on the natural scale after each outcome under a prior, shape (N,)."""
    natural = expected.prior.natural(curve.grid.nodes)
    return expected.likelihood @ (curve.mass * natural) / expected.under(curve)


def error(expected: Predictive, estimate: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the root mean squared error (T,) of an estimate (N,), one an outcome of binary data."""
    endpoint = expected.endpoint
    likely = endpoint.probabilities(expected.every_outcome(), endpoint.scale.to_linear(truth))
    return np.sqrt((likely * (estimate[:, None] - truth) ** 2).sum(axis=0))
