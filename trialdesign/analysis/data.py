"""Trial data: rows of one arm and stratum each, or of one patient each, checked and added up.

Nothing in the rows is trusted, and everything that is wrong with them is said at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from pydantic import TypeAdapter, ValidationError

from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.specification.messages import explain
from trialdesign.specification.rule import Rule
from trialdesign.specification.wording import clean, nearest, one_of, shorten, shown

MOST_PROBLEMS = 20  # lines of one refusal
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class TrialData:
    """The results of one trial.

    Attributes
    ----------
    statistics : mapping of str to ndarray, shape (S, M)
        Each arm's statistics, as its endpoint defines them.
    patients : mapping of str to S tuples of ndarray (n,), optional
        Each arm's patients, a column of the data each, where there is a row for each of them.
    """

    statistics: Mapping[str, np.ndarray]
    patients: Mapping[str, list[tuple[np.ndarray, ...]]] | None = None

    def __post_init__(self) -> None:
        for each in self.statistics.values():
            each.setflags(write=False)

    @classmethod
    def of(cls, design: Design, table) -> TrialData:
        """Return the data of a pandas DataFrame, or of mappings that are its rows.

        Raises
        ------
        SpecificationError
            One line ``data:row:column: ...`` for each of the first twenty things that are wrong; rows
            count from 1.
        """
        if hasattr(table, "to_dict"):
            table = table.astype(object).where(table.notna(), None).to_dict("records")
        rows = [{str(name): plain(value) for name, value in row.items()} for row in table]
        header = list(dict.fromkeys(name for row in rows for name in row))
        records = (
            Record(row, lambda column, i=i: f"data:{i}:{column or '*'}")
            for i, row in enumerate(rows, start=1)
        )
        return Reader(design, lambda column: f"data:0:{column or '*'}").read(header, records)

    @property
    def outcomes(self) -> list[dict[str, np.ndarray]]:
        """Each stratum's statistics, {arm: (1, M)}, as a model takes them."""
        n_strata = len(next(iter(self.statistics.values())))
        return [{arm: each[s : s + 1] for arm, each in self.statistics.items()} for s in range(n_strata)]


class Record(NamedTuple):
    """One row: its cells by column, empty ones None, and what names the place of a column of it."""

    cells: Mapping[str, object]
    place: Callable[[str | None], str]


@dataclass(slots=True)
class Reader:
    """Checks rows and adds them up, and collects what is wrong with them.

    Attributes
    ----------
    design : Design
    place : callable
        Names the place of a column's name, or of the header (None).
    """

    design: Design
    place: Callable[[str | None], str]
    problems: list[str] = field(default_factory=list)
    n_further: int = 0

    def read(self, header: Sequence[str], records: Iterable[Record]) -> TrialData:
        """Return the data, or raise SpecificationError with everything that is wrong."""
        endpoint = self.design.endpoint
        by_patient = self._by_patient(header)
        rule = _RowRule.of(
            *(endpoint.Patient, endpoint.patient_columns)
            if by_patient
            else (endpoint.Row, endpoint.columns)
        )
        self._check_header(header, rule.columns)
        self._stop_if_wrong()
        arms, strata = self.design.arm_names, self.design.strata
        found = {(arm, stratum): [] for arm in arms for stratum in strata}
        for record in records:
            key, row = self._key(record), self._row(record, rule)
            if key is None or row is None:
                continue
            if found[key] and not by_patient:
                again = f"an arm of a stratum must have one row; got {', '.join(reversed(key))} again."
                self.refuse(record.place(None), f"{again} Delete one of the two, or add them up.")
            found[key].append(row)
        if not self.problems:  # a faulty row would be reported as missing, too
            self._check_complete(found, by_patient)
        self._stop_if_wrong()

        if by_patient:
            columns = lambda rows: tuple(
                np.array([getattr(row, name) for row in rows], dtype=float) for name in rule.columns
            )
            patients = {arm: [columns(found[arm, s]) for s in strata] for arm in arms}
            summed = {arm: [endpoint.summarise(*own) for own in each] for arm, each in patients.items()}
            return TrialData({arm: np.array(each) for arm, each in summed.items()}, patients)
        read = lambda row: np.asarray(endpoint.statistics(row, "middle"), dtype=float)
        return TrialData({arm: np.array([read(found[arm, s][0]) for s in strata]) for arm in arms})

    def refuse(self, place: str, text: str) -> None:
        """Note something that is wrong."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(clean(f"{place}: {text}"))
        else:
            self.n_further += 1

    def _stop_if_wrong(self) -> None:
        if self.n_further:
            count = "thing is" if self.n_further == 1 else "things are"
            self.problems.append(f"{self.n_further} more {count} wrong. Correct the above first.")
        if self.problems:
            raise SpecificationError(self.problems)

    def _by_patient(self, header: Sequence[str]) -> bool:
        """Return whether the rows are patients: as their columns say, or always."""
        endpoint, named = self.design.endpoint, set(header)
        if not endpoint.summarised:
            return True
        patients, sums = set(endpoint.patient_columns), set(endpoint.columns)
        return len(named & patients) > len(named & (sums - patients))

    def _check_header(self, header: Sequence[str], columns: Sequence[str]) -> None:
        """Note columns that are unknown, repeated or missing."""
        known = ["stratum", "arm", *columns]
        meant = {name: nearest(name, known) for name in header if name not in known}
        for name in dict.fromkeys(header):
            if name in meant:
                remedy = f"Did you mean `{meant[name]}`?" if meant[name] else "Delete the column."
                remedy = "Separate columns with commas." if re.search(r"[;\t|]", name) else remedy
                text = f"a column must be {one_of(known)}; got {shown(name)}. {remedy}"
                self.refuse(self.place(name), text)
            elif header.count(name) > 1:
                text = f"`{name}` must be one column; got {header.count(name)}. Delete all but one."
                self.refuse(self.place(name), text)
        required = [name for name in known if name != "arm" or len(self.design.arm_names) > 1]
        missing = [f"`{name}`" for name in required if name not in {*header, *meant.values()}]
        if missing:
            got = shorten(", ".join(header)) or "none"
            rule = "must be a column" if len(missing) == 1 else "must be columns"
            text = f"{', '.join(missing)} {rule}; got {got}. {self._forms(required)}"
            self.refuse(self.place(None), text)

    def _forms(self, required: Sequence[str]) -> str:
        """Return which columns the data may have."""
        endpoint = self.design.endpoint
        key = [name for name in required if name in ("stratum", "arm")]
        by_patient = f"{','.join([*key, *endpoint.patient_columns])} (a row per patient)"
        if not endpoint.summarised:
            return f"Give {by_patient}: how long each was followed matters to this analysis."
        return (
            f"Give {','.join([*key, *endpoint.columns])} (a row per arm and stratum), or {by_patient}."
        )

    def _key(self, record: Record) -> tuple[str, str] | None:
        """Return arm and stratum of a row, or None if it names none of the design's."""
        arms, key = self.design.arm_names, []
        for column, known in (("arm", arms), ("stratum", self.design.strata)):
            value = record.cells.get(column, arms[0] if column == "arm" and len(arms) == 1 else None)
            if str(value) in known:
                key.append(str(value))
                continue
            meant = nearest(str(value), known)
            remedy = f"Did you mean `{meant}`?" if meant else "Use a name of the design."
            text = f"`{column}` must be {one_of(known)}; got {shown(value)}. {remedy}"
            self.refuse(record.place(column), text)
        return tuple(key) if len(key) == 2 else None

    def _row(self, record: Record, rule: _RowRule) -> object | None:
        """Return a row's validated cells, or None."""
        values = {column: _number(record.cells.get(column)) for column in rule.columns}
        empty = [column for column in rule.columns if values[column] is None]
        for column in empty:
            text = f"`{column}` must be given in every row; got nothing. Fill it, or delete the row."
            self.refuse(record.place(column), text)
        if empty:
            return None
        try:
            return rule.adapter.validate_python(rule.extra | values)
        except ValidationError as error:
            if len(self.problems) >= MOST_PROBLEMS:  # words for it would cost 1,000 times as much
                self.n_further += error.error_count()
                return None
            for found in explain(error, rule.rule, values):
                text = found.text.partition(" Write, for example")[0]
                self.refuse(record.place(found.path[0] if found.path else None), text)
        return None

    def _check_complete(self, found: Mapping[tuple[str, str], list], by_patient: bool) -> None:
        """Note the arms and strata of which the data say nothing."""
        for (arm, stratum), rows in found.items():
            if not rows:
                remedy = "Add its row; zero patients are allowed."
                if by_patient:
                    remedy = "If it has no patients, give one row per arm and stratum instead."
                text = f"every arm of every stratum must have data; got none of {stratum}, {arm}."
                self.refuse(self.place(None), f"{text} {remedy}")


@dataclass(frozen=True, slots=True)
class _RowRule:
    """How the cells of a row are validated; ``extra`` is what a row says beside its columns."""

    columns: tuple[str, ...]
    extra: Mapping[str, str]
    adapter: TypeAdapter
    rule: Rule

    @classmethod
    def of(cls, row: type, columns: Sequence[str]) -> _RowRule:
        adapter = TypeAdapter(row)
        rule = Rule.of(adapter)
        return cls(tuple(columns), {"stratum": "-"} if "stratum" in rule.keys else {}, adapter, rule)


def plain(value: object) -> object:
    """Return a cell as plain Python has it: text without surrounding space; None if it is empty."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and math.isnan(value):
        return None
    return (value.strip() or None) if isinstance(value, str) else value


def _number(value: object) -> object:
    """Return the number that a cell is, a whole one as int; what is no number stays as it is."""
    if isinstance(value, str) and len(value) < 100 and NUMBER.fullmatch(value):
        value = float(value) if re.search("[.eE]", value) else int(value)
    whole = isinstance(value, bool) or (isinstance(value, float) and value.is_integer())
    return int(value) if whole else value
