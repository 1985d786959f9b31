"""What a prior is worth once the trial's data are in: borrowing is dynamic.

Neuenschwander et al. 2020, doi:10.1111/biom.13252, section 3; Wiesenfarth & Calderazzo 2020,
doi:10.1111/biom.13124.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.endpoints._endpoint import EndpointKind
from trialdesign.errors import SpecificationError
from trialdesign.priors.ess.density import LocalInformation
from trialdesign.priors.ess.elir import linear_elir
from trialdesign.priors.ess.information import LOGIT, Unit
from trialdesign.priors.ess.of_design import PriorWorth
from trialdesign.priors.mixtures.mixture import ConjugateMixture, update_beta
from trialdesign.probability.grid import unit_rule
from trialdesign.probability.marginal import Marginal


@dataclass(frozen=True, slots=True)
class ExpectedEssRow:
    """What a prior is worth once the trial's data are in, on average over them.

    Attributes
    ----------
    scenario, component, stratum : str
    planned : int
        Patients of the stratum in that arm.
    prior : float
        elir of the analysis prior, on the linear scale.
    expected : float
        Mean of posterior elir minus planned: what the prior adds once it has met the data.  Less than
        ``prior``, or negative, where the two are in conflict.
    """

    scenario: str
    component: str
    stratum: str
    planned: int
    prior: float
    expected: float


def expected_ess(design: Design, worths: Sequence[PriorWorth]) -> list[ExpectedEssRow]:
    """Return what the priors are worth after the trial, under each scenario, over every outcome.

    Strata are judged one at a time, by their own prior and data.

    Raises
    ------
    SpecificationError
        The endpoint is not binary: outcomes cannot be listed.
    """
    if not design.endpoint.listable:
        raise SpecificationError(
            "the expected effective sample size must be of an endpoint whose outcomes can be listed; "
            f"got {design.endpoint.label}. Leave it out."
        )
    rows, tables = [], {}
    for own in worths:
        if own.prior.component != "effect":
            key = (own.prior.analysis.mass.tobytes(), own.planned)  # strata may share a prior
            if key not in tables:
                if own.divergence is None:  # a conjugate prior, whose sizes are on its own scale
                    before = linear_elir(own.mixture, own.unit)
                    tables[key] = (
                        before,
                        prior_after(own.mixture, own.unit, design.endpoint, own.planned),
                    )
                else:
                    after = density_after(own.prior.analysis, design.endpoint, own.planned)
                    tables[key] = own.sizes["elir"], after
            rows += [_expected(design, own, *tables[key], each) for each in design.scenarios]
    return rows


def _expected(
    design: Design, own: PriorWorth, before: float, after: np.ndarray, scenario: Scenario
) -> ExpectedEssRow:
    """Return the mean over the outcomes of a scenario, from what the prior adds after each, (n + 1,)."""
    arm, stratum = own.prior.component, own.prior.stratum
    outcomes = design.endpoint.outcomes(own.planned)
    truth = design.truths(scenario, arm)[design.strata.index(stratum)]
    mean = float(design.endpoint.probabilities(outcomes, truth) @ after)
    return ExpectedEssRow(scenario.name, arm, stratum, own.planned, before, mean)


def prior_after(prior: ConjugateMixture, unit: Unit, endpoint: EndpointKind, n: int) -> np.ndarray:
    """Return what a prior adds to elir after each count of responders among n patients, (n + 1,).

    On the logit z the information of y responders is n i_F(z) whatever y, so that elir of the posterior
    is n + E[i(prior) / i_F | y]: the second term.  Its mean over the prior predictive distribution is
    elir of the prior.

    Parameters
    ----------
    prior : ConjugateMixture
        Of the response probability (Beta) or of its logit (Normal).
    unit : Unit
        One patient, on the prior's own scale.
    endpoint : Endpoint
        Binary.
    n : int
    """
    if prior.family == "beta":  # the posterior is one again, and exact however near the ends
        return np.array([linear_elir(own, unit) for own in update_beta(prior, np.arange(n + 1), n)]) - n
    t, w = unit_rule(10)
    edges = np.linspace(-30, 30, 301)  # panels of 0.2 on the logit resolve 1,000 patients
    half = np.diff(edges)[:, None] / 2
    z, dz = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    weight = _likelihoods(endpoint, z, n) * np.exp(prior.log_density(z)) * dz
    return weight @ (prior.linear_information(z) / unit.information(z)) / weight.sum(axis=1)


def density_after(prior: Marginal, endpoint: EndpointKind, n: int) -> np.ndarray:
    """Return the same (n + 1,) of a prior that no mixture states, from its density on the logit."""
    local = LocalInformation.of(prior)
    weight = _likelihoods(endpoint, local.x, n) * local.probability
    return weight @ (local.information / LOGIT.information(local.x)) / weight.sum(axis=1)


def _likelihoods(endpoint: EndpointKind, z: np.ndarray, n: int) -> np.ndarray:
    """Return the likelihood (n + 1, Z) of each count of responders at logits, 1 at its largest."""
    log = endpoint.log_likelihood(endpoint.outcomes(n), z)
    return np.exp(log - log.max(axis=1, keepdims=True))
