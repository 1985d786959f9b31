"""Looks: when the data of a running trial are analysed, as one formula.

Each look comes in the month

    min(latest, at_most, max(calendar, month of the k-th event, entry of the n-th patient + followed)),

and no earlier than the look before it.  What a look does not state is left out of the formula, a
condition that never comes leaves ``latest``: the last planned entry plus the design's follow-up.  Events
and patients are counted over all strata and arms; the last look is the final analysis.

Reference: ``get_analysis_date`` of the R packages simtrial and gsDesign2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trialdesign.specification.types import Elapsed, Months, PositiveCount, specification


@specification
class Look:
    """When the data are analysed: once all of the conditions stated hold, but no later than `at_most`.

    Attributes
    ----------
    calendar : float, optional
        Months since the first patient could enter.
    events : int, optional
        Events seen, over all strata and arms.
    patients : int, optional
        Patients entered, over all strata and arms; every planned one where only ``followed`` is given.
    followed : float, optional
        Months since that patient entered; 0 unless given.
    at_most : float, optional
        Months since the first patient could enter, whether the conditions hold by then or not.
    """

    calendar: Elapsed | None = None
    events: PositiveCount | None = None
    patients: PositiveCount | None = None
    followed: Elapsed | None = None
    at_most: Months | None = None

    def __post_init__(self) -> None:
        if not self.conditions():
            raise ValueError(
                "a look must state at least one of `calendar`, `events`, `patients` and `followed`; got "
                "none. Say what it waits for, e.g. `events: 40`."
            )
        if self.at_most is not None and self.at_most < (self.calendar or 0.0):
            raise ValueError(
                f"`at_most` must be no earlier than `calendar`; got {self.at_most:g} and "
                f"{self.calendar:g}. Raise `at_most`, or delete one of them."
            )

    def conditions(self) -> dict[str, float]:
        """Return the conditions that are stated, by name."""
        named = {key: getattr(self, key) for key in ("calendar", "events", "patients", "followed")}
        return {key: value for key, value in named.items() if value is not None}

    @property
    def waits_for_events(self) -> bool:
        """Whether the month depends on events."""
        return self.events is not None

    @property
    def waits_for_patients(self) -> bool:
        """Whether the month depends on entries."""
        return self.patients is not None or self.followed is not None

    def is_never_after(self, other: Look, total: int) -> bool:
        """Return whether this look can never come later than another, of ``total`` patients."""

        def needs(look: Look) -> tuple[float, ...]:
            patients = (look.patients or total) if look.waits_for_patients else 0
            followed = (look.followed or 0.0) if look.waits_for_patients else -np.inf
            return look.calendar or 0.0, look.events or 0, patients, followed

        if (self.at_most or np.inf) <= (other.calendar or 0.0):
            return True
        capped = (self.at_most or np.inf) <= (other.at_most or np.inf)
        return capped and all(own <= their for own, their in zip(needs(self), needs(other)))

    def label(self) -> str:
        """Return the look in words, e.g. ``40 events, at most month 30``."""
        parts = []
        if self.calendar is not None:
            parts.append(f"month {self.calendar:g}")
        if self.events is not None:
            parts.append(f"{self.events} events")
        if self.waits_for_patients:
            who = "last patient" if self.patients is None else f"patient {self.patients}"
            parts.append(f"{who} followed {self.followed:g} months" if self.followed else f"{who} in")
        if self.at_most is not None:
            parts.append(f"at most month {self.at_most:g}")
        return ", ".join(parts)


def look_months(
    looks: Sequence[Look], latest: float, events: np.ndarray, entries: np.ndarray
) -> np.ndarray:
    """Return when each look comes, in months since the first patient could enter.

    Parameters
    ----------
    looks : sequence of L Look
        None stands for one analysis, at ``latest``.
    latest : float
        Month of the last analysis possible.
    events : ndarray, shape (T, N)
        Months of the events of all patients, infinite where none is seen.
    entries : ndarray, shape (T, N)
        Months in which they enter.

    Returns
    -------
    ndarray, shape (T, L), L >= 1
    """
    if not looks:
        return np.full((len(events), 1), latest)
    events = np.sort(events, axis=1) if any(look.waits_for_events for look in looks) else events
    entries = np.sort(entries, axis=1) if any(look.waits_for_patients for look in looks) else entries
    before, out = np.zeros(len(events)), []
    for look in looks:
        due = np.full(len(events), look.calendar or 0.0)
        if look.waits_for_events:
            due = np.maximum(due, _nth(events, look.events))
        if look.waits_for_patients:
            last = _nth(entries, look.patients or entries.shape[1])
            due = np.maximum(due, last + (look.followed or 0.0))
        before = np.maximum(before, np.minimum(due, min(latest, look.at_most or np.inf)))
        out.append(before)
    return np.stack(out, axis=1)


def _nth(ordered: np.ndarray, n: int) -> np.ndarray:
    """Return the n-th column, or infinity where there are fewer."""
    return ordered[:, n - 1] if n <= ordered.shape[1] else np.full(len(ordered), np.inf)


def order_problems(looks: Sequence[Look], total: int, latest: float) -> Iterator[tuple[int, str]]:
    """Yield the position and the fault of looks that a trial of ``total`` patients cannot have."""
    for i, look in enumerate(looks):
        for key in ("events", "patients"):
            asked = getattr(look, key)
            if asked is not None and asked > total:
                fault = (
                    f"`{key}` must be at most the {total} patients of the design; got {asked}. "
                    "Lower it, or enlarge the trial."
                )
                yield i, fault
        if look.calendar is not None and look.calendar > latest:
            fault = (
                f"`calendar` must be at most the month of the latest analysis, {latest:.4g} (last "
                f"planned entry + `follow_up`); got {look.calendar:g}. Lower it, or raise `follow_up`."
            )
            yield i, fault
        never = (j for j, earlier in enumerate(looks[:i]) if look.is_never_after(earlier, total))
        for j in list(never)[:1]:
            fault = (
                f"looks must be in order; look {i + 1} ({look.label()}) can never come after "
                f"look {j + 1} ({looks[j].label()}). Sort them, or delete one."
            )
            yield i, fault
