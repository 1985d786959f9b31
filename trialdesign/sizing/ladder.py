"""Ladder: the smallest rung from which every later one keeps a target, and what to say of it.

A rung is a number of months, or of patients; rows of a curve have it as ``rung``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

SEPARATED = 1.96  # standard errors


@dataclass(frozen=True, slots=True)
class Rungs:
    """What the rungs of a ladder are, in words.

    Attributes
    ----------
    name : str
        What is looked for, e.g. ``follow-up``.
    unit : str
        E.g. ``months``.
    remedy : str
        What can be done where no rung keeps the target.
    """

    name: str
    unit: str
    remedy: str


MONTHS = Rungs("follow-up", "months", "Extend --ladder, or enlarge the trial.")


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
    rungs: Rungs = MONTHS

    def keeps(self, row) -> bool:
        """Return whether the target is kept at a rung; a type I error never keeps one."""
        if row.quantity == "type_i_error":
            return False
        return row.value <= self.target if self.most else row.value >= self.target


def smallest(path: Sequence, kept: Callable[[object], bool]) -> float | None:
    """Return the smallest rung from which every later one holds."""
    answer = None
    for row in reversed(path):
        if not kept(row):
            break
        answer = row.rung
    return answer


def warnings_of(
    path: Sequence, question: Question, answer: float | None, trials: int | None
) -> Iterator[str]:
    """Yield why there is no answer, or what the answer cannot be told apart from."""
    target = question.target
    if answer is None:
        yield _unanswered(path, question)
        return
    at = [row.rung for row in path].index(answer)
    for row in path[max(at - 1, 0) : at + 1]:
        if row.mcse > 0 and abs(row.value - target) < SEPARATED * row.mcse:
            yield (
                f"{row.quantity.replace('_', ' ')} {row.value:.4g} ± {row.mcse:.2g} at "
                f"{row.rung:g} {question.rungs.unit} does not separate from the target {target:g}"
                f"{_remedy(row, target, trials)}."
            )


def _unanswered(path: Sequence, question: Question) -> str:
    """Say why there is no answer, and what can be done."""
    where, target = f"{path[0].stratum} under {path[0].scenario!r}", question.target
    name, unit = question.rungs.name, question.rungs.unit
    last, reached_at = path[-1], [row for row in path if question.keeps(row)]
    if reached_at:
        return (
            f"no {name} is the answer for {where}: {target:g} is kept at "
            f"{reached_at[-1].rung:g} {unit} but lost again by {last.rung:g} "
            f"({last.value:.4g}). Look at the whole curve."
        )
    best = (min if question.most else max)(path, key=lambda row: row.value)
    null = ""
    if last.quantity == "type_i_error":
        null = " The assumed truth lies outside the success region."
    return (
        f"no {name} from {path[0].rung:g} to {last.rung:g} {unit} reaches "
        f"{target:g} for {where}: the best is {best.value:.4g} at {best.rung:g} {unit}."
        f"{null} {question.rungs.remedy}"
    )


def _remedy(row, target: float, trials: int) -> str:
    """Say how many trials would tell a rung from the target."""
    gap = abs(row.value - target)
    needed = trials * (SEPARATED * row.mcse / gap) ** 2 if gap > 0 else math.inf
    if needed > 5e6:
        return ", nor would more trials; read the answer as about this rung"
    digits = 10 ** (math.floor(math.log10(needed)) - 1)
    return f"; use at least {math.ceil(needed / digits) * digits:,} trials"
