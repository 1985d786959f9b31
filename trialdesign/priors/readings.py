"""The analysis priors under each reading of exposures known as bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialdesign.design.design import Design
from trialdesign.design.evidence.readings import READINGS, is_bounded, with_reading
from trialdesign.design.model import Component
from trialdesign.priors.summary import Ground, Prior, PriorRow, summarise


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """The summary of a prior under one reading of bounded exposures."""

    exposure: str
    row: PriorRow

    def to_dict(self) -> dict[str, str | float]:
        """Return the row as it is printed, the reading first."""
        return {"exposure": self.exposure} | self.row.to_dict()


def fit_over_readings(
    design: Design, grounds: Sequence[Ground], known: Sequence[Prior] = ()
) -> list[ReadingRow]:
    """Return moments and quantiles of the analysis priors under each reading.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    grounds : sequence of Ground
        Of the components to be told (`summary.grounds_of`).
    known : sequence of Prior
        The design's own priors, where they have been computed on these grounds already.

    Returns
    -------
    list of ReadingRow
        Empty where every exposure is published as a number.
    """
    return [
        ReadingRow(reading, row)
        for reading, priors in priors_over_readings(design, grounds, known)
        for prior in priors
        for row in summarise(prior)
    ]


def priors_over_readings(
    design: Design, grounds: Sequence[Ground], known: Sequence[Prior] = ()
) -> Iterator[tuple[str, list[Prior]]]:
    """Yield each reading with the priors of a component, for each that has evidence with bounds."""
    for ground in grounds:
        own = design.model.components()[ground.component]
        if is_bounded(own):
            mine = [prior for prior in known if prior.component == ground.component]
            for reading in READINGS:
                read = with_reading(design, ground.component, reading)
                same = exposures(read.model.components()[ground.component]) == exposures(own)
                yield reading, mine if mine and same else ground.priors(read)


def exposures(component: Component) -> list[str]:
    """Return how a component reads its evidence, source by source."""
    return [use.exposure for use in component.evidence]
