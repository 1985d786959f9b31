"""Exposure of which only bounds are published, read at its lower end, its middle and its upper end.

The three are alternatives to be shown side by side, not one number with an error.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass, replace

from .design import Component, Design, EvidenceUse
from .prior_summary import PriorRow, names_of, priors_of, summarise

READINGS = ("lower", "middle", "upper")


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """The summary of a prior under one reading of the published bounds."""

    exposure: str
    row: PriorRow

    def to_dict(self) -> dict[str, str | float]:
        """Return the row as it is printed, the reading first."""
        return {"exposure": self.exposure} | self.row.to_dict()


def fit_over_readings(design: Design, component: str | None = None) -> list[ReadingRow]:
    """Return the analysis priors under each reading, of components that have such evidence.

    Parameters
    ----------
    design : Design
        Checked, its evidence loaded.
    component : str, optional
        All unless stated.

    Returns
    -------
    list of ReadingRow
        Empty where every exposure is published as a number.
    """
    components = design.model.components()
    names = [name for name in names_of(design, component) if is_bounded(components[name])]
    return [
        ReadingRow(reading, row)
        for name in names
        for reading in READINGS
        for prior in priors_of(with_reading(design, name, reading), name)
        for row in summarise(prior)
    ]


def with_reading(design: Design, component: str, reading: str) -> Design:
    """Return a design that reads the bounded exposures of a component's evidence in one way."""
    old = design.model.components()[component]
    uses = [replace(use, exposure=reading) if _bounded(use) else use for use in old.evidence]
    model = replace(design.model, **{component: replace(old, evidence=uses)})
    return replace(design, model=model)


def is_bounded(component: Component) -> bool:
    """Return whether a component has evidence with an exposure of which only bounds are published."""
    return any(_bounded(use) for use in component.evidence)


def _bounded(use: EvidenceUse) -> bool:
    return any(is_dataclass(getattr(row, "exposure", None)) for row in use.source.data)
