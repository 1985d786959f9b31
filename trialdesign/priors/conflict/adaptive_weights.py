"""Borrowing that adapts: a weight of the informative prior that the trial's own data choose.

The self-adapting mixture weighs "the truth is what the evidence says" against "it is off by a margin":

    w(y)  =  R / (1 + R),      R = p(y | centre) / max(p(y | centre - margin), p(y | centre + margin))

Yang et al. 2023, doi:10.1111/biom.13927.  The weight that maximises the marginal likelihood, empirical
Bayes, is 0 or 1: `empirical_bayes_weights`.  Both depend on the new trial's data, so they are no priors
and no discounts of a design, which must be stated before: they are rules to hold beside a robust prior
of fixed weight.  Discounts that adapt and are priors are those with an unknown scale or exponent.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from trialdesign.errors import SpecificationError
from trialdesign.priors.conflict.predictive import Predictive
from trialdesign.priors.conflict.sweet_spot import DriftCurve, drift_curve, error, posterior_means
from trialdesign.probability.marginal import Marginal


def adaptive_weights(expected: Predictive, margin: float | None) -> dict[str, np.ndarray]:
    """Return the weights of the informative prior by rule, (N,) each; none without a vague component.

    Parameters
    ----------
    expected : Predictive
        Of a prior whose vague component stands beside an informative one.
    margin : float or None
        Of the self-adapting rule, which is left out without it.
    """
    if expected.prior.vague is None:
        return {}
    found = {"empirical Bayes": empirical_bayes_weights(expected)}
    if margin is not None:
        found["self-adapting"] = self_adapting_weights(expected, margin)
    return found


def self_adapting_weights(expected: Predictive, margin: float) -> np.ndarray:
    """Return the weight of the informative prior after each outcome of binary data, shape (N,).

    Parameters
    ----------
    expected : Predictive
    margin : float
        Difference in response rate that would matter; off-centre rates beyond 0 or 1 are left out.
    """
    if not 0 < margin < 1:
        raise SpecificationError(
            f"`margin` must lie between 0 and 1; got {margin:g}. State it as a difference of rates."
        )
    centre = expected.prior.informative.mean(expected.prior.natural)
    off = [rate for rate in (centre - margin, centre + margin) if 0 < rate < 1]
    if not off:
        raise SpecificationError(
            f"`margin` must leave a response rate between 0 and 1 beside {centre:.3g}; got {margin:g}. "
            "Lower it."
        )
    endpoint, at = expected.endpoint, np.array([centre, *off])
    log = endpoint.log_likelihood(expected.every_outcome(), endpoint.scale.to_linear(at))
    return special.expit(log[:, 0] - log[:, 1:].max(axis=1))


def empirical_bayes_weights(expected: Predictive) -> np.ndarray:
    """Return 1 where the informative prior makes the outcome more likely than the vague one, else 0."""
    return (expected.under(expected.prior.informative) >= expected.under(vague_of(expected))).astype(
        float
    )


def adaptive_curve(expected: Predictive, weights: np.ndarray) -> DriftCurve:
    """Return the errors of adaptive borrowing, weights (N,) of the informative prior, over the truth."""
    informative, vague = expected.prior.informative, vague_of(expected)
    ours, theirs = weights * expected.under(informative), (1 - weights) * expected.under(vague)
    means = [posterior_means(expected, curve) for curve in (informative, vague)]
    estimate = (ours * means[0] + theirs * means[1]) / (ours + theirs)
    fixed = drift_curve(expected)
    adaptive = error(expected, estimate, fixed.truth)
    return DriftCurve(expected, fixed.centre, fixed.truth, adaptive, fixed.alone)


def vague_of(expected: Predictive) -> Marginal:
    """Return the vague component of a prior, or the stated prior where it has none."""
    return expected.prior.vague or expected.prior.stated
