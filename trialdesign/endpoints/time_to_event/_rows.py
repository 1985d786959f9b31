"""What published and patient-level data of a time to event say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AllowInfNan, Field, Strict

from trialdesign.endpoints._evidence_row import EvidenceRow
from trialdesign.specification.types import (
    LONGEST,
    Exposure,
    Followed,
    Published,
    specification,
)

Month = Annotated[float, Strict(), AllowInfNan(False), Field(ge=0, le=LONGEST)]


@specification
class Bounds:
    """Exposure of which only the ends are published, in months.

    Attributes
    ----------
    lower : float
        The least that the patients' total can be.
    upper : float
        The most that it can be.
    """

    lower: Exposure
    upper: Exposure

    def __post_init__(self) -> None:
        if self.lower > self.upper:
            raise ValueError(
                f"`lower` must be at most `upper`; got {self.lower:g} and {self.upper:g}. Exchange them."
            )

    def at(self, reading: str) -> float:
        """Return the exposure under a reading: lower, middle or upper."""
        return {"lower": self.lower, "middle": (self.lower + self.upper) / 2, "upper": self.upper}[
            reading
        ]


@specification
class TimeToEventRow(EvidenceRow):
    """Events in a total exposure, in months, of one stratum in one study, of ``n`` patients.

    Attributes
    ----------
    events : int
        Patients who had the event.
    exposure : float or bounds
        Total months under observation: a number, or ``{lower, upper}`` where only bounds are known.
    n : int
        Patients; all distributions but the exponential need it.
    """

    events: Published
    exposure: Exposure | Bounds
    n: Followed | None = None

    def __post_init__(self) -> None:
        longest = self.months("upper")
        if self.events > 0 and longest == 0:
            raise ValueError(
                f"`exposure` must be positive where events happened; got 0 with {self.events} events. "
                "Give the patients' total months."
            )
        if self.n is not None and self.events > self.n:
            raise ValueError(
                f"`events` must be at most n = {self.n}; got {self.events}. "
                "Correct one of the two counts."
            )

    @property
    def bounded(self) -> bool:
        """Whether only bounds of the exposure are published, so that a reading must be chosen."""
        return isinstance(self.exposure, Bounds)

    def months(self, reading: str) -> float:
        """Return the exposure; ``reading`` says which end of its bounds."""
        return self.exposure.at(reading) if self.bounded else self.exposure


@specification
class TimeToEventPatient:
    """Months under observation of one patient, and whether they ended with the event."""

    time: Month
    event: Literal[0, 1]
