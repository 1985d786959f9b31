"""Looks dated: the distribution of the month in which each look comes.

By a month t every look up to the j-th has come if the conditions hold of all of those whose cap,
min(at_most, latest), lies after t.  Where these wait for events and the calendar alone that is

    t >= latest of their months,     and   P(events by t >= most of their events),

an exact distribution of counts; where they wait for patients alone it is a sum of binomials again, each
patient entered by t - followed with a known probability.  Where they wait for both, the events and the
entries are those of the same patients, and the months are simulated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialdesign.design.conduct.looks import Look
from trialdesign.design.design import Design
from trialdesign.simulation.trials.draws import watched
from trialdesign.simulation.trials.truths import Truth
from trialdesign.timeline.event_counts import Counts, Entering, frequencies, probabilities, whole_power
from trialdesign.timeline.milestones import LEVELS, Distribution, Milestone, milestones

TRIALS = 4000  # simulated where a look waits for events and patients
JUST_BEFORE = 1e-6  # months


def is_exact(looks: Sequence[Look]) -> bool:
    """Return whether the month of the last of some looks has a distribution that is computed here."""
    waits = [look for look in looks if look.waits_for_patients]
    both = waits and any(look.waits_for_events for look in looks)
    return not both and len({look.followed or 0.0 for look in waits}) <= 1


def look_by(
    looks: Sequence[Look],
    latest: float,
    counts: Counts,
    entering: Sequence[Entering],
    entered: int,
    now: float = 0.0,
) -> Distribution:
    """Return the distribution function, M = 1, of the month of the last of some looks.

    Parameters
    ----------
    looks : sequence of Look
        `is_exact`.
    latest : float
        Month of the last analysis possible.
    counts : callable
        Probabilities of 0 ... N events by months.
    entering : sequence of Entering
        Patients who are yet to enter.
    entered : int
        Patients who are in.
    now : float
        Month of the data that all this is conditional on; a look that has come by then is dated there.
    """
    caps = np.array([min(latest, look.at_most or np.inf) for look in looks])
    total = entered + sum(each.patients for each in entering)

    def by(months: np.ndarray) -> np.ndarray:
        out = np.ones(len(months))
        active = months[:, None] < caps  # (T, L)
        calendar = np.array([look.calendar or 0.0 for look in looks])
        out[months < np.where(active, calendar, 0.0).max(axis=1)] = 0.0
        out[months < now] = 0.0
        needed = np.where(active, [look.events or 0 for look in looks], 0).max(axis=1)
        if needed.any():
            out *= _at_least(counts(months), needed)
        patients = [(look.patients or total) if look.waits_for_patients else 0 for look in looks]
        waited = np.where(active, patients, 0).max(axis=1)
        if waited.any():
            followed = max(look.followed or 0.0 for look in looks)
            out *= _at_least(entered_counts(entering, months - followed), waited - entered)
        return np.clip(out, 0.0, 1.0)[:, None]

    return by


def _at_least(counts: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Return the probabilities (T,) that counts (T, N + 1) are at least the numbers needed (T,)."""
    below = np.cumsum(counts, axis=1)[np.arange(len(counts)), np.maximum(needed, 1) - 1]
    return np.where(needed > 0, 1 - below, 1.0)


def entered_counts(entering: Sequence[Entering], months: np.ndarray) -> np.ndarray:
    """Return the probabilities (T, N + 1) that 0 ... N of the patients have entered by some months."""
    total = sum(each.patients for each in entering)
    z = frequencies(total)
    generating = np.ones((len(months), z.size), complex)
    for each in entering:
        there = np.clip(months[:, None] - each.opens, 0.0, each.closes - each.opens)
        entered = np.clip(there @ each.rates / each.patients, 0.0, 1.0)
        generating *= whole_power(1 + entered[:, None] * (z - 1), each.patients)
    return probabilities(generating, total)


def dated_exactly(
    scenario: str, looks: Sequence[Look], name: str, latest: float, counts: Counts,
    entering: Sequence[Entering], entered: int, now: float,
) -> Milestone:  # fmt: skip
    """Return the date of the last of some looks."""
    by = look_by(looks, latest, counts, entering, entered, now)
    cap = min(latest, looks[-1].at_most or np.inf)
    jumps = [now, latest, *(m for look in looks for m in (look.calendar, look.at_most) if m is not None)]
    (found,) = milestones(scenario, [name], by, cap - JUST_BEFORE, jumps)
    return found


def dated_by_simulation(
    scenario: str, design: Design, truth: Truth, seed: int, which: Sequence[int], names: Sequence[str]
) -> list[Milestone]:
    """Return the dates of some looks of a design, by position, from simulated trials."""
    seen = watched([design], truth, seed, TRIALS)[0]
    latest = design.conduct().cut
    out = []
    for j, name in zip(which, names):
        months = seen[j].month
        cap = min(latest, design.looks[j].at_most or np.inf)
        dates = tuple(map(float, np.quantile(months, LEVELS)))
        error = float(months.std(ddof=1) / np.sqrt(TRIALS))
        by_rule = float((months < cap - JUST_BEFORE).mean())
        out.append(Milestone(scenario, name, by_rule, float(months.mean()), dates, error))
    return out
