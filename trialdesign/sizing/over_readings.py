"""Answers on follow-up as commands and notebooks want them: one, or one for each reading of an exposure.

Of some exposures only bounds are published.  The lower bound of the patient-months of the evidence on
the new treatment is the pessimistic reading, for fewer months without an event say less; the upper bound
is the optimistic one.  The one between, which scripts know as ``published``, is the middle of the two
bounds, as if follow-up had been spread evenly: no source prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from trialdesign.design.cautions import on_other_outcomes
from trialdesign.design.design import Design
from trialdesign.design.evidence.readings import is_bounded, with_reading
from trialdesign.design.result import Result
from trialdesign.errors import SpecificationError
from trialdesign.sizing.follow_up import (
    LADDER,
    follow_up_for_events,
    follow_up_for_width,
    required_follow_up,
)
from trialdesign.sizing.follow_up_result import CurveRow, FollowUp

READINGS = {"pessimistic": "lower", "published": "middle", "optimistic": "upper"}
MAIN = "published"  # the reading whose answer is the answer
IN_WORDS = {"pessimistic": "pessimistic", "published": "middle", "optimistic": "optimistic"}


@dataclass(frozen=True, slots=True, repr=False)
class FollowUps(Result):
    """How long a trial must be followed, under each reading of exposures known as bounds.

    Attributes
    ----------
    design : Design
    main : FollowUp
        The answer: of the middle reading, or of the design as it is where nobody asked for readings.
    by_reading : mapping of str to FollowUp
        ``pessimistic``, ``published`` (the middle) and ``optimistic``; empty where nobody asked.
    warnings : tuple of str
    """

    design: Design
    main: FollowUp
    by_reading: Mapping[str, FollowUp]
    warnings: tuple[str, ...]

    @property
    def found(self) -> list[tuple[str | None, FollowUp]]:
        """Each reading, or None where nobody asked for readings, with its answers."""
        return list(self.by_reading.items()) or [(None, self.main)]

    @property
    def rows(self) -> tuple[CurveRow, ...]:
        """The curves, one reading after the other; `records` says which."""
        return tuple(row for _, each in self.found for row in each.rows)

    @property
    def seconds(self) -> float:
        """Of all readings."""
        return sum(each.seconds for _, each in self.found)

    @property
    def accuracy(self) -> float | None:
        """Largest numerical error of posterior probabilities; None where there are none."""
        known = [each.accuracy for _, each in self.found if each.accuracy is not None]
        return max(known, default=None)

    @property
    def accurate(self) -> bool:
        """Whether posterior probabilities are as accurate as simulated decisions need."""
        return all(each.accurate for _, each in self.found)

    def told(self) -> Iterator[str]:
        """Yield the method and each answer."""
        yield from self.main.told()
        if self.by_reading:
            each = [f"{named(reading)} {own.months()}" for reading, own in self.by_reading.items()]
            yield "; ".join(each)

    def records(self) -> list[dict[str, Any]]:
        """Return the curves as rows, the reading first where there are several."""
        return [_told(reading, row) for reading, each in self.found for row in each.rows]

    def answers(self) -> list[dict[str, Any]]:
        """Return the answers of every scenario and stratum, the reading first if there are any."""
        return [_told(reading, row) for reading, each in self.found for row in each.answers]


def follow_up(
    design: Design,
    target: float = 0.9,
    scenario: str | None = None,
    stratum: str = "all",
    ladder: Sequence[float] = LADDER,
    width: float | None = None,
    events: int | None = None,
    readings: bool = False,
    trials: int | None = None,
    seed: int | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> FollowUps:
    """Return how long the last patient must be followed.

    Parameters
    ----------
    design : Design
    target : float
        Probability with which the decision must succeed, or the event must have come.
    scenario, stratum, ladder, trials, seed, progress
        See `required_follow_up`.
    width : float, optional
        Ask instead for the interval of survival to be this narrow (`follow_up_for_width`).
    events : int, optional
        Ask instead for this event of the trial to have come (`follow_up_for_events`).
    readings : bool
        Whether to ask under each reading of exposures of which only bounds are known.

    Returns
    -------
    FollowUps

    Raises
    ------
    SpecificationError
        What is asked does not fit the design, or both a width and an event are asked for.
    """
    if width is not None and events is not None:
        raise SpecificationError("`width` and `events` exclude each other. Keep one.")
    simulated = {"ladder": ladder, "stratum": stratum, "trials": trials, "seed": seed}

    def ask(own: Design, tell: Callable[[float], None]) -> FollowUp:
        if events is not None:
            return follow_up_for_events(own, events, target, scenario, ladder)
        if width is not None:
            return follow_up_for_width(own, width, scenario, **simulated, progress=tell)
        return required_follow_up(own, target, scenario, **simulated, progress=tell)

    others = list(on_other_outcomes(design))
    if not readings:
        main = ask(design, progress)
        return FollowUps(design, main, {}, (*main.warnings, *others))
    designs, found = by_reading(design), {}
    for at, (reading, each) in enumerate(designs.items()):
        found[reading] = ask(each, lambda done, at=at: progress((at + done) / len(designs)))
    warnings = [f"{named(name)}: {text}" for name, each in found.items() for text in each.warnings]
    return FollowUps(design, found[MAIN], found, (*warnings, *others))


def by_reading(design: Design) -> dict[str, Design]:
    """Return the design under each reading of the exposure in the evidence on the new treatment.

    Raises
    ------
    SpecificationError
        No evidence on the treatment has an exposure of which only bounds are known.
    """
    (treated,) = design.treated
    component = design.model.components().get(treated.name)
    if component is None or not is_bounded(component):
        raise SpecificationError(
            "`model.treatment.evidence` must have an exposure of which only bounds are known; got "
            "none. Ask without --exposure-readings."
        )
    return {name: with_reading(design, treated.name, reading) for name, reading in READINGS.items()}


def named(reading: str) -> str:
    """Return a reading of an exposure in words, e.g. ``middle reading``."""
    return f"{IN_WORDS[reading]} reading"


def _told(reading: str | None, row: object) -> dict[str, Any]:
    return asdict(row) if reading is None else {"reading": reading} | asdict(row)
