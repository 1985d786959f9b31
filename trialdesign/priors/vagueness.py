"""The vague components that discounts put beside what the evidence says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialdesign.design.model import Component, EvidenceUse
from trialdesign.probability.axis import Axis
from trialdesign.probability.marginal import Marginal


def vague_component(component: Component, axis: Axis) -> Marginal | None:
    """Return the vague component of the last source of evidence, if no other source has one."""
    robust = [use.discount for use in component.evidence if has_vague(use)]
    if len(robust) != 1 or not has_vague(component.evidence[-1]):
        return None
    prior = robust[0].vague
    return Marginal(axis.grid, prior.mass(axis.grid), tuple(prior.breaks))


def has_vague(use: EvidenceUse) -> bool:
    """Return whether a discount puts a vague component beside the informative one."""
    return use.discount.vague is not None


def trust(use: EvidenceUse) -> EvidenceUse:
    """Return a use of evidence without the vague component."""
    return replace(use, discount=use.discount.with_vague_weight(0.0))


def vague_weight(component: Component) -> float:
    """Return the weight that the vague components have in a component's analysis prior."""
    kept = [1 - use.discount.vague_weight for use in component.evidence]
    return 1 - float(np.prod(kept))
