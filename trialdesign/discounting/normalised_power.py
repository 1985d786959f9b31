"""Normalised power prior: how far the evidence counts is itself unknown.

    p(theta, a)  =  initial(theta) L(theta)^a / C(a)  Beta(a),      C(a) = integral of initial L^a

Without C(a) the exponent would depend on constants of the likelihood.  Duan, Ye & Smith 2006,
doi:10.1002/env.752; Neuenschwander, Branson & Spiegelhalter 2009, doi:10.1002/sim.3722.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from scipy import special

from trialdesign.discounting._discount import DiscountKind
from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.distributions.conjugate import BETA
from trialdesign.probability.distributions.prior import Prior
from trialdesign.probability.distributions.real_line import TAIL, Beta
from trialdesign.probability.grid import unit_rule
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import specification

RARE = 1e-3  # of the exponent's prior; what lies beyond it has panels of its own


@specification
class NormalisedPower(DiscountKind):
    """Normalised power prior: the power prior's ``exponent`` has a prior; one exponent per stratum.

    Attributes
    ----------
    initial : prior
        Prior against which C(a) normalises: the stratum's own prior before any evidence.
    exponent : prior
        Beta prior of the exponent.
    """

    initial: Prior
    exponent: Beta = Beta(alpha=1.0, beta=1.0)
    kind: Literal["normalised_power"] = "normalised_power"
    of_its_own: ClassVar[tuple[str, ...]] = ("exponent",)  # fields that are no prior of the parameter
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "normalised_power", "initial": {"dist": "Normal", "mu": 0, "sigma": 2}},
    )

    def zones(self) -> tuple[Zone, ...]:
        """Return where this discount needs the grid."""
        return (Zone.of(self.initial),)

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray:
        """Return what each stratum's masses are multiplied by, (S, G), up to a constant per stratum."""
        log_likelihood, initial = past.summed(), self.initial.mass(axis.grid)
        log_likelihood -= log_likelihood.max(axis=1, keepdims=True)
        factor = 0.0
        for exponent, weight in zip(*_rule(self.exponent, axis.resolution.scale_nodes)):
            powered = np.exp(exponent * log_likelihood)
            factor = factor + weight * powered / (powered @ initial)[:, None]
        return factor

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC, the exponent sampled and C(a) summed over equidistant points."""
        exponent = self.exponent.raw(pm, f"{name}_exponent", past.n_strata)
        low, high = self.initial.support()
        points = np.linspace(low, high, 401)  # exact where one point falls on each sd of L
        with np.errstate(divide="ignore"):
            log_initial = self.initial.log_density(points) + np.log(points[1] - points[0])
        everywhere = past.total(np.repeat(points[:, None], past.n_strata, axis=1))
        normaliser = pm.math.logsumexp(exponent * everywhere + log_initial[:, None], axis=0)
        return twins.update(prior, lambda value: exponent * past.total(value) - normaliser)


def _rule(prior: Beta, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights for the exponent, dense at both ends of the prior's range.

    With exponent = I_r(4, 4), Gauss-Legendre nodes in r resolve L^a near 0 for a thousand patients, and
    poles of the prior as strong as Beta(1/4, 1/4).  Where the evidence contradicts the stratum's prior,
    exponents matter that are far below what their own prior makes plausible: in its tails, and beyond
    them, there are as many nodes again.
    """
    t, w = unit_rule(n_nodes)
    tails = BETA.quantile(np.array([TAIL, RARE, 1 - RARE, 1 - TAIL]), prior.alpha, prior.beta)
    edges = np.unique([0.0, *special.betaincinv(4, 4, tails), 1.0])
    half = np.diff(edges)[:, None] / 2
    r, w = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    nodes, rest = special.betainc(4, 4, r), special.betainc(4, 4, 1 - r)
    log = (prior.alpha - 1) * np.log(nodes) + (prior.beta - 1) * np.log(rest) + 3 * np.log(r * (1 - r))
    weights = w * np.exp(log - log.max())
    return nodes, weights / weights.sum()
