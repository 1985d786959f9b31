"""The same design without borrowing: beside it is told what borrowing bought, and what it cost.

Every parameter keeps, in each stratum, the marginal prior that its component gives it before any
evidence; the evidence is removed, and no stratum informs another.  So two results differ by the
borrowing, and not by how vague the prior of a single stratum is.
"""

from __future__ import annotations

from dataclasses import replace

from trialdesign.borrowing.separate import Separate
from trialdesign.design.design import Component, Design

RULE = (
    "the same marginal prior in each stratum, before any evidence; no evidence, and no stratum "
    "informs another"
)


def borrows(design: Design) -> bool:
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
    components = {name: _alone(component) for name, component in design.model.components().items()}
    title = f"{design.title} (without borrowing)"
    return replace(design, title=title, model=replace(design.model, **components))


def _alone(component: Component) -> Component:
    strata = component.strata
    return Component(strata=Separate(strata=strata) if strata.couples else strata)
