"""What `certify` proves: a bound per null pattern, and one on the family-wise error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trialdesign.analysis.accuracy import TARGET
from trialdesign.design.design import Design
from trialdesign.design.result import Result

CLOSED = 1.01  # times the gap that was asked for


@dataclass(frozen=True, slots=True)
class Certified:
    """The error of one null pattern.

    Attributes
    ----------
    null : tuple of str
        The strata that are null; the truth of the others is anything.
    quantity : str
        ``type_i_error`` of one stratum, ``family_wise_error`` of several.
    bound, largest_found : float
        The proven upper bound, and the largest error that was found.
    attained_at : dict of str to dict of str to float
        Stratum -> arm -> the rate at which it was found.
    boxes : int
        How many boxes of rates were bounded.
    """

    null: tuple[str, ...]
    quantity: str
    bound: float
    largest_found: float
    attained_at: dict[str, dict[str, float]]
    boxes: int


@dataclass(frozen=True, slots=True, repr=False)
class Certificate(Result):
    """Proven bounds on the errors of a design.

    Attributes
    ----------
    design : Design
    rows : tuple of Certified
        One per null pattern of strata that inform each other.
    bound, largest_found : float
        Of the family-wise error over the whole null region.
    attained_at : dict of str to dict of str to float
    alpha : float or None
        The level that is asked for, if any.
    gap : float
        ``bound`` minus ``largest_found``.
    asked_gap : float
        At which the search of a pattern stops.
    seconds : float
    accuracy : float
        Estimated numerical error of the posterior probabilities that decide.
    warnings : tuple of str
    """

    design: Design
    rows: tuple[Certified, ...]
    bound: float
    largest_found: float
    attained_at: dict[str, dict[str, float]]
    alpha: float | None
    gap: float
    asked_gap: float
    seconds: float
    accuracy: float
    warnings: tuple[str, ...] = ()

    @property
    def alpha_held(self) -> bool | None:
        """Whether the bound proves the level; None where no level is asked for."""
        return None if self.alpha is None else self.bound <= self.alpha

    @property
    def closed(self) -> bool:
        """Whether the search of every pattern came within the gap that was asked for."""
        return not self.open_rows()

    def open_rows(self) -> list[Certified]:
        """Return the patterns whose search did not."""
        wide = CLOSED * self.asked_gap
        return [row for row in self.rows if row.bound - row.largest_found > wide]

    @property
    def accurate(self) -> bool:
        """Whether every search closed its gap, on probabilities as accurate as decisions need."""
        return self.closed and self.accuracy <= TARGET

    def told(self) -> Iterator[str]:
        """Yield the bound."""
        yield (
            f"proven: the family-wise error is at most {self.bound:.4f} wherever the truth lies; "
            f"{self.largest_found:.4f} was found; {self.seconds:.1f} s"
        )
