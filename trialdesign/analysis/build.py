"""From a design to its model: axes, beliefs, and the matrices of its criteria."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.analysis.axes import axes_of, sides_of
from trialdesign.analysis.cost import ModelCost, afford, belief_cost, model_cost
from trialdesign.analysis.extremes import Seen
from trialdesign.analysis.models.arm_based import Separable
from trialdesign.analysis.models.arm_based_with_shape import build_separable
from trialdesign.analysis.models.contrast_based import Contrast
from trialdesign.analysis.models.contrast_based_with_shape import build_contrast
from trialdesign.analysis.models.model import AnalysisModel
from trialdesign.design.criterion import Criterion
from trialdesign.design.design import Design, restricted
from trialdesign.design.model import EvidenceUse
from trialdesign.discounting._external_data import Past, rows_of
from trialdesign.errors import SpecificationError
from trialdesign.probability.axis import Axis
from trialdesign.probability.belief import Belief
from trialdesign.probability.cubature import thin
from trialdesign.probability.resolution import Resolution


@dataclass(frozen=True, slots=True)
class Assembled:
    """A design's model on its grids.

    Attributes
    ----------
    design : Design
    model : AnalysisModel
    """

    design: Design
    model: AnalysisModel

    def exceeds(self, criterion: Criterion, threshold: float) -> np.ndarray:
        """Return shares (G, H) or (G, 1) of P(estimand of the criterion > threshold)."""
        return self.model.exceedance(self.design.estimand(criterion), threshold)

    def holds(self, criterion: Criterion) -> np.ndarray:
        """Return shares of the probability that a criterion is about."""
        above = self.exceeds(criterion, criterion.threshold)
        return above if criterion.less_than is None else 1 - above

    def values(self, criterion: Criterion) -> np.ndarray:
        """Return the estimand of a criterion at the nodes, (G, H), or (G, 1) if it ignores h."""
        return self.model.values(self.design.estimand(criterion))


def couples_strata(design: Design) -> bool:
    """Return whether any component lets the strata inform each other."""
    return any(component.strata.couples for component in design.model.components().values())


def parts_of(design: Design) -> list[Design]:
    """Return a design in parts that do not inform each other, in the order of its strata.

    Strata without borrowing have grids of their own, so that nothing about one stratum, neither its
    size nor its evidence, can move a digit of another.
    """
    if couples_strata(design):
        return [design]
    return [restricted(design, [stratum]) for stratum in design.strata]


def assemble_groups(
    design: Design, resolution: Resolution = Resolution(), cut_truths: bool = True
) -> list[Assembled]:
    """Return the model of a design in parts that do not inform each other."""
    return [assemble(part, resolution, cut_truths) for part in parts_of(design)]


def assemble(
    design: Design, resolution: Resolution = Resolution(), cut_truths: bool = True, seen: Seen = None
) -> Assembled:
    """Return the model of a design, its grids fitted to the planned sizes, evidence and criteria.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    resolution : Resolution
        `Resolution().doubled()` shows what the grids contribute to a result.
    cut_truths : bool
        Whether coverage of the scenarios' truths must be as accurate as the criteria.
    seen : sequence of mapping of arm to ndarray (T, M), optional
        Results which the grids must hold beside the planned ones, one mapping per stratum.
    """
    axes, resolution = axes_of(design, resolution, cut_truths, seen)
    model_cost(design, axes, sides_of(design)[0], resolution)  # what does not fit is refused
    build = _contrast if design.model.effect is not None else _arm_wise
    return Assembled(design, build(design, axes, resolution))


def cost_of(
    design: Design, resolution: Resolution, cut_truths: bool = True, seen: Seen = None
) -> ModelCost:
    """Return what the model of a design will take in memory.

    Raises
    ------
    SpecificationError
        It is more than there may be.
    """
    axes, resolution = axes_of(design, resolution, cut_truths, seen)
    return model_cost(design, axes, sides_of(design)[0], resolution)


def fits(design: Design, resolution: Resolution, cut_truths: bool = True, seen: Seen = None) -> bool:
    """Return whether the model of a design fits in memory."""
    try:
        cost_of(design, resolution, cut_truths, seen)
    except SpecificationError:
        return False
    return True


def believed(
    design: Design,
    name: str,
    axis: Axis,
    uses: Sequence[EvidenceUse] | None = None,
    prior: Belief | None = None,
) -> Belief:
    """Return what is believed of a component before the trial: its prior and its evidence.

    Parameters
    ----------
    design : Design
    name : str
        Of the component.
    axis : Axis
    uses : sequence of EvidenceUse, optional
        What is counted in place of the component's evidence; ``()`` leaves the prior alone.
    prior : Belief, optional
        What the component's prior says on this axis, if it has been built.

    Raises
    ------
    SpecificationError
        It does not fit in memory.
    """
    component = design.model.components()[name]
    uses = component.evidence if uses is None else uses
    afford(design, name, belief_cost(design, component, axis, uses), axis)
    belief = component.strata.belief(design.strata, axis) if prior is None else prior
    for use in uses:
        belief = use.discount.learn(belief, past_of(design, use, axis), axis)
    return belief


def _arm_wise(design: Design, axes: dict[str, Axis], resolution: Resolution) -> Separable:
    """Return the model whose arms have parameters of their own, the borrowing arm in focus."""
    (focus, partner), endpoint = sides_of(design), design.endpoint
    beliefs = {arm: believed(design, arm, axis) for arm, axis in axes.items()}
    parts = (endpoint, beliefs[focus], beliefs.get(partner), focus, partner)
    if not endpoint.has_nuisance:
        return Separable(*parts)
    return build_separable(*parts, max(max(arm.sizes) for arm in design.arms.values()))


def _contrast(design: Design, axes: dict[str, Axis], resolution: Resolution) -> Contrast:
    """Return the model whose treatment parameter is the control's plus an effect."""
    endpoint = design.endpoint
    partner, focus = (believed(design, name, axes[name]) for name in design.model.components())
    if partner.n_nodes > 1:  # both couple the strata: their nodes are crossed
        partner = thin(partner, axes[design.control.name], resolution.crossed[0])
        focus = thin(focus, axes["effect"], resolution.crossed[1])
    if not endpoint.has_nuisance:
        return Contrast(endpoint, focus, partner, *design.arms)
    return build_contrast(endpoint, focus, partner, *design.arms, max(design.patients))


def past_of(design: Design, use: EvidenceUse, axis: Axis) -> Past:
    """Return evidence on the grid of an axis."""
    stratum, statistics = rows_of(design.endpoint, use, design.strata)
    log_likelihood = design.endpoint.log_likelihood(statistics, axis.grid.nodes)
    return Past(stratum, log_likelihood, len(design.strata))
