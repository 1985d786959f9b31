"""Interim: a running trial's patients so far, read from a CSV file with one row a patient.

Columns: ``stratum``, ``arm`` (may be left out of a single-arm trial), ``entry`` (month of the trial in
which the patient entered), ``time`` (months from there to the event, or to when the patient was last
seen), ``event`` (1 or 0) and, if wanted, ``left`` (1: out of the trial).  Without ``left``, whoever was
last seen more than a month before the data cut, without an event, is taken to have left.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trialdesign.analysis.data_file import LARGEST
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.specification.files import Unreadable, read_bytes
from trialdesign.specification.wording import nearest, shown

LAG = 1.0  # months since last seen after which a patient counts as gone
MOST = 20  # lines of one refusal


@dataclass(frozen=True, slots=True)
class Interim:
    """What a running trial knows, an entry a stratum in each array.

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
        nothing = {arm: np.zeros(len(design.strata), int) for arm in design.arm_names}
        return cls(0.0, nothing, nothing, nothing, nothing)


@dataclass(frozen=True, slots=True)
class Patient:
    """One row: stratum's position, arm, months, and whether the event came or the patient left."""

    stratum: int
    arm: str
    entry: float
    time: float
    event: bool
    left: bool | None


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
        One line ``file:line: ...`` for everything that is wrong.
    """
    try:
        text = read_bytes(path, LARGEST).decode("utf-8-sig")
    except Unreadable as refused:
        raise SpecificationError(f"{path} must {refused}") from None
    except UnicodeDecodeError:
        raise SpecificationError(
            f"{path} must be a CSV file; got no UTF-8 text. Save it as UTF-8."
        ) from None
    try:
        table = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise SpecificationError(f"{path} must be a CSV file; got: {error}. Check it.") from None
    columns = [cell.strip() for cell in table[0]] if table else []
    problems = list(_column_problems(columns, design))
    patients: list[Patient] = []
    if not problems:
        for line, cells in enumerate(table[1:], start=2):
            if any(cell.strip() for cell in cells):
                row = {column: cell.strip() for column, cell in zip(columns, cells)}
                try:
                    patients.append(_patient(row, design))
                except ValueError as error:
                    problems.append((line, str(error)))
    if not problems:
        problems = list(_plan_problems(patients, design, month))
    if problems:
        raise SpecificationError([f"{path}:{line}: {text}" for line, text in problems[:MOST]])
    return _interim(patients, design, month)


def _column_problems(columns: list[str], design: Design) -> Iterator[tuple[int, str]]:
    needed = ["stratum", "entry", "time", "event"] + ["arm"] * (len(design.arm_names) > 1)
    missing = [column for column in needed if column not in columns]
    if missing:
        yield 1, f"the columns must hold {', '.join(needed)}; {', '.join(missing)} is missing. Add it."
    known = (*dict.fromkeys([*needed, "arm"]), "left", "patient")
    for column in columns:
        if column not in known:
            close = nearest(column, known)
            remedy = f"Did you mean `{close}`?" if close else "Delete it."
            yield 1, f"a column must be one of {', '.join(known)}; got {shown(column)}. {remedy}"


def _patient(row: Mapping[str, str], design: Design) -> Patient:
    """Return one patient, or raise ValueError with what is wrong."""
    if row["stratum"] not in design.strata:
        raise ValueError(_not_one_of("stratum", row["stratum"], design.strata))
    arm = row.get("arm") or design.arm_names[-1]
    if arm not in design.arm_names:
        raise ValueError(_not_one_of("arm", arm, design.arm_names))
    left = _flag(row, "left") if row.get("left") else None
    event = _flag(row, "event")
    if event and left:
        raise ValueError("`left` must be 0 after an event; got 1 with the event. Set one of them to 0.")
    numbers = [_month(row, key) for key in ("entry", "time")]
    return Patient(design.strata.index(row["stratum"]), arm, *numbers, event, left)


def _not_one_of(key: str, value: str, known) -> str:
    close = nearest(value, known)
    remedy = f"Did you mean `{close}`?" if close else "Correct it."
    return f"`{key}` must be one of {', '.join(known)}; got {shown(value)}. {remedy}"


def _flag(row: Mapping[str, str], key: str) -> bool:
    if row.get(key) not in ("0", "1"):
        raise ValueError(f"`{key}` must be 0 or 1; got {shown(row.get(key) or None)}. Correct it.")
    return row[key] == "1"


def _month(row: Mapping[str, str], key: str) -> float:
    try:
        value = float(row.get(key) or "nan")
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        got = shown(row.get(key) or None)
        raise ValueError(f"`{key}` must be a number of months, 0 or more; got {got}. Correct it.")
    return value


def _plan_problems(patients, design: Design, month: float | None) -> Iterator[tuple[int, str]]:
    """Yield what cannot be true of patients of this design."""
    if not patients:
        yield 1, "the file must have at least one patient; got none. Leave --data out before the first."
    latest = max((p.entry + p.time for p in patients), default=0.0)
    if month is not None and latest > month + 1e-9:
        yield (
            1,
            f"`entry` + `time` must be at most the month of the data cut, {month:g}; got {latest:g}. "
            "Correct the month, or give all times in months.",
        )
    for arm in design.arm_names:
        for stratum, planned in zip(design.strata, design.sizes(arm)):
            s = design.strata.index(stratum)
            entered = sum(p.stratum == s and p.arm == arm for p in patients)
            if entered > planned:
                yield (
                    1,
                    f"{stratum}, {arm} must have at most the {planned} patients of the design; got "
                    f"{entered}. Raise `sample_size` in the design.",
                )


def _interim(patients: list[Patient], design: Design, month: float | None) -> Interim:
    month = max(p.entry + p.time for p in patients) if month is None else month

    def count(value) -> dict[str, np.ndarray]:
        out = {arm: np.zeros(len(design.strata)) for arm in design.arm_names}
        for p in patients:
            out[p.arm][p.stratum] += value(p)
        return out

    def stays(p: Patient) -> bool:
        gone = p.left if p.left is not None else p.entry + p.time < month - LAG
        return not p.event and not gone

    whole = lambda counts: {arm: each.astype(int) for arm, each in counts.items()}
    return Interim(
        month=month,
        entered=whole(count(lambda p: 1)),
        at_risk=whole(count(stays)),
        events=whole(count(lambda p: p.event)),
        exposure=count(lambda p: p.time),
    )
