"""Whether the outcomes of a design are few enough to be enumerated."""

from __future__ import annotations

from math import prod

from trialdesign.analysis.build import couples_strata
from trialdesign.design.design import Design
from trialdesign.probability.resolution import Resolution

MAX_OUTCOMES = 20_000_000  # joint outcomes that inform each other; 12 million take seconds
MAX_DECISIONS = 50_000_000  # with the outcomes that do not; simulation is faster beyond


def n_outcomes(design: Design) -> int:
    """Return how many joint outcomes must be enumerated."""
    components = design.model.components()
    borrowing = [name for name, component in components.items() if component.strata.couples]
    sizes = {name: arm.sizes for name, arm in design.arms.items()}
    if not couples_strata(design):
        return max(prod(n[s] + 1 for n in sizes.values()) for s in range(len(design.strata)))
    counted = sizes if design.model.effect is not None else borrowing
    return prod(sizes[arm][s] + 1 for s in range(len(design.strata)) for arm in counted)


def obstacle(design: Design) -> str | None:
    """Return why a design cannot be enumerated, or None."""
    if not design.endpoint.listable:
        return f"a {design.endpoint.kind} endpoint has no finite set of outcomes"
    components = design.model.components()
    if design.model.effect is None and len(components) == 2:
        if all(component.strata.couples for component in components.values()):
            return "both arms borrow across strata, so that neither factorises"
    count = n_outcomes(design)
    if count > MAX_OUTCOMES:
        return f"{count:.3g} joint outcomes are more than {MAX_OUTCOMES:.3g}"
    if couples_strata(design) and design.control is not None:
        private = [n for arm in design.arms.values() for n in arm.sizes]
        if design.model.effect is None:
            count *= 1 + max(private)
        elif design.model.control.strata.couples:  # an integral over the controls' nodes for each
            count *= Resolution().crossed[0]
    if count > MAX_DECISIONS:
        return f"{count:.3g} decisions are more than {MAX_DECISIONS:.3g}"
    return None
