"""Rows of data about a design's arms and strata: columns, cells, and what is wrong with them.

Nothing in the rows is trusted, and everything that is wrong with them is said at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.specification.messages import explain
from trialdesign.specification.rule import Rule
from trialdesign.specification.wording import clean, nearest, one_of, shorten, shown

MOST_PROBLEMS = 20  # lines of one refusal
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


class Record(NamedTuple):
    """One row: its cells by column, empty ones None, and what names the place of a column of it."""

    cells: Mapping[str, object]
    place: Callable[[str | None], str]


@dataclass(slots=True)
class Rows:
    """Checks rows, and collects what is wrong with them.

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

    def refuse(self, place: str, text: str) -> None:
        """Note something that is wrong."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(clean(f"{place}: {text}"))
        else:
            self.n_further += 1

    def stop_if_wrong(self) -> None:
        """Raise SpecificationError if anything has been refused."""
        if self.n_further:
            count = "thing is" if self.n_further == 1 else "things are"
            self.problems.append(f"{self.n_further} more {count} wrong. Correct the above first.")
        if self.problems:
            raise SpecificationError(self.problems)

    @property
    def keys(self) -> list[str]:
        """The columns that say whose row it is; a single arm need not be named."""
        return ["stratum", "arm"] if len(self.design.arms) > 1 else ["stratum"]

    def check_header(
        self, header: Sequence[str], columns: Sequence[str], forms: str, optional: Sequence[str] = ()
    ) -> None:
        """Note columns that are unknown, repeated or missing; ``forms`` says which there may be."""
        known = ["stratum", "arm", *columns, *optional]
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
        missing = [
            f"`{name}`" for name in [*self.keys, *columns] if name not in {*header, *meant.values()}
        ]
        if missing:
            got = shorten(", ".join(header)) or "none"
            rule = "must be a column" if len(missing) == 1 else "must be columns"
            text = f"{', '.join(missing)} {rule}; got {got}. {forms}"
            self.refuse(self.place(None), text)

    def key(self, record: Record) -> tuple[str, str] | None:
        """Return arm and stratum of a row, or None if it names none of the design's."""
        arms, key = list(self.design.arms), []
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

    def row(self, record: Record, rule: RowRule) -> object | None:
        """Return a row's validated cells, or None."""
        values = {column: _number(record.cells.get(column)) for column in rule.columns}
        empty = [column for column in rule.columns if values[column] is None]
        for column in empty:
            text = f"`{column}` must be given in every row; got nothing. Fill it, or delete the row."
            self.refuse(record.place(column), text)
        if empty:
            return None
        for column in rule.optional:
            if record.cells.get(column) is not None:
                values[column] = _number(record.cells[column])
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


@dataclass(frozen=True, slots=True)
class RowRule:
    """How the cells of a row are validated; ``extra`` is what a row says beside its columns."""

    columns: tuple[str, ...]
    optional: tuple[str, ...]
    extra: Mapping[str, str]
    adapter: TypeAdapter
    rule: Rule

    @classmethod
    def of(cls, row: type, columns: Sequence[str], optional: Sequence[str] = ()) -> RowRule:
        """Return the rule of a row's class; optional columns may be left out, or empty."""
        adapter = TypeAdapter(row)
        rule = Rule.of(adapter)
        extra = {"stratum": "-"} if "stratum" in rule.keys else {}
        return cls(tuple(columns), tuple(optional), extra, adapter, rule)


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
