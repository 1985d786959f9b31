"""Published results as they were: estimates with exact intervals, before any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialdesign.design.design import Design
from trialdesign.design.model import EvidenceUse
from trialdesign.discounting._external_data import published_rows


@dataclass(frozen=True, slots=True)
class Published:
    """One row of published data.

    Attributes
    ----------
    stratum, study : str
    told : str
        The counts, e.g. ``8 of 8``.
    estimate, lower, upper : float
        On the natural scale, with the 95 % interval of the endpoint (`Endpoint.describe`).
    """

    stratum: str
    study: str
    told: str
    estimate: float
    lower: float
    upper: float


def published_results(design: Design, uses: Sequence[EvidenceUse]) -> list[Published]:
    """Return the rows of evidence on the design's strata."""
    return [_result(design, use, row) for use in uses for row in published_rows(use, design.strata)]


def _result(design: Design, use: EvidenceUse, row) -> Published:
    own = design.endpoint.describe(design.endpoint.statistics(row, use.exposure))
    study = row.study or use.source.name
    return Published(row.stratum, study, own.told, own.estimate, own.lower, own.upper)
