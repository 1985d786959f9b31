"""Before infusion: patients of the treatment arm whose cells fail, or who die, before they get them.

A patient who enters is due for infusion ``months`` later.  A fraction of the patients never gets there:
manufacturing fails, which is known when the infusion is due, or the patient dies, at any time before it
with equal chance.  The two exclude each other; V is the time from entry of whichever comes, with

    P(V > v) = 1 - death v / months  for v < months,     1 - death - manufacturing_failure  after,

and ``counted`` says what an analysis makes of it:

    excluded   Only the infused are analysed, and their clocks start at infusion: as in a published
               cohort, but no longer a comparison of randomised groups.  The assumed truth is that of
               the infused.
    event      Everybody is analysed from entry (intention to treat), and V is an event: the composite
               strategy.  The assumed truth is that of patients with cells; what an analysis estimates,
               and by what success is right or wrong, is the composite.
    censored   Everybody is analysed from entry, and V ends the patient's follow-up without an event:
               what would be if cells never failed.  The assumed truth is just that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialdesign.probability.distributions.survival import Curve
from trialdesign.specification.types import Months, Probability, specification


@specification
class BeforeInfusion:
    """What happens between entry and infusion in the treatment arm.

    Attributes
    ----------
    months : float
        From entry to infusion.
    manufacturing_failure, death : float
        Proportion of the treatment arm that is lost to it.
    counted : {"excluded", "event", "censored"}
        What the analysis makes of a loss: only the infused are analysed, or it is an event, or the end
        of follow-up.
    """

    months: Months
    manufacturing_failure: Probability = 0.0
    death: Probability = 0.0
    counted: Literal["excluded", "event", "censored"]

    def __post_init__(self) -> None:
        if not self.lost < 1:
            raise ValueError(
                "`manufacturing_failure` and `death` must sum to less than 1; got "
                f"{self.manufacturing_failure:g} and {self.death:g}. Lower one of them."
            )

    @property
    def lost(self) -> float:
        """Fraction of the patients who are never infused."""
        return self.manufacturing_failure + self.death

    def unlost(self, v: np.ndarray) -> np.ndarray:
        """Return P(V > v), the fraction of patients not yet lost v months after entry."""
        early = 1 - self.death * np.asarray(v) / self.months
        return np.where(np.asarray(v) < self.months, early, 1 - self.lost)

    def draw(self, uniform: np.ndarray) -> np.ndarray:
        """Return V for uniform numbers in (0, 1]; infinite for patients who are infused."""
        dies = self.months * (uniform - self.manufacturing_failure) / (self.death or 1.0)
        dies = np.where(uniform <= self.lost, dies, np.inf)
        return np.where(uniform <= self.manufacturing_failure, self.months, dies)


@dataclass(frozen=True, slots=True)
class Composite(Curve):
    """Time to the event or to V, whichever is first: S(t) = infused(t) P(V > t)."""

    infused: Curve
    before: BeforeInfusion

    def breaks(self) -> Iterator[float]:
        yield from sorted({self.before.months, *self.infused.breaks()})

    def survival(self, t: np.ndarray) -> np.ndarray:
        return self.infused.survival(t) * self.before.unlost(t)

    def time_at(self, survival: np.ndarray) -> np.ndarray:
        wanted, months = np.asarray(survival, float), self.before.months
        late = self.infused.time_at(np.minimum(wanted / (1 - self.before.lost), 1.0))
        low, high = np.zeros_like(wanted), np.full_like(wanted, months)
        for _ in range(60):  # the first month by which no more survive
            middle = (low + high) / 2
            above = self.survival(middle) > wanted
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        return np.where(late > months, late, high)
