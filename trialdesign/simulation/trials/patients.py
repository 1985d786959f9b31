"""Patients of simulated trials: when each enters, has the event and leaves, and what a cut-off shows.

Patients know nothing of the analyses: the same ones are seen at every look and on every rung of a
ladder of follow-ups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.design.conduct.accrual import Conduct
from trialdesign.design.conduct.before_infusion import BeforeInfusion, Composite
from trialdesign.design.conduct.looks import look_months
from trialdesign.probability.distributions.survival import Curve


@dataclass(frozen=True, slots=True)
class Patients:
    """Patients of one arm and stratum in T trials; every array (T, n), in months.

    Attributes
    ----------
    entry : ndarray
        Month of the trial in which each enters.
    start : ndarray
        Month of the trial from which each is analysed; infinite: never.
    event : ndarray
        From the start to the event; infinite: never.
    leaves : ndarray or float
        From the start until the patient is gone; infinite: never.
    """

    entry: np.ndarray
    start: np.ndarray
    event: np.ndarray
    leaves: np.ndarray | float

    def event_month(self) -> np.ndarray:
        """Return the month of the trial in which each event is seen; infinite where it is not."""
        return np.where(self.event <= self.leaves, self.start + self.event, np.inf)

    def seen(self, cut: np.ndarray, event_month: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return months (T, n) from the start until the event or the end, and which it was.

        ``cut`` (T,) is the month of the analysis; who has not started by then adds no month.
        """
        until = np.minimum(np.maximum(cut[:, None] - self.start, 0.0), self.leaves)
        # compared as the months that date a look are, so that the event that triggers it is in it
        return np.minimum(self.event, until), event_month <= cut[:, None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What T trials show at one analysis.

    Attributes
    ----------
    outcomes : list of S mappings
        Arm -> statistics (T, M).
    month : ndarray, shape (T,)
    entered, started, events : ndarray, shape (T, S)
        Patients of both arms who have entered, those whose clocks have started, and their events.
    """

    outcomes: list[dict[str, np.ndarray]]
    month: np.ndarray
    entered: np.ndarray
    started: np.ndarray
    events: np.ndarray

    @classmethod
    def joined(cls, blocks: Sequence[Seen], trials: int) -> Seen:
        """Return blocks of trials as one, cut to the first T trials."""
        join = lambda parts: np.concatenate(parts)[:trials]
        outcomes = [
            {arm: join([block.outcomes[s][arm] for block in blocks]) for arm in own}
            for s, own in enumerate(blocks[0].outcomes)
        ]
        names = ("month", "entered", "started", "events")
        return cls(outcomes, *(join([getattr(block, name) for block in blocks]) for name in names))


def enter(
    rng: np.random.Generator,
    reasons: np.random.Generator,
    curve: Curve,
    shape: tuple[int, int],
    s: int,
    conduct: Conduct,
    before: BeforeInfusion | None = None,
) -> Patients:
    """Return patients of stratum s, ``shape`` (T, n).

    Parameters
    ----------
    rng : Generator
    reasons : Generator
        Of what happens before infusion alone: the patients are the same with it and without.
    curve : Curve
        True distribution of the months to the event.
    shape : tuple of int
    s : int
    conduct : Conduct
    before : BeforeInfusion, optional
        Unless it is there, every patient's clock starts at entry.
    """
    fraction, level, leaving = 1 - rng.random((3, *shape))
    entry, leaves = conduct.entry(s, fraction), np.inf
    event = (curve.infused if isinstance(curve, Composite) else curve).time_at(level)
    if conduct.dropout > 0:
        leaves = -np.log(leaving) / conduct.dropout
    if before is None:
        return Patients(entry, entry, event, leaves)
    lost = before.draw(1 - reasons.random(shape))
    if before.counted == "excluded":
        start = np.where(np.isinf(lost), entry + before.months, np.inf)
        return Patients(entry, start, event, leaves)
    if before.counted == "event":
        return Patients(entry, entry, np.minimum(event, lost), leaves)
    return Patients(entry, entry, event, np.minimum(leaves, lost))


def watch(
    drawn: Mapping[str, Sequence[Patients]], endpoint, conducts: Sequence[Conduct]
) -> list[list[Seen]]:
    """Return what the same patients show under several ways to run the trial, one per look.

    Parameters
    ----------
    drawn : mapping of arm to S Patients
    endpoint : Endpoint
        Its ``tabulate`` makes statistics of months and events.
    conducts : sequence of Conduct
        They differ only in when the data are analysed.
    """
    events = {arm: [each.event_month() for each in own] for arm, own in drawn.items()}
    pooled = lambda by_arm: np.concatenate([a for own in by_arm for a in own], axis=1)
    all_events = pooled(events.values()) if any(c.looks for c in conducts) else None
    entries = pooled([each.entry for each in own] for own in drawn.values())
    out = []
    for conduct in conducts:
        months = look_months(
            conduct.looks, conduct.cut, entries if all_events is None else all_events, entries
        )
        out.append([_at(drawn, events, endpoint, month) for month in months.T])
    return out


def _at(drawn, events, endpoint, month: np.ndarray) -> Seen:
    """Return what the patients show in a month (T,)."""
    n_strata = len(next(iter(drawn.values())))
    outcomes: list[dict[str, np.ndarray]] = [{} for _ in range(n_strata)]
    counts = np.zeros((3, len(month), n_strata))
    for arm, own in drawn.items():
        for s, each in enumerate(own):
            time, happened = each.seen(month, events[arm][s])
            outcomes[s][arm] = endpoint.tabulate(time, happened)
            for count, which in zip(counts, (each.entry, each.start)):
                count[:, s] += (which <= month[:, None]).sum(axis=1)
            counts[2, :, s] += happened.sum(axis=1)
    return Seen(outcomes, month, *counts)
