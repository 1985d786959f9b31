"""Interim: a running trial's patients so far, read from a CSV file with one row a patient.

Columns: ``stratum``, ``arm`` (may be left out of a single-arm trial), ``entry`` (month of the trial in
which the patient entered), ``time`` (months from there to the event, or to when the patient was last
seen), ``event`` (1 or 0) and, if wanted, ``left`` (1: out of the trial).  Without ``left``, whoever was
last seen more than a month before the data cut, without an event, is taken to have left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from trialdesign.analysis.data.data_file import CsvTable
from trialdesign.analysis.data.rows import RowRule, Rows
from trialdesign.design.design import Design
from trialdesign.specification.types import Elapsed, specification

LAG = 1.0  # months since last seen after which a patient counts as gone
COLUMNS, OPTIONAL, IGNORED = ("entry", "time", "event"), ("left",), ("patient",)


@dataclass(frozen=True, slots=True)
class Interim:
    """What a running trial knows, an entry per stratum in each array.

    Attributes
    ----------
    month : float
        Month of the trial in which the data were cut.
    entered, at_risk : mapping of arm to ndarray of int, shape (S,)
        Patients so far, and those who are followed on without an event.
    events, exposure : mapping of arm to ndarray, shape (S,)
    """

    month: float
    entered: Mapping[str, np.ndarray]
    at_risk: Mapping[str, np.ndarray]
    events: Mapping[str, np.ndarray]
    exposure: Mapping[str, np.ndarray]

    @classmethod
    def before(cls, design: Design) -> Interim:
        """Return what is known before the first patient."""
        nothing = {arm: np.zeros(len(design.strata), int) for arm in design.arms}
        return cls(0.0, nothing, nothing, nothing, nothing)


@specification
class Seen:
    """What a row says of a patient, in months: whether the event came, or the patient left."""

    entry: Elapsed
    time: Elapsed
    event: Literal[0, 1]
    left: Literal[0, 1] | None = None

    def __post_init__(self) -> None:
        if self.event and self.left:
            raise ValueError(
                "`left` must be 0 after an event; got 1 with the event. Set one of them to 0."
            )


class Patient(NamedTuple):
    """One row."""

    arm: str
    stratum: str
    seen: Seen

    @property
    def last(self) -> float:
        """Month of the trial in which the patient was last seen."""
        return self.seen.entry + self.seen.time


def load_interim(path: str | Path, design: Design, month: float | None = None) -> Interim:
    """Read a running trial's patients.

    Parameters
    ----------
    path : str or Path
        CSV with the columns of this module's description.
    design : Design
    month : float, optional
        Month of the trial in which the data were cut; the last month that a patient was seen in,
        unless given.

    Raises
    ------
    SpecificationError
        One line ``file:line:column: ...`` for each of the first twenty things that are wrong.
    """
    table = CsvTable.of(path)
    rows = Rows(design, table.place)
    header = table.read_header(rows.refuse)
    forms = f"Give {','.join([*rows.keys, *COLUMNS])} (a row per patient), and `left` if it is known."
    rows.check_header(header, COLUMNS, forms, (*OPTIONAL, *IGNORED))
    rows.stop_if_wrong()
    rule, patients = RowRule.of(Seen, COLUMNS, OPTIONAL), []
    for record in table.records(rows.refuse):
        key, seen = rows.key(record), rows.row(record, rule)
        if key is not None and seen is not None:
            patients.append(Patient(*key, seen))
    rows.stop_if_wrong()
    for text in _plan_problems(patients, design, month):
        rows.refuse(table.place(None), text)
    rows.stop_if_wrong()
    return _interim(patients, design, month)


def _plan_problems(patients: list[Patient], design: Design, month: float | None) -> Iterator[str]:
    """Yield what cannot be true of patients of this design."""
    if not patients:
        yield "the file must have at least one patient; got none. Leave --data out before the first."
    latest = max((each.last for each in patients), default=0.0)
    if month is not None and latest > month + 1e-9:
        yield (
            f"`entry` + `time` must be at most the month of the data cut, {month:g}; got {latest:g}. "
            "Correct the month, or give all times in months."
        )
    for name, arm in design.arms.items():
        for stratum, planned in zip(design.strata, arm.sizes):
            entered = sum((each.arm, each.stratum) == (name, stratum) for each in patients)
            if entered > planned:
                yield (
                    f"{stratum}, {name} must have at most the {planned} patients of the design; got "
                    f"{entered}. Raise `sample_size` in the design."
                )


def _interim(patients: list[Patient], design: Design, month: float | None) -> Interim:
    month = max(each.last for each in patients) if month is None else month
    position = {stratum: s for s, stratum in enumerate(design.strata)}

    def count(value) -> dict[str, np.ndarray]:
        out = {arm: np.zeros(len(position)) for arm in design.arms}
        for each in patients:
            out[each.arm][position[each.stratum]] += value(each)
        return out

    def stays(each: Patient) -> bool:
        left = each.seen.left
        gone = each.last < month - LAG if left is None else left
        return not each.seen.event and not gone

    whole = lambda counts: {arm: each.astype(int) for arm, each in counts.items()}
    return Interim(
        month=month,
        entered=whole(count(lambda each: 1)),
        at_risk=whole(count(stays)),
        events=whole(count(lambda each: each.seen.event)),
        exposure=count(lambda each: each.seen.time),
    )
