"""Data files: the only reader of data of a trial, over or running: CSV of which nothing is trusted."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trialdesign.analysis.data.rows import Record, plain
from trialdesign.analysis.data.trial_data import Reader, TrialData
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.specification.files import Unreadable, read_bytes
from trialdesign.specification.wording import clean, shown

STDIN = "<stdin>"
LARGEST = 50_000_000  # bytes of a file: some million patients
Refuse = Callable[[str, str], None]  # place, text
CELL = re.compile(r'\s*("(?:[^"]|"")*"[^,]*|[^,]*)(?:,|$)')


def load_data(design: Design, path: str | Path) -> TrialData:
    """Read a trial's data from a CSV file.

    Parameters
    ----------
    design : Design
        Names the strata, the arms and the endpoint, which names the columns.
    path : str or Path
        UTF-8 text, columns separated by commas, their names in the first line; at most 50 MB; ``-`` is
        standard input.

    Returns
    -------
    TrialData

    Raises
    ------
    SpecificationError
        One line ``file:line:column: ...`` for each of the first twenty things that are wrong.
    """
    table = CsvTable.of(path)
    reader = Reader(design, table.place)
    return reader.read(table.read_header(reader.refuse), table.records(reader.refuse))


@dataclass(slots=True)
class CsvTable:
    """The lines of a file, and where its cells stand.

    Attributes
    ----------
    name : str
        The file as the user named it, ``<stdin>`` for standard input.
    lines : list of tuple of int and str
        Those that hold anything, with their numbers.
    header : list of str
        The columns' names, once they are read.
    """

    name: str
    lines: list[tuple[int, str]]
    header: list[str]

    @classmethod
    def of(cls, path: str | Path) -> CsvTable:
        """Return the table of a file, or raise SpecificationError if it is no text or empty."""
        name = STDIN if str(path) == "-" else os.fspath(path)
        lines = list(_lines(name))
        if not lines:
            raise _refusal(name, "have column names in its first line; got nothing. Check its content.")
        return cls(name, lines, [])

    def place(self, column: str | int | None, number: int | None = None, line: str = "") -> str:
        """Return ``file:line:column`` of a column's cell in a line, the first unless given."""
        if number is None:
            number, line = self.lines[0]
        at = column if isinstance(column, int) else 0
        at = self.header.index(column) if column in self.header else at
        return f"{self.name}:{number}:{_column(line, at)}"

    def read_header(self, refuse: Refuse) -> list[str]:
        """Return the columns' names; what is wrong with the first line is told to ``refuse``."""
        self.header[:] = [text.strip() for text in self._split(*self.lines[0], refuse) or []]
        return self.header

    def records(self, refuse: Refuse) -> Iterator[Record]:
        """Yield the rows; lines that are none are told to ``refuse``."""
        header, n_columns = self.header, len(self.header)
        for number, line in self.lines[1:]:
            cells = self._split(number, line, refuse)
            if cells is None:
                continue
            if any(text.strip() for text in cells[n_columns:]):
                refuse(
                    self.place(n_columns, number, line),
                    f"a line must have {n_columns} cells, as the first has; got {len(cells)}. "
                    "Put text that contains a comma in quotes.",
                )
                continue
            values = {column: plain(text) for column, text in zip(header, cells, strict=False)}
            yield Record(values, lambda column, n=number, text=line: self.place(column, n, text))

    def _split(self, number: int, line: str, refuse: Refuse) -> list[str] | None:
        try:
            return next(csv.reader([line], strict=True, skipinitialspace=True))
        except csv.Error as error:
            text = f"a line must be comma-separated; got {shown(line)} ({error}). Close the quotes."
            refuse(self.place(None, number, line), text)
            return None


def _lines(name: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that hold anything, with their numbers."""
    text = re.sub("\r\n?", "\n", _text(name))
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _column(line: str, at: int) -> int:
    """Return the position in a line, from 1, at which a cell begins; the last of a shorter line."""
    starts = [match.start(1) for match in CELL.finditer(line)]
    return starts[min(at, len(starts) - 1)] + 1


def _text(name: str) -> str:
    """Return the text of a file, which is not read if it is too large."""
    content = _bytes(name)
    try:
        if b"\0" in content:
            raise UnicodeDecodeError("utf-8", content, content.index(b"\0"), 0, "binary")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        got = f"the byte 0x{content[error.start]:02X}"
        text = f"be UTF-8 text; got {got}. Save it as CSV, encoded in UTF-8."
        raise _refusal(name, text, line, column) from None


def _bytes(name: str) -> bytes:
    """Return what a file, or standard input, holds."""
    try:
        return read_bytes("-" if name == STDIN else name, LARGEST)
    except Unreadable as refused:
        raise _refusal(name, str(refused)) from None


def _refusal(name: str, rule: str, line: int = 1, column: int = 1) -> SpecificationError:
    return SpecificationError(clean(f"{name}:{line}:{column}: the file must {rule}"))
