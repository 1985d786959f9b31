"""Effective sample sizes under each reading of exposures known as bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from trialdesign.design.design import Design
from trialdesign.priors.ess.of_design import PriorWorth, density_sizes
from trialdesign.priors.readings import priors_over_readings
from trialdesign.priors.summary import Ground


class ReadSizes(NamedTuple):
    """Effective sample sizes by method, under one reading of bounded exposures."""

    exposure: str
    component: str
    stratum: str
    sizes: dict[str, float]
    planned: int


def sizes_over_readings(
    design: Design, grounds: Sequence[Ground], worths: Sequence[PriorWorth]
) -> list[ReadSizes]:
    """Return the effective sample sizes under each reading of exposures known as bounds.

    Parameters
    ----------
    design : Design
    grounds : sequence of Ground
        Of the components to be told (`summary.grounds_of`).
    worths : sequence of PriorWorth
        Of the design's own priors, on these grounds.

    Returns
    -------
    list of ReadSizes
        Empty where every exposure is published as a number.
    """
    known = {id(own.prior): own.sizes for own in worths}
    planned = {(own.prior.component, own.prior.stratum): own.planned for own in worths}
    out = []
    for reading, priors in priors_over_readings(design, grounds, [own.prior for own in worths]):
        for prior in priors:
            sizes = known.get(id(prior)) or density_sizes(design, prior, prior.analysis)
            where = prior.component, prior.stratum
            out.append(ReadSizes(reading, *where, sizes, planned[where]))
    return out
