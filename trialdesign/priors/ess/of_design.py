"""What the priors of a design are worth in patients, per component and stratum.

A prior that is stated as a mixture of one conjugate family, and informed by no evidence, is taken as it
is, with elir and morita on its own scale: Beta on the response scale, Gamma on the rate scale, Normal on
the linear scale.  Of any other they come from its density on the linear scale (`density_ess`), where
they are sound after nothing but successes.  moment is that of the Beta (or Gamma) with the prior's mean
and standard deviation on the natural scale, however the prior is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.priors.ess.definitions import METHODS, effective_sample_size
from trialdesign.priors.ess.density import LocalInformation
from trialdesign.priors.ess.information import Information, Unit
from trialdesign.priors.mixtures.fit import MixtureFit, fit_mixture
from trialdesign.priors.mixtures.mixture import ConjugateMixture, from_prior
from trialdesign.priors.summary import Prior, priors_of
from trialdesign.probability.distributions.conjugate import FAMILIES
from trialdesign.probability.marginal import Marginal, blend


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
    sizes : dict of str to float
        Effective sample sizes by ``elir``, ``moment`` and ``morita``.
    planned : int
        Patients of the stratum that inform the component.
    """

    prior: Prior
    mixture: ConjugateMixture
    divergence: float | None
    unit: Unit
    sizes: dict[str, float]
    planned: int


@dataclass(frozen=True, slots=True)
class EssRow:
    """One effective sample size; ``ess`` is nan where the definition has no finite value."""

    component: str | None
    stratum: str | None
    method: str
    ess: float


def worth(design: Design, component: str | None = None) -> list[PriorWorth]:
    """Return each prior of a design as a mixture with its unit of information."""
    return worth_of(design, priors_of(design, component))


def worth_of(design: Design, priors: Sequence[Prior]) -> list[PriorWorth]:
    """Return priors of a design as mixtures with their units of information."""
    fits: dict[tuple, MixtureFit] = {}
    return [_worth(design, prior, fits) for prior in priors]


def ess_rows(worths: Sequence[PriorWorth]) -> list[EssRow]:
    """Return the effective sample sizes of priors, three rows each."""
    return [
        EssRow(own.prior.component, own.prior.stratum, method, size)
        for own in worths
        for method, size in own.sizes.items()
    ]


def ess_over_weights(
    design: Design, worths: Sequence[PriorWorth], weights: np.ndarray
) -> dict[str, dict[str, np.ndarray]]:
    """Return the effective sample sizes over the weight of the vague component.

    Parameters
    ----------
    design : Design
    worths : sequence of PriorWorth
        Of one component, whose last source of evidence has a vague component.
    weights : ndarray, shape (W,)

    Returns
    -------
    dict of str to dict of str to ndarray (W,)
        Stratum -> method -> size.

    Raises
    ------
    SpecificationError
        There is no vague component.
    """
    out: dict[str, dict[str, np.ndarray]] = {}
    for own in worths:
        prior = own.prior
        if prior.vague is None:
            raise SpecificationError(
                f"the last source of evidence on `{prior.component}` must have a vague component "
                "beside it; got none. Use discount: {kind: robust, weight: ..., vague: ...}."
            )
        mixed = [blend(prior.informative, prior.vague, float(weight)) for weight in weights]
        sizes = [density_sizes(design, prior, curve) for curve in mixed]
        out[prior.stratum] = {method: np.array([s[method] for s in sizes]) for method in METHODS}
    return out


def _worth(design: Design, prior: Prior, fits: dict[tuple, MixtureFit]) -> PriorWorth:
    sizes = design.arm_of(prior.component).sizes
    mixture, divergence = _stated(design, prior), None
    if mixture is None:
        key = (prior.component, prior.analysis.mass.tobytes())  # strata may share a prior
        fit = fits[key] if key in fits else fits.setdefault(key, approximate(design, prior))
        mixture, divergence = fit.mixture, fit.divergence
    unit, planned = _unit(design, prior, mixture), sizes[design.strata.index(prior.stratum)]
    if divergence is None:
        sizes = {method: effective_sample_size(mixture, method, unit) for method in METHODS}
        sizes["moment"] = _moment(design, prior, prior.analysis)
    else:
        sizes = density_sizes(design, prior, prior.analysis)
    return PriorWorth(prior, mixture, divergence, unit, sizes, planned)


def density_sizes(design: Design, prior: Prior, curve: Marginal) -> dict[str, float]:
    """Return the sizes of a density on the grid of a prior, elir and morita on the linear scale."""
    one, local = _one(design, prior), LocalInformation.of(curve)
    found = (local.elir(one), _moment(design, prior, curve), local.morita(one))
    return dict(zip(METHODS, found, strict=True))


def _moment(design: Design, prior: Prior, curve: Marginal) -> float:
    """Return the size of the conjugate distribution with a density's moments on the natural scale."""
    endpoint, scale = design.endpoint, design.endpoint.scale
    if prior.component == "effect" or scale.family == "normal":
        one = _one(design, prior)
        return curve.mean(lambda x: 1 / one(x)) / curve.sd() ** 2
    mean, variance = curve.mean(prior.natural), curve.sd(prior.natural) ** 2
    one = float(endpoint.information(scale.to_linear(mean), endpoint.planned(1)))
    family = FAMILIES[scale.family]
    return float(family.slope(mean) ** 2 / one / variance) - family.spare


def approximate(design: Design, prior: Prior, components: int | None = None) -> MixtureFit:
    """Return the mixture of the endpoint's conjugate family that approximates an analysis prior."""
    family = design.endpoint.scale.family
    if prior.component == "effect" or family == "normal":
        return fit_mixture(prior.analysis, "normal", lambda x: x, components)
    return fit_mixture(prior.analysis, family, prior.natural, components)


def _stated(design: Design, prior: Prior) -> ConjugateMixture | None:
    """Return a prior that stands in the design as a conjugate mixture, or None."""
    component = design.model.components()[prior.component]
    stated = component.strata.stated(design.strata)
    if component.evidence or stated is None:
        return None
    return from_prior(stated[design.strata.index(prior.stratum)])


def _unit(design: Design, prior: Prior, mixture: ConjugateMixture) -> Unit:
    """Return one unit of data on the scale of a mixture."""
    one = _one(design, prior)
    if prior.component == "effect":
        return Unit("patients in each arm", one)
    name, to_linear = design.endpoint.unit, design.endpoint.scale.to_linear
    if mixture.family == "normal":
        return Unit(name, one)
    slope = mixture.kind.slope
    return Unit(name, lambda x: one(to_linear(x)) / slope(x) ** 2)


def _one(design: Design, prior: Prior) -> Information:
    """Return the information of one unit of data at points of the linear scale."""
    endpoint = design.endpoint

    def one(linear: np.ndarray) -> np.ndarray:
        return endpoint.information(linear, endpoint.planned(1))

    return _pair(one, _control_median(design, prior)) if prior.component == "effect" else one


def _pair(one: Callable, control: float) -> Callable:
    """Return the information on an effect of one patient an arm, the control at its prior median."""
    return lambda effect: 1 / (1 / one(np.full_like(effect, control)) + 1 / one(control + effect))


def _control_median(design: Design, prior: Prior) -> float:
    control = priors_of(design, design.control.name)[design.strata.index(prior.stratum)]
    return float(control.analysis.quantiles(np.array([0.5]))[0])
