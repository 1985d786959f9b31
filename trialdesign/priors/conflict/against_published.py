"""Published results held against what a prior expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.design.consistency.of_evidence import overlap
from trialdesign.design.design import Design
from trialdesign.design.evidence.published import EvidenceBase
from trialdesign.errors import SpecificationError
from trialdesign.priors.conflict.predictive import predict
from trialdesign.priors.summary import Prior


@dataclass(frozen=True, slots=True)
class Confrontation:
    """A published result, held against what a prior expects.

    Attributes
    ----------
    component, stratum, source, study : str
    size : float
    count : int or float
    probability : float
        m(count).
    box_p_value, conflict : float
        Box's p-values under the analysis prior, and without its vague component.
    lower, upper : float
        Probability of so few, and of so many, under the analysis prior.
    vague_weight : float or None
        Posterior weight of the vague component.
    """

    component: str
    stratum: str
    source: str
    study: str
    size: float
    count: float
    probability: float
    box_p_value: float
    conflict: float
    lower: float
    upper: float
    vague_weight: float | None


def confront(
    design: Design, priors: Sequence[Prior], source: EvidenceBase, reading: str = "middle"
) -> list[Confrontation]:
    """Hold published results against the priors of the arm that they are about.

    Parameters
    ----------
    design : Design
    priors : sequence of Prior
    source : EvidenceBase
        Results that the priors have not learned from.
    reading : {"lower", "middle", "upper"}
        Which end of an exposure that is known as an interval.

    Raises
    ------
    SpecificationError
        The results are on another kind of endpoint, on no stratum of the priors, or on other arms.
    """
    if source.endpoint.kind != design.endpoint.kind:
        raise SpecificationError(
            f"a result must be on a {design.endpoint.kind} endpoint; {source.name} is on a "
            f"{source.endpoint.kind} one. Choose another."
        )
    by_stratum = {prior.stratum: prior for prior in priors if prior.component == source.arm}
    rows = [row for row in source.data if row.stratum in by_stratum]
    if not rows:
        raise SpecificationError(
            f"a result must be on an arm and stratum of the priors ({', '.join(by_stratum) or 'none'} "
            f"for {source.arm}); {source.name} has none. Choose another."
        )
    return [_confront(design, by_stratum[row.stratum], source, row, reading) for row in rows]


def shared_patients(design: Design, source: EvidenceBase) -> list[str]:
    """Return a warning for each source that a design has learned from and that shares patients."""
    used = [use.source for each in design.model.components().values() for use in each.evidence]
    return [
        f"{source.name} shares patients with {other.name}, from which the prior has learned: their "
        "conflict is understated. Look for a result without them."
        for other in used
        if overlap(source, other)
    ]


def _confront(design: Design, prior: Prior, source: EvidenceBase, row, reading: str) -> Confrontation:
    own = design.endpoint.describe(design.endpoint.statistics(row, reading))
    expected = predict(design, prior, own.size)
    at = int(np.abs(expected.count - own.count).argmin())
    if own.count > expected.count[-1]:
        raise SpecificationError(
            f"a result must be one that can be predicted; {source.name} has {own.told}, beyond "
            f"{expected.count[-1]:g}. Leave it out."
        )
    weights = expected.vague_weights()
    return Confrontation(
        component=prior.component,
        stratum=prior.stratum,
        source=source.name,
        study=row.study or source.name,
        size=own.size,
        count=expected.count.dtype.type(own.count).item(),
        probability=float(expected.probability[at]),
        box_p_value=float(expected.box_p_values()[at]),
        conflict=float(expected.conflict()[at]),
        lower=float(expected.probability[: at + 1].sum()),
        upper=float(expected.probability[at:].sum()),
        vague_weight=None if weights is None else float(weights[at]),
    )
