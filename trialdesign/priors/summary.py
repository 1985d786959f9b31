"""Prior summary: what the evidence of a design says of each parameter before the trial.

The *stated* prior is what a component says without its evidence; the *analysis* prior is what the
evidence, through its discount, makes of it; the *informative* prior is the analysis prior without the
vague components of robust discounts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.axes import component_axis
from trialdesign.analysis.build import believed, past_of
from trialdesign.analysis.extremes import limits_of
from trialdesign.analysis.threads import on_one_thread
from trialdesign.design.design import Design
from trialdesign.design.evidence.readings import sharpest
from trialdesign.design.model import Component, EvidenceUse
from trialdesign.discounting._external_data import rows_of
from trialdesign.errors import SpecificationError
from trialdesign.priors.vagueness import trust, vague_component, vague_weight
from trialdesign.probability.axis import Axis
from trialdesign.probability.belief import Belief, posterior
from trialdesign.probability.marginal import Marginal, blend, curves, marginals_of
from trialdesign.probability.resolution import WHOLE, Resolution

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


@dataclass(frozen=True, slots=True)
class Prior:
    """The prior of one parameter in one stratum.

    Attributes
    ----------
    component : str
        ``control``, ``treatment`` or ``effect``.
    stratum : str
    stated, informative, analysis : Marginal
    vague : Marginal or None
        The vague component, where the last source of evidence alone has one beside it; then
        analysis = (1 - vague_weight) informative + vague_weight vague.
    vague_weight : float
        Weight of the vague components in the analysis prior.
    natural : callable
        Linear scale to natural scale.
    """

    component: str
    stratum: str
    stated: Marginal
    informative: Marginal
    analysis: Marginal
    vague: Marginal | None
    vague_weight: float
    natural: Callable[[np.ndarray], np.ndarray]

    @property
    def stated_weight(self) -> float:
        """Weight in the analysis prior of what was stated and is not from patients, 0 to 1.

        ``w + (1 - w) B``, with w the weight of the vague components and B = precision(stated) /
        precision(informative) on the linear scale: the weight with which a normal posterior mean,
        B * prior mean + (1 - B) * data mean, still is the prior's.  Spiegelhalter, Abrams & Myles 2004,
        doi:10.1002/0470092602, section 3.6.
        """
        stated, informative = self.stated.sd(), self.informative.sd()
        precision = min(1.0, (informative / stated) ** 2) if stated > 0 else 1.0
        return self.vague_weight + (1 - self.vague_weight) * precision


@dataclass(frozen=True, slots=True)
class PriorRow:
    """Moments and quantiles of a prior on one scale, ``linear`` or ``natural``."""

    component: str
    stratum: str
    scale: str
    mean: float
    sd: float
    quantiles: tuple[float, ...]

    def to_dict(self) -> dict[str, str | float]:
        """Return the row as it is printed: ``q2.5`` to ``q97.5`` are the quantiles."""
        names = [f"q{100 * q:g}" for q in QUANTILES]
        plain = {name: getattr(self, name) for name in ("component", "stratum", "scale", "mean", "sd")}
        return plain | dict(zip(names, self.quantiles, strict=True))


@on_one_thread
def priors_of(
    design: Design, component: str | None = None, resolution: Resolution = WHOLE
) -> list[Prior]:
    """Return the prior of each component (or of one) in each stratum.

    Raises
    ------
    SpecificationError
        The design has no such component.
    """
    grounds = grounds_of(design, component, resolution)
    return [prior for ground in grounds for prior in ground.priors(design)]


@on_one_thread
def grounds_of(
    design: Design, component: str | None = None, resolution: Resolution = WHOLE
) -> list[Ground]:
    """Return each component (or one) before its evidence.

    Raises
    ------
    SpecificationError
        The design has no such component, or a row of its evidence has no patients.
    """
    names = names_of(design, component)
    for name in names:
        _refuse_empty(design, design.model.components()[name])
    return [Ground.of(design, name, resolution) for name in names]


@dataclass(frozen=True, slots=True)
class Ground:
    """A component before its evidence: the grid of its parameter, and what it says there.

    Attributes
    ----------
    component : str
    axis : Axis
    belief : Belief
    stated : list of Marginal
        Of each stratum.
    """

    component: str
    axis: Axis
    belief: Belief
    stated: list[Marginal]

    @classmethod
    def of(cls, design: Design, component: str, resolution: Resolution = WHOLE) -> Ground:
        """Return the ground of a component, its grid fitted to its evidence and planned sizes.

        One grid serves every reading of an exposure known as bounds.
        """
        axis = component_axis(sharpest(design, component), component, resolution)
        belief = believed(design, component, axis, uses=())
        return cls(component, axis, belief, marginals_of(belief, axis))

    def priors(self, design: Design) -> list[Prior]:
        """Return the prior in each stratum once a design's evidence has been counted."""
        component = design.model.components()[self.component]
        weight, vague = vague_weight(component), vague_component(component, self.axis)
        analysis = informative = self.stated
        if vague is not None:
            informative = self._learned(design, [trust(use) for use in component.evidence])
            analysis = [blend(curve, vague, weight) for curve in informative] if weight else informative
        elif component.evidence:
            analysis = informative = self._learned(design, component.evidence)
            if weight > 0:
                informative = self._learned(design, [trust(use) for use in component.evidence])
        natural, parts = natural_of(design, self.component), zip(self.stated, informative, analysis)
        return [
            Prior(self.component, stratum, *part, vague, weight, natural)
            for stratum, part in zip(design.strata, parts, strict=True)
        ]

    def _learned(self, design: Design, uses: Sequence[EvidenceUse]) -> list[Marginal]:
        """Return what is believed after evidence."""
        belief, likelihood = self.updated(design, uses)
        (masses,) = posterior(belief, likelihood[None])
        return curves(masses, belief, self.axis)

    def updated(self, design: Design, uses: Sequence[EvidenceUse]) -> tuple[Belief, np.ndarray]:
        """Return a belief and a likelihood (S, G) that together are what is believed after evidence;
        where it can, without a second belief in memory."""
        pasts = [past_of(design, use, self.axis) for use in uses]
        factors = [use.discount.likelihood(past, self.axis) for use, past in zip(uses, pasts)]
        flat = np.ones((len(design.strata), self.belief.grid.n_nodes))
        if any(factor is None for factor in factors):
            return believed(design, self.component, self.axis, uses, self.belief), flat
        return self.belief, np.prod([flat, *factors], axis=0)


def summarise(prior: Prior) -> list[PriorRow]:
    """Return the rows of one prior, linear scale first."""
    curve, at = prior.analysis, prior.analysis.quantiles(np.array(QUANTILES))
    scales = {"linear": lambda x: x, "natural": prior.natural}
    return [
        PriorRow(
            component=prior.component,
            stratum=prior.stratum,
            scale=scale,
            mean=curve.mean(f),
            sd=curve.sd(f),
            quantiles=tuple(float(x) for x in f(at)),
        )
        for scale, f in scales.items()
    ]


def names_of(design: Design, component: str | None) -> tuple[str, ...]:
    """Return the components asked for."""
    known = tuple(design.model.components())
    if component is None:
        return known
    if component not in known:
        raise SpecificationError(
            f"`component` must be one that the design has ({', '.join(known)}); got {component!r}. "
            "Choose one of these."
        )
    return (component,)


def natural_of(design: Design, component: str) -> Callable[[np.ndarray], np.ndarray]:
    """Return the map to the natural scale; of an effect it is a ratio of odds, hazards or rates.

    It stops at the endpoint's limits: the mean of the exponential of a heavy tail would be infinite.
    """
    low, high = limits_of(design, component)
    if component != "effect":
        return lambda x: design.endpoint.scale.to_natural(np.clip(x, low, high))
    ratio = design.endpoint.scale.effect_axis == "log"
    return (lambda x: np.exp(np.clip(x, low, high))) if ratio else lambda x: x


def _refuse_empty(design: Design, component: Component) -> None:
    """Refuse evidence of which a row has no patients: it would be listed, and say nothing."""
    for use in component.evidence:
        stratum, statistics = rows_of(design.endpoint, use, design.strata)
        size = np.array([design.endpoint.describe(row).size for row in statistics])
        for s in stratum[size == 0]:
            where = f"{use.source.name} has one without in {design.strata[s]}"
            raise SpecificationError(f"a row of evidence must have patients; {where}. Delete the row.")
