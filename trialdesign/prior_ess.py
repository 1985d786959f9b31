"""What the priors of a design are worth in patients, per component and stratum.

A prior that is stated as a mixture of one conjugate family, and informed by no evidence, is taken as it
is, with elir and morita on its own scale: Beta on the response scale, Gamma on the rate scale, Normal on
the linear scale.  Any other is taken by its mixture approximation (`mixture_fit`), with elir and morita
on the linear scale, where they are sound after nothing but successes; moment is of the natural scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from .design import Design, Scenario
from .elir import linear_elir
from .errors import SpecificationError
from .ess import METHODS, effective_sample_size, linear_sample_size
from .information import BINOMIAL, Unit
from .mixture_fit import MixtureFit, fit_mixture
from .mixtures import ConjugateMixture, from_prior, update_beta
from .prior_summary import Prior, priors_of
from .quadrature import unit_rule
from .specification import per_stratum

FAMILY = {"probability": "beta", "rate": "gamma"}  # natural scale -> conjugate family


@dataclass(frozen=True, slots=True)
class PriorWorth:
    """A prior as a mixture, and what one unit of data is worth beside it.

    Attributes
    ----------
    prior : Prior
    mixture : ConjugateMixture
    divergence : float or None
        KL(prior, mixture); None where the prior is stated as this mixture.
    unit : Unit
    planned : int
        Patients of the stratum that inform the component.
    """

    prior: Prior
    mixture: ConjugateMixture
    divergence: float | None
    unit: Unit
    planned: int

    def ess(self, method: str) -> float:
        """Return the effective sample size by ``elir``, ``moment`` or ``morita``."""
        measure = effective_sample_size if self.divergence is None else linear_sample_size
        return float(measure(self.mixture, method, self.unit))


@dataclass(frozen=True, slots=True)
class EssRow:
    """One effective sample size; ``ess`` is nan where the definition has no finite value."""

    component: str
    stratum: str
    method: str
    ess: float


@dataclass(frozen=True, slots=True)
class ExpectedEssRow:
    """What a prior is worth once the trial's data are in, on average over them.

    Attributes
    ----------
    scenario, component, stratum : str
    planned : int
        Patients of the stratum in that arm.
    prior : float
        elir of the analysis prior, as a Beta mixture, on the linear scale.
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


def worth(design: Design, component: str | None = None) -> list[PriorWorth]:
    """Return each prior of a design as a mixture with its unit of information."""
    priors = priors_of(design, component)
    return [_worth(design, prior) for prior in priors]


def prior_ess(design: Design, component: str | None = None) -> list[EssRow]:
    """Return the effective sample sizes of the analysis priors by elir, moment and morita."""
    return ess_rows(worth(design, component))


def ess_rows(worths: list[PriorWorth]) -> list[EssRow]:
    """Return the effective sample sizes of priors, three rows each."""
    return [
        EssRow(w.prior.component, w.prior.stratum, method, w.ess(method))
        for w in worths
        for method in METHODS
    ]


def expected_ess(design: Design, worths: list[PriorWorth]) -> list[ExpectedEssRow]:
    """Return what the priors are worth after the trial, under each scenario, over every outcome.

    Strata are judged one at a time, by their own prior and data.

    Raises
    ------
    SpecificationError
        The endpoint is not binary: outcomes cannot be listed.
    """
    if design.endpoint.natural_scale != "probability":
        raise SpecificationError(
            "the expected effective sample size must be of a binary endpoint, whose outcomes can be "
            f"listed; got {design.endpoint.kind}. Leave it out."
        )
    rows = []
    for own in worths:
        if own.prior.component != "effect":
            mixture = _as_beta(own)
            before, after = linear_elir(mixture, BINOMIAL), posterior_elir(mixture, own.planned)
            rows += [_expected(design, own, before, after, each) for each in design.scenarios]
    return rows


def _expected(
    design: Design, own: PriorWorth, before: float, after: np.ndarray, scenario: Scenario
) -> ExpectedEssRow:
    """Return the mean over the outcomes of a scenario, from elir after each of them, (n + 1,)."""
    arm, stratum = own.prior.component, own.prior.stratum
    outcomes = design.endpoint.outcomes(own.planned)
    truth = design.truths(scenario, arm)[design.strata.index(stratum)]
    mean = float(design.endpoint.probabilities(outcomes, truth) @ after)
    return ExpectedEssRow(scenario.name, arm, stratum, own.planned, before, mean - own.planned)


def _as_beta(own: PriorWorth) -> ConjugateMixture:
    """Return the Beta mixture of a prior of a response rate, fitted if it was stated otherwise."""
    if own.mixture.family == "beta":
        return own.mixture
    return fit_mixture(own.prior.analysis, "beta", own.prior.natural).mixture


def posterior_elir(prior: ConjugateMixture, n: int) -> np.ndarray:
    """Return elir of the posterior after each count of responders among n patients, shape (n + 1,).

    On the linear scale; its mean over the prior predictive distribution is elir of the prior, plus n.
    """
    t, w = unit_rule(10)
    edges = np.linspace(-30, 30, 301)  # panels of 0.2 on the logit resolve 1,000 patients
    half = np.diff(edges)[:, None] / 2
    z, dz = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    p = np.minimum(special.expit(z), 1 - 1e-16)
    posteriors = update_beta(prior, np.arange(n + 1), n)
    return np.array([np.exp(m.log_density(p)) * m.linear_information(p) @ dz for m in posteriors])


def _worth(design: Design, prior: Prior) -> PriorWorth:
    sizes = design.sizes("treatment" if prior.component == "effect" else prior.component)
    mixture, divergence = _stated(design, prior), None
    if mixture is None:
        fit = approximate(design, prior)
        mixture, divergence = fit.mixture, fit.divergence
    unit = _unit(design, prior, mixture)
    return PriorWorth(prior, mixture, divergence, unit, sizes[design.strata.index(prior.stratum)])


def approximate(design: Design, prior: Prior, components: int | None = None) -> MixtureFit:
    """Return the mixture of the endpoint's conjugate family that approximates an analysis prior."""
    family = FAMILY.get(design.endpoint.natural_scale, "normal")
    if prior.component == "effect" or family == "normal":
        return fit_mixture(prior.analysis, "normal", lambda x: x, components)
    return fit_mixture(prior.analysis, family, prior.natural, components)


def _stated(design: Design, prior: Prior) -> ConjugateMixture | None:
    """Return a prior that stands in the design as a conjugate mixture, or None."""
    component = design.model.components()[prior.component]
    stated = getattr(component.strata, "prior", None)
    if component.evidence or component.strata.couples or stated is None:
        return None
    return from_prior(per_stratum(stated, design.strata)[design.strata.index(prior.stratum)])


def _unit(design: Design, prior: Prior, mixture: ConjugateMixture) -> Unit:
    """Return one unit of data on the scale of a mixture."""
    endpoint = design.endpoint

    def one(linear: np.ndarray) -> np.ndarray:
        return endpoint.information(linear, endpoint.planned(1))

    if prior.component == "effect":
        return Unit("patients in each arm", _pair(one, _control_median(design, prior)))
    ends = one(np.array([0.0, 1.0]))
    rate = endpoint.natural_scale == "rate"
    name = ("events" if ends[0] == ends[1] else "months of exposure") if rate else "patients"
    if mixture.family == "normal":
        return Unit(name, one)
    slope = mixture.kind.slope
    return Unit(name, lambda x: one(endpoint.linear(x)) / slope(x) ** 2)


def _pair(one: Callable, control: float) -> Callable:
    """Return the information on an effect of one patient an arm, the control at its prior median."""
    return lambda effect: 1 / (1 / one(np.full_like(effect, control)) + 1 / one(control + effect))


def _control_median(design: Design, prior: Prior) -> float:
    control = priors_of(design, "control")[design.strata.index(prior.stratum)]
    return float(control.analysis.quantiles(np.array([0.5]))[0])
