"""What every result of a design can do: become a table, and tell its answer in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from trialdesign.specification.wording import clean

MOST_ROWS = 60  # of a table in a notebook; of a longer one the first and the last are shown


class Result:
    """A base of results, which are frozen dataclasses with ``design``, ``rows`` and ``warnings``.

    It has no fields of its own.  Declare a result with ``repr=False``: a dump of arrays tells nobody
    anything.
    """

    __slots__ = ()

    design: Any
    rows: Sequence[Any]
    warnings: Sequence[str]

    @property
    def title(self) -> str:
        """The headline of the result: the design's title."""
        return self.design.title

    def told(self) -> Iterator[str]:
        """Yield how the result was found, and its main answer: a line or two."""
        raise NotImplementedError

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as the commands print them, as JSON or CSV."""
        return [dict(row) if isinstance(row, Mapping) else asdict(row) for row in self.rows]

    def to_dataframe(self):
        """Return the rows as a pandas DataFrame with the columns of the CSV."""
        import pandas

        return pandas.DataFrame(self.records())

    def lines(self) -> list[str]:
        """Return the title and what is told, without control characters."""
        every = [f"{type(self).__name__}: {self.title}", *self.told()]
        if self.warnings:
            every.append(f"{counted(len(self.warnings), 'warning')}: see .warnings")
        return [clean(" ".join(line.split())) for line in every]

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """Return the table for a notebook, with what is told above it."""
        above = "<br>".join(escape(line) for line in self.lines())
        table = self.to_dataframe().to_html(
            index=False, escape=True, border=0, na_rep="-", max_rows=MOST_ROWS, float_format=_short
        )
        return f"<p>{above}</p>\n{table}"


def counted(n: int, noun: str) -> str:
    """Return how many there are of something, e.g. ``2 warnings``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _short(value: float) -> str:
    return f"{value:.4g}"
