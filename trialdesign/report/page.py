"""Pages of text and tables: Rich's on a terminal, aligned plain columns in a pipe or a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialdesign.specification.wording import clean

GAP = 2  # blanks between columns
NARROWEST = 20  # characters to which a column of running text may shrink before it is left out


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    heading : str
        A line break makes two lines of it.
    right : bool
        Numbers stand to the right.
    spare : int
        On a narrow terminal the column with the largest number goes first; 0 stays.
    running : bool
        Text that may be wrapped.
    least : int
        Smallest width, so that tables below each other agree.
    """

    heading: str
    right: bool = True
    spare: int = 0
    running: bool = False
    least: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under columns."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]

    def widths(self) -> list[int]:
        """Return the widest text of each column."""
        texts = zip(*([column.heading for column in self.columns], *self.rows), strict=True)
        widest = [max(len(line) for text in each for line in text.split("\n")) for each in texts]
        return [max(width, column.least) for width, column in zip(widest, self.columns, strict=True)]


@dataclass(frozen=True, slots=True)
class Heading:
    """A title above a block, with what belongs to it in the same line."""

    text: str
    detail: str = ""


Page = Sequence[str | Heading | Table]


def tidy(text: str) -> str:
    """Return a text, which may come from a file of strangers, as one line without control characters."""
    return clean(" ".join(text.split()))


def plain(page: Page) -> str:
    """Return a page as text without control characters, as wide as it needs to be."""
    lines: list[str] = []
    for part in page:
        if isinstance(part, Table):
            lines += _plain_table(part)
        elif isinstance(part, Heading):
            lines += [
                "",
                f"{tidy(part.text)}  ({tidy(part.detail)})" if part.detail else tidy(part.text),
            ]
        else:
            lines.append(tidy(part))
    return "\n".join(lines).strip("\n") + "\n"


def _plain_table(table: Table) -> list[str]:
    heads = [column.heading.split("\n") for column in table.columns]
    tall = max(map(len, heads))
    padded = [[""] * (tall - len(head)) + head for head in heads]
    rows = [*zip(*padded, strict=True), *([tidy(text) for text in row] for row in table.rows)]
    widths = table.widths()
    lines = []
    for row in rows:
        cells = [
            text.rjust(width) if column.right else text.ljust(width)
            for text, width, column in zip(row, widths, table.columns, strict=True)
        ]
        lines.append((" " * GAP).join(cells).rstrip())
    return lines


def show(page: Page) -> None:
    """Print a page on a terminal, as wide as the terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    draw(page, console)


def draw(page: Page, console) -> None:
    """Print a page on a Rich console; columns that do not fit are named below it."""
    from rich.padding import Padding
    from rich.text import Text

    left_out: dict[str, None] = {}
    for part in page:
        if isinstance(part, Table):
            fitting, gone = fit(part, console.width)
            left_out |= dict.fromkeys(gone)
            console.print(_rich_table(fitting))
        elif isinstance(part, Heading):
            text = Text.assemble((tidy(part.text), "bold"), (f"  {tidy(part.detail)}", "dim"))
            console.print(Padding(text, (1, 0, 0, 0)))
        else:
            console.print(Text(tidy(part)))
    if left_out:
        names = ", ".join(name.replace("\n", " ") for name in left_out)
        console.print(Text(f"Left out, for want of width: {names}.  --csv has every number.", "dim"))


def fit(table: Table, width: int) -> tuple[Table, list[str]]:
    """Return a table without the columns that can be spared, until it fits, and their headings."""
    keep, gone = list(range(len(table.columns))), []
    widths = [
        min(each, NARROWEST) if column.running else each
        for each, column in zip(table.widths(), table.columns, strict=True)
    ]
    while sum(widths[i] for i in keep) + GAP * (len(keep) - 1) > width:
        dropped = max(keep, key=lambda i: table.columns[i].spare)
        if not table.columns[dropped].spare:
            break
        keep.remove(dropped)
        gone.append(table.columns[dropped].heading)
    rows = [[row[i] for i in keep] for row in table.rows]
    return Table([table.columns[i] for i in keep], rows), gone


def _rich_table(table: Table):
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0))
    for column in table.columns:
        drawn.add_column(
            Text("\n".join(map(tidy, column.heading.split("\n")))),
            justify="right" if column.right else "left",
            min_width=column.least or None,
            vertical="top",
            no_wrap=not column.running,
            overflow="fold",
        )
    for row in table.rows:
        drawn.add_row(*(Text(tidy(text)) for text in row))
    return drawn
