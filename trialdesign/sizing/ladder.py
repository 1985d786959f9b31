"""Ladder: the smallest rung from which every later one keeps a target, and what to say of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from trialdesign.analysis.accuracy import SIMULATED_TARGET
from trialdesign.design.design import Design
from trialdesign.design.result import Result

SEPARATED = 1.96  # standard errors


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
class Question:
    """What is asked of a ladder.

    Attributes
    ----------
    name : str
        ``success``, ``width`` or ``event K``.
    target : float
    scenario, stratum : str
        Which scenario and stratum the answer is for.
    most : bool
        Whether the target is the most that is allowed, and not the least that is wanted.
    """

    name: str
    target: float
    scenario: str
    stratum: str
    most: bool = False

    def keeps(self, row: CurveRow) -> bool:
        """Return whether the target is kept at a rung; a type I error never keeps one."""
        if row.quantity == "type_i_error":
            return False
        return row.value <= self.target if self.most else row.value >= self.target


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
    answers = tuple(Answer(*key, _smallest(path, question.keeps)) for key, path in paths.items())
    path = paths[question.scenario, question.stratum]
    answer = _smallest(path, question.keeps)
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
        warnings=(*_warnings(path, question, answer, found.trials), *found.notes),
    )


def _smallest(path: Sequence[CurveRow], kept: Callable[[CurveRow], bool]) -> float | None:
    """Return the smallest rung from which every later one holds."""
    answer = None
    for row in reversed(path):
        if not kept(row):
            break
        answer = row.follow_up
    return answer


def _warnings(
    path: Sequence[CurveRow], question: Question, answer: float | None, trials: int | None
) -> Iterator[str]:
    """Yield why there is no answer, or what the answer cannot be told apart from."""
    target = question.target
    if answer is None:
        yield _unanswered(path, question)
        return
    at = [row.follow_up for row in path].index(answer)
    for row in path[max(at - 1, 0) : at + 1]:
        if row.mcse > 0 and abs(row.value - target) < SEPARATED * row.mcse:
            yield (
                f"{row.quantity.replace('_', ' ')} {row.value:.4g} ± {row.mcse:.2g} at "
                f"{row.follow_up:g} months does not separate from the target {target:g}"
                f"{_remedy(row, target, trials)}."
            )


def _unanswered(path: Sequence[CurveRow], question: Question) -> str:
    """Say why there is no answer, and what can be done."""
    where, target = f"{path[0].stratum} under {path[0].scenario!r}", question.target
    last, reached_at = path[-1], [row for row in path if question.keeps(row)]
    if reached_at:
        return (
            f"no follow-up is the answer for {where}: {target:g} is kept at "
            f"{reached_at[-1].follow_up:g} months but lost again by {last.follow_up:g} "
            f"({last.value:.4g}). Look at the whole curve."
        )
    best = (min if question.most else max)(path, key=lambda row: row.value)
    null = ""
    if last.quantity == "type_i_error":
        null = " The assumed truth lies outside the success region."
    return (
        f"no follow-up from {path[0].follow_up:g} to {last.follow_up:g} months reaches "
        f"{target:g} for {where}: the best is {best.value:.4g} at {best.follow_up:g} months."
        f"{null} Extend --ladder, or enlarge the trial."
    )


def _remedy(row: CurveRow, target: float, trials: int) -> str:
    """Say how many trials would tell a rung from the target."""
    gap = abs(row.value - target)
    needed = trials * (SEPARATED * row.mcse / gap) ** 2 if gap > 0 else math.inf
    if needed > 5e6:
        return ", nor would more trials; read the answer as about this rung"
    digits = 10 ** (math.floor(math.log10(needed)) - 1)
    return f"; use at least {math.ceil(needed / digits) * digits:,} trials"
