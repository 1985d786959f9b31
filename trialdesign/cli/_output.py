"""Where results go: options, formats, and the JSON document that every command prints."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from inspect import signature
from pathlib import Path
from typing import Any

import click

from trialdesign.cli._completion import files
from trialdesign.cli._shell import say, version
from trialdesign.errors import SpecificationError
from trialdesign.report.page import Page, plain, show
from trialdesign.report.whole_files import check_writable, write_whole
from trialdesign.specification.wording import clean_lines, is_harmless, shorten

FORMATS = {".json": "json", ".csv": "csv", ".txt": "table", "": "table"}  # by the ending of a file


@dataclass(frozen=True, slots=True)
class Output:
    """What the user wants printed, and where.

    Attributes
    ----------
    form : str
        ``table``, ``json`` or ``csv``.
    path : str or None
        A file instead of standard output.
    force : bool
        Whether an existing file may be replaced.
    quiet : bool
        Whether progress, notes and warnings are left out.
    to_stdout : bool
        Whether ``-o -`` asked for standard output.
    """

    form: str = "table"
    path: str | None = None
    force: bool = False
    quiet: bool = False
    to_stdout: bool = False

    def check(self) -> None:
        """Refuse a file that cannot be written before, not after, the work is done."""
        if self.path is not None:
            check_writable(self.path, self.force)

    def note(self, text: str) -> None:
        """Tell the user something beside the result."""
        if not self.quiet:
            say(text, err=True)

    def warn(self, texts: Iterable[str]) -> None:
        """Print warnings."""
        for text in texts:
            self.note(f"Warning: {text}")

    def write(self, text: str) -> None:
        """Print a text, or write the file."""
        if self.path is None:
            say(text, nl=False)
        else:
            write_whole(self.path, text, force=self.force)
            self.note(f"Wrote {self.path}.")

    def deliver(
        self,
        document: Mapping[str, Any],
        page: Callable[[], Page],
        columns: Sequence[str],
    ) -> None:
        """Print a result in the form that was asked for.

        Parameters
        ----------
        document : mapping
            Its ``results`` are the rows of the CSV.
        page : callable
            Makes the page of text and tables.
        columns : sequence of str
            Columns of the CSV.
        """
        self.warn(document.get("warnings", ()))
        if self.form == "json":
            self.write(to_json(document))
        elif self.form == "csv":
            self.write(to_csv(columns, document["results"]))
        elif self.path is not None or not sys.stdout.isatty():
            self.write(plain(page()))
        else:
            show(page())


def output_options(function: Callable | None = None, *, endings: tuple[str, ...] = ()) -> Callable:
    """Add the options of every command; the command gets them as ``output``.

    A command that needs a seed has `seed_option` as well; any other takes ``--seed`` and says that it
    has no effect.
    ``endings`` are those of the text files that this command writes beside the usual ones.
    """
    if function is None:
        return partial(output_options, endings=endings)

    @wraps(function)
    def collected(*args, as_json, as_csv, path, force, quiet, **rest):
        if as_json and as_csv:
            raise click.UsageError("--json and --csv exclude each other. Keep one.")
        to_stdout, path = path == "-", None if path == "-" else path
        form = _form("json" if as_json else "csv" if as_csv else None, path, endings)
        output = Output(form, path, force, quiet, to_stdout)
        output.check()
        return function(*args, output=output, **rest)

    options = [
        click.option("--debug", is_flag=True, expose_value=False, help="Show an error's traceback."),
        click.option("--quiet", is_flag=True, help="No progress, notes or warnings on standard error."),
        click.option("--force", is_flag=True, help="Let -o replace an existing file."),
        click.option(
            "-o", "--output", "path", metavar="FILE", shell_complete=files,
            help="Write to a file; its ending chooses the form: .json, .csv or .txt.",
        ),
        click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
    ]  # fmt: skip
    if "seed" not in signature(function).parameters:  # scripts may give it to any command
        text = "No effect: this command draws no random numbers."
        options.insert(0, click.option("--seed", type=int, expose_value=False, help=text))
    for option in options:
        collected = option(collected)
    return collected


def _form(wanted: str | None, path: str | None, endings: tuple[str, ...]) -> str:
    """Return the form that was asked for, by an option or by the ending of a file's name."""
    ending = "" if path is None else Path(path).suffix.lower()
    if ending not in (*FORMATS, *endings):
        known = ", ".join([*filter(None, FORMATS), *endings])
        raise SpecificationError(
            f"`--output` must end in {known}, or have no ending; got {shorten(path)}. Name such a file: "
            "a spreadsheet opens .csv, a program .json, and .txt is what the terminal shows."
        )
    by_ending = FORMATS.get(ending, "table")
    if wanted and by_ending not in (wanted, "table"):
        raise SpecificationError(
            f"`--output` must not end in {ending} with --{wanted}; got {shorten(path)}. Keep one."
        )
    return wanted or by_ending


def seed_option(function: Callable) -> Callable:
    """Add the option ``--seed``."""
    text = "Seed of all random numbers, instead of the design's own."
    return click.option("--seed", type=click.IntRange(min=0), help=text)(function)


def document(command: str, design=None, **contents: Any) -> dict[str, Any]:
    """Return what every JSON document says, and what this one adds."""
    common = {
        "command": command,
        "version": version(),
        "title": design.title if design else None,
        "design_hash": design.hash() if design else None,
        "method": None,
        "trials": None,
        "seed": None,
        "seconds": None,
        "accuracy": None,
        "warnings": [],
        "results": [],
    }
    return {**common, **contents}


def document_of(command: str, found: Any, **contents: Any) -> dict[str, Any]:
    """Return the document of a result that knows how it was found, and what this command adds."""
    same = ("method", "trials", "seed", "seconds", "accuracy")
    known = {name: getattr(found, name) for name in same} | {"warnings": list(found.warnings)}
    return document(command, found.design, **known, **contents)


def to_json(value: Any) -> str:
    """Return strict JSON: numbers that are not finite become null, unseen characters are escaped."""
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if text.replace("\n", "").isprintable():
        return text
    return "".join(c if c == "\n" or is_harmless(c) else json.dumps(c)[1:-1] for c in text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(each) for each in value]
    return value


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV; what is not there, or not finite, is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_finite(dict(row)) for row in rows)
    return clean_lines(text.getvalue())
