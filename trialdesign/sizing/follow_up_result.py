"""The answer of `follow-up`: months, the curve that they are read off, and how it was found."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialdesign.analysis.accuracy import SIMULATED_TARGET
from trialdesign.design.design import Design
from trialdesign.design.result import Result
from trialdesign.sizing.ladder import Question, smallest, warnings_of


@dataclass(frozen=True, slots=True)
class CurveRow:
    """One quantity at one rung."""

    follow_up: float
    scenario: str
    stratum: str
    quantity: str
    value: float
    mcse: float
    lower: float
    upper: float

    @property
    def rung(self) -> float:
        """Months of follow-up."""
        return self.follow_up


@dataclass(frozen=True, slots=True)
class Answer:
    """The shortest follow-up of one stratum (or ``any``, ``all``) under one scenario; None: no rung."""

    scenario: str
    stratum: str
    follow_up: float | None


@dataclass(frozen=True, slots=True, repr=False)
class FollowUp(Result):
    """How long a trial must be followed.

    Attributes
    ----------
    design : Design
    question : str
        What is asked for, in words.
    target : float
    scenario, stratum : str
        Which scenario and stratum the answer is for.
    answer : float or None
        Months after the last patient; None where no rung keeps the target.
    answers : tuple of Answer
        The same for every scenario and stratum.
    rows : tuple of CurveRow
    asked : tuple of CurveRow
        Those of the rows that the answers are read off.
    method : str
        ``exact`` or ``simulation``.
    trials : int or None
    seed : int
    seconds : float
    accuracy : float or None
        Estimated numerical error of the posterior probabilities that decide; None where there are none.
    warnings : tuple of str
    """

    design: Design
    question: str
    target: float
    scenario: str
    stratum: str
    answer: float | None
    answers: tuple[Answer, ...]
    rows: tuple[CurveRow, ...]
    asked: tuple[CurveRow, ...]
    method: str
    trials: int | None
    seed: int
    seconds: float
    accuracy: float | None
    warnings: tuple[str, ...]

    @property
    def accurate(self) -> bool:
        """Whether posterior probabilities are as accurate as simulated decisions need."""
        return self.accuracy is None or self.accuracy <= SIMULATED_TARGET

    def told(self) -> Iterator[str]:
        """Yield the method and the answer."""
        trials = "" if self.trials is None else f", {self.trials:,} trials per scenario and rung"
        yield f"{self.method}{trials}; {self.seconds:.1f} s"
        asked = f"{self.question}, target {self.target:g}, {self.stratum} under {self.scenario}"
        yield f"{asked}: {self.months()}"

    def months(self) -> str:
        """Return the answer in words."""
        if self.answer is None:
            return "no rung of the ladder keeps the target"
        return f"{self.answer:g} months"


@dataclass(frozen=True, slots=True)
class Climbed:
    """What was found on a ladder; the attributes are those of `FollowUp`."""

    rows: Sequence[CurveRow]
    asked: Sequence[CurveRow]
    method: str
    trials: int | None
    seed: int
    started: float
    accuracy: float | None = None
    notes: Sequence[str] = ()


def answer_of(design: Design, question: Question, found: Climbed) -> FollowUp:
    """Return the answers for every scenario and stratum, and the one that was asked for."""
    paths: dict[tuple[str, str], list[CurveRow]] = {}
    for row in found.asked:
        paths.setdefault((row.scenario, row.stratum), []).append(row)
    answers = tuple(Answer(*key, smallest(path, question.keeps)) for key, path in paths.items())
    path = paths[question.scenario, question.stratum]
    answer = smallest(path, question.keeps)
    return FollowUp(
        design=design,
        question=question.name,
        target=question.target,
        scenario=question.scenario,
        stratum=question.stratum,
        answer=answer,
        answers=answers,
        rows=tuple(found.rows),
        asked=tuple(found.asked),
        method=found.method,
        trials=found.trials,
        seed=found.seed,
        seconds=time.perf_counter() - found.started,
        accuracy=found.accuracy,
        warnings=(*warnings_of(path, question, answer, found.trials), *found.notes),
    )
