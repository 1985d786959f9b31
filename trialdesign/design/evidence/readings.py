"""Exposure of which only bounds are known, read at its lower end, its middle and its upper end.

The three are alternatives to be shown side by side, not one number with an error.
"""

from __future__ import annotations

from dataclasses import replace

from trialdesign.design.design import Design, changed
from trialdesign.design.model import Component, EvidenceUse

READINGS = ("lower", "middle", "upper")


def with_reading(design: Design, component: str, reading: str) -> Design:
    """Return a design that reads the bounded exposures of a component's evidence in one way."""
    old = design.model.components()[component]
    uses = [replace(use, exposure=reading) if _bounded(use) else use for use in old.evidence]
    model = replace(design.model, **{component: replace(old, evidence=uses)})
    return changed(design, model=model)


def sharpest(design: Design, component: str) -> Design:
    """Return a design in whose reading a component's evidence has the sharpest likelihood."""
    return with_reading(design, component, READINGS[-1])


def is_bounded(component: Component) -> bool:
    """Return whether a component has evidence with an exposure of which only bounds are known."""
    return any(_bounded(use) for use in component.evidence)


def _bounded(use: EvidenceUse) -> bool:
    return any(row.bounded for row in use.source.data)
