"""The same design without borrowing: beside it is told what borrowing bought, and what it cost.

Two such designs.  In the first every parameter keeps, in each stratum, the marginal prior that its
component gives it before any evidence; the evidence is removed, and no stratum informs another.  So two
results differ by the borrowing, and not by how vague the prior of a single stratum is.  In the second
every parameter has the weak prior that its endpoint declares: what the trial's own patients say, in both
arms, and all but nothing else.
"""

from __future__ import annotations

from dataclasses import replace

from trialdesign import borrowing
from trialdesign.design.design import Design, changed
from trialdesign.design.model import Component

RULE = (
    "the same marginal prior in each stratum, before any evidence, an informative prior of the controls "
    "included; no evidence, and no stratum informs another"
)

WEAK_RULE = (
    "weak priors in both arms, no evidence, and no stratum informs another: the trial's own patients"
)


def learns_from_others(design: Design) -> bool:
    """Return whether a stratum learns from anything but its own patients."""
    components = design.model.components().values()
    return any(component.evidence or component.strata.couples for component in components)


def without_borrowing(design: Design) -> Design:
    """Return a design with the evidence removed and the strata made independent.

    Parameters
    ----------
    design : Design

    Returns
    -------
    Design
        Each component that borrows has become ``separate``; every other part is the same.
    """
    components = {
        name: Component(strata=borrowing.without_borrowing(component.strata))
        for name, component in design.model.components().items()
    }
    title = f"{design.title} (without borrowing)"
    return changed(design, title=title, model=replace(design.model, **components))


def with_weak_priors(design: Design) -> Design:
    """Return a design whose parameters all have weak priors, without evidence, in each stratum."""
    weak = design.endpoint.weak
    components = {
        name: Component(strata=borrowing.independently(weak[name])) for name in design.model.components()
    }
    title = f"{design.title} (weak priors)"
    return changed(design, title=title, model=replace(design.model, **components))
