"""The results of a search for critical counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trialdesign.analysis.accuracy import TARGET
from trialdesign.design.design import Design
from trialdesign.design.result import Result


@dataclass(frozen=True, slots=True)
class CriticalCount:
    """Which results of the treatment arm declare success in a stratum, given that of its controls.

    Attributes
    ----------
    stratum : str
    n_control, control_responders : int or None
        None in a single-arm trial.
    n_treatment : int
    success_if_at_least, success_if_at_most : int or None
        Fewest and most responders that declare success; None where no count does.
    unless : tuple of int
        Counts between the two that do not: where borrowing gives way to a conflict, or two criteria
        pull apart.
    """

    stratum: str
    n_control: int | None
    control_responders: int | None
    n_treatment: int
    success_if_at_least: int | None
    success_if_at_most: int | None
    unless: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class CriticalCounts(Result):
    """The critical counts of a design.

    Attributes
    ----------
    design : Design
    rows : tuple of CriticalCount
        Strata in order, and in each the responders of the controls, from none to all.
    scenario : str
        The scenario under which the other strata's result is the most likely one.
    others : mapping of str to mapping of str to int
        That result: stratum -> arm -> responders, of the arms that inform other strata.  Empty where
        no stratum informs another.
    accuracy : float
        Estimated numerical error of the posterior probabilities.
    warnings : tuple of str
    """

    design: Design
    rows: tuple[CriticalCount, ...]
    scenario: str
    others: Mapping[str, Mapping[str, int]]
    accuracy: float
    warnings: tuple[str, ...] = ()

    @property
    def accurate(self) -> bool:
        """Whether the posterior probabilities are as accurate as decisions need."""
        return self.accuracy <= TARGET

    def told(self) -> Iterator[str]:
        """Yield the fewest responders of each stratum that ever declare success."""
        least: dict[str, list[int]] = {stratum: [] for stratum in self.design.strata}
        for row in self.rows:
            if row.success_if_at_least is not None:
                least[row.stratum].append(row.success_if_at_least)
        each = [f"{stratum} {min(counts) if counts else 'none'}" for stratum, counts in least.items()]
        yield f"exact; the fewest responders that can declare success: {', '.join(each)}"
