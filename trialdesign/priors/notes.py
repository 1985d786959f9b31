"""What a prior rests on, in one line: its evidence, and how much of it is not from patients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialdesign.design.design import Design
from trialdesign.design.model import EvidenceUse
from trialdesign.discounting._external_data import rows_of
from trialdesign.priors.summary import Prior


def prior_notes(design: Design, priors: Sequence[Prior]) -> list[str]:
    """Return one line for each prior with evidence: what that is, and how much of it was stated."""
    return [_note(design, prior) for prior in priors if _uses(design, prior)]


def _note(design: Design, prior: Prior) -> str:
    rows = _statistics(design, prior)
    told = f"{len(rows)} row{'s' if len(rows) > 1 else ''} of evidence"
    if len(rows) == 0:
        couples = design.model.components()[prior.component].strata.couples
        other = "what it has learned comes through other strata" if couples else "no stratum informs it"
        told = f"no evidence of its own, and {other}"
    elif one_sided := design.endpoint.one_sided(rows):
        told = f"{one_sided}, which bounds the parameter on one side only"
    vague = f" ({100 * prior.vague_weight:.0f} % is the vague component)" if prior.vague_weight else ""
    return (
        f"{prior.component}, {prior.stratum}: {told}; {100 * prior.stated_weight:.0f} % of the analysis "
        f"prior rests on the stated priors, not on patients{vague}."
    )


def _uses(design: Design, prior: Prior) -> list[EvidenceUse]:
    return design.model.components()[prior.component].evidence


def _statistics(design: Design, prior: Prior) -> np.ndarray:
    """Return the statistics (J, M) of the evidence on a prior's own stratum."""
    found = [np.empty((0, len(design.endpoint.columns)))]
    for use in _uses(design, prior):
        stratum, statistics = rows_of(design.endpoint, use, design.strata)
        found.append(statistics[stratum == design.strata.index(prior.stratum)])
    return np.concatenate(found)
