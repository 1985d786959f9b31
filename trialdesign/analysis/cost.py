"""What a design's model takes in memory, known from its axes before it is built.

The largest parts of a model are the masses of its beliefs (`probability.cost`), matrices of estimands
over two axes, and the tables of families that have a shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trialdesign.design.design import Design
from trialdesign.design.model import Component, EvidenceUse
from trialdesign.errors import Problem, SpecificationError
from trialdesign.probability.axis import Axis
from trialdesign.probability.cost import AFFORDED, Cost, words
from trialdesign.probability.resolution import Resolution

PROBED = 100  # trials analysed at once, at most, to see how accurate a model is
BESIDE = 2  # copies of a table that are held while it is made
COMPARED = 6  # matrices of a criterion over two axes and a shape, with what they are made from
REMEDY = (
    "Use fewer strata, smaller arms or sources (or a discount that lets less of them pass), a wider "
    "prior of what the strata share, or strata that do not inform each other."
)


@dataclass(frozen=True, slots=True)
class ModelCost:
    """The size of a model.

    Attributes
    ----------
    nodes : int
        Of all that couples the strata, C * K in a contrast model.
    controls : int
        C of a contrast model, otherwise 1.
    focus, partner : int
        G and H; 1 where there is no partner.
    kept, peak : int
        Numbers held by the model, and at most while it is built.
    """

    nodes: int
    controls: int
    focus: int
    partner: int
    kept: int
    peak: int


def belief_cost(design: Design, component: Component, axis: Axis, uses: Sequence[EvidenceUse]) -> Cost:
    """Return what a component's belief takes once evidence has been counted."""
    cost = component.strata.cost(design.strata, axis)
    for use in uses:
        cost = use.discount.cost(cost, len(design.strata), axis.grid.n_nodes)
    return cost


def afford(design: Design, name: str, cost: Cost, axis: Axis) -> None:
    """Raise SpecificationError where one component's belief does not fit in memory."""
    if cost.peak > AFFORDED:
        raise too_large(design, {name: cost}, {name: axis}, cost.peak)


def model_cost(
    design: Design, axes: Mapping[str, Axis], focus: str, resolution: Resolution
) -> ModelCost:
    """Return what a model on these axes takes; raise SpecificationError where it does not fit.

    Parameters
    ----------
    design : Design
    axes : mapping of component to Axis
        In the order in which their beliefs are built.
    focus : str
        The component in focus.
    resolution : Resolution
    """
    components = design.model.components()
    parts = {name: components[name] for name in axes}
    costs = {name: belief_cost(design, part, axes[name], part.evidence) for name, part in parts.items()}
    held, peak = 0, 0
    for cost in costs.values():
        peak, held = max(peak, held + cost.peak), held + cost.kept
    sizes = {name: axis.grid.n_nodes for name, axis in axes.items()}
    partner = next((name for name in axes if name != focus), None)
    g, h = sizes[focus], sizes.get(partner, 1)
    nodes, controls = costs[focus].nodes, 1
    if design.model.effect is not None:
        controls = costs[partner].nodes
        if controls > 1:  # thinned before they are crossed
            limits = zip((controls, nodes), resolution.crossed)
            controls, nodes = (min(n, most or n) for n, most in limits)
    shaped = _shaped(design, g, h)
    held += shaped
    matrices = (2 + len(design.decision)) * g * h
    seen = 1 if controls > 1 and nodes == 1 and not shaped else g  # `Contrast.summed`
    trials = PROBED * controls * (len(design.strata) * nodes + len(design.decision) * seen)
    peak = max(peak, held + matrices + trials)
    if peak > AFFORDED:
        raise too_large(design, costs, axes, peak)
    return ModelCost(controls * nodes, controls, g, h, held, peak)


def _shaped(design: Design, g: int, h: int) -> int:
    """Return the numbers that the tables of a family with a shape come to, and its maps."""
    endpoint = design.endpoint
    if not endpoint.has_nuisance:
        return 0
    contrast = design.model.effect is not None
    size = max(design.patients if contrast else (max(arm.sizes) for arm in design.arms.values()))
    n_shapes = endpoint.shapes(size).size
    tables = endpoint.n_statistics * (g + h) * n_shapes * (1 + BESIDE)
    matrices = 0
    for criterion in design.decision:
        if design.estimand(criterion).equivalent is not None:
            matrices += g * h * n_shapes if contrast else (g * g + h * h) * n_shapes
    return tables + (COMPARED if contrast else 2) * matrices


def too_large(
    design: Design, costs: Mapping[str, Cost], axes: Mapping[str, Axis], numbers: int
) -> SpecificationError:
    """Return the refusal of a model that does not fit in memory, at its largest component."""
    name = max(costs, key=lambda each: costs[each].peak)
    return SpecificationError([
        Problem(
            ("model", name),
            f"`{name}` must be computable within {words(AFFORDED)} of memory; got {costs[name].nodes:,} "
            f"nodes x {len(design.strata)} strata x {axes[name].grid.n_nodes:,} points, which take "
            f"{words(numbers)}. {REMEDY}",
        )
    ])  # fmt: skip


def total(costs: Sequence[ModelCost]) -> int:
    """Return the numbers that hold several parts of a design, the last of them being built."""
    peak, held = 0, 0
    for cost in costs:
        peak, held = max(peak, held + cost.peak), held + cost.kept
    return peak
