"""Data files: the only reader of a trial's data, CSV of which nothing is trusted."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

from trialdesign.analysis.data import Reader, Record, TrialData, plain
from trialdesign.design.design import Design
from trialdesign.errors import SpecificationError
from trialdesign.specification.files import Unreadable, read_bytes
from trialdesign.specification.wording import clean, shown

STDIN = "<stdin>"
LARGEST = 50_000_000  # bytes of a file: some million patients
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
    name = STDIN if str(path) == "-" else os.fspath(path)
    lines = list(_lines(name))
    if not lines:
        raise _refusal(name, "have column names in its first line; got nothing. Check its content.")
    (top, first), *rest = lines
    header: list[str] = []

    def place(column: str | int | None, number: int = top, line: str = first) -> str:
        at = header.index(column) if column in header else column if isinstance(column, int) else 0
        return f"{name}:{number}:{_column(line, at)}"

    reader = Reader(design, place)

    def split(number: int, line: str) -> list[str] | None:
        try:
            return next(csv.reader([line], strict=True, skipinitialspace=True))
        except csv.Error as error:
            text = f"a line must be comma-separated; got {shown(line)} ({error}). Close the quotes."
            reader.refuse(place(None, number, line), text)
            return None

    def records() -> Iterator[Record]:
        for number, line in rest:
            cells = split(number, line)
            if cells is None:
                continue
            if any(text.strip() for text in cells[len(header) :]):
                reader.refuse(
                    place(len(header), number, line),
                    f"a line must have {len(header)} cells, as the first has; got {len(cells)}. "
                    "Put text that contains a comma in quotes.",
                )
                continue
            values = {column: plain(text) for column, text in zip(header, cells, strict=False)}
            yield Record(values, lambda column, n=number, text=line: place(column, n, text))

    header += [text.strip() for text in split(top, first) or []]
    return reader.read(header, records())


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
