"""What in a design contradicts its course in time: accrual, follow-up, looks, losses before infusion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialdesign.design.conduct.looks import order_problems
from trialdesign.errors import Problem
from trialdesign.specification.types import LONGEST

if TYPE_CHECKING:
    from trialdesign.design.design import Design


def conduct_problems(design: Design) -> Iterator[Problem]:
    """Yield what is missing or wrong in how a trial runs in time."""
    for key in ("accrual", "follow_up", "dropout", "looks", "before_infusion"):
        given = getattr(design, key) is not None
        if design.endpoint.runs_in_time and not given and key in ("accrual", "follow_up"):
            yield Problem(
                (),
                f"`{key}` must be given for a {design.endpoint.kind} endpoint; got none. "
                "Add e.g. `accrual: {rate: 5}` (patients per month) and `follow_up: 12` (months).",
            )
        if given and not design.endpoint.runs_in_time:
            yield Problem(
                (key,),
                f"`{key}` must be left out of a trial with a {design.endpoint.kind} endpoint; got one. "
                "Delete it.",
            )
    if design.endpoint.runs_in_time:
        yield from _endless(design)


def _endless(design: Design) -> Iterator[Problem]:
    """Yield times so long that they cannot be meant in months."""
    try:
        last = design.conduct().last_entry
    except (AttributeError, KeyError, TypeError):
        last = 0.0  # what is missing is reported on its own
    if last > LONGEST:
        yield Problem(
            ("accrual",),
            f"`accrual` must end within {LONGEST:g} months; the last patient would enter in month "
            f"{last:.4g}. Give rates in patients per month.",
        )
    times = {("follow_up",): design.follow_up}
    for i, criterion in enumerate(design.decision):
        times |= {("decision", i, key): getattr(criterion, key) for key in ("at", "to")}
    for path, months in times.items():
        if months is not None and months > LONGEST:
            yield Problem(
                path,
                f"`{path[-1]}` must be at most {LONGEST:g}, in months; got {months:g}. Convert it from "
                "days or weeks.",
            )
    periods = design.accrual if isinstance(design.accrual, list) else []
    starts = [period.start for period in periods]
    for i, start in enumerate(starts):
        if start in starts[:i]:
            yield Problem(
                ("accrual", i, "from"),
                f"`from` must differ between the periods of `accrual`; got {start:g} again. Change or "
                "delete one.",
            )


def look_problems(design: Design) -> Iterator[Problem]:
    """Yield looks that a trial of these patients, in this time, cannot have."""
    if not design.looks or not design.endpoint.runs_in_time:
        return
    try:
        latest = design.conduct().cut
        total = sum(design.patients)
    except (AttributeError, KeyError, TypeError):
        return  # what is missing is reported on its own
    for i, text in order_problems(design.looks, total, latest):
        yield Problem(("looks", i), text)
