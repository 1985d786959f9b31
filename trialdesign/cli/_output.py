"""Where results go: options, formats, and the JSON document that every command prints."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any

import click

from trialdesign.cli._shell import version
from trialdesign.errors import SpecificationError
from trialdesign.report.page import Page, plain, show
from trialdesign.report.whole_files import write_whole

FORMATS = {".json": "json", ".csv": "csv"}


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
        if self.path and not os.path.isdir(os.path.dirname(self.path) or "."):
            raise SpecificationError(
                f"{self.path} must be in a folder that exists; got none of this name. Create it first."
            )
        if self.path and os.path.exists(self.path) and not self.force:
            raise SpecificationError(
                f"{self.path} must not exist yet; got an existing file. To replace it, pass --force."
            )

    def note(self, text: str) -> None:
        """Tell the user something beside the result."""
        if not self.quiet:
            click.echo(text, err=True)

    def warn(self, texts: Iterable[str]) -> None:
        """Print warnings."""
        for text in texts:
            self.note(f"Warning: {text}")

    def write(self, text: str) -> None:
        """Print a text, or write the file."""
        if self.path:
            write_whole(self.path, text, force=self.force)
            self.note(f"Wrote {self.path}.")
        else:
            click.echo(text, nl=False)

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
        elif self.path or not sys.stdout.isatty():
            self.write(plain(page()))
        else:
            show(page())


def output_options(function: Callable) -> Callable:
    """Add the options of every command; the command gets them as ``output``.

    A command that needs a seed has `seed_option` as well; any other takes ``--seed`` and ignores it.
    """

    @wraps(function)
    def collected(*args, as_json, as_csv, path, force, quiet, **rest):
        if as_json and as_csv:
            raise click.UsageError("--json and --csv exclude each other. Keep one.")
        to_stdout, path = path == "-", None if path == "-" else path
        by_suffix = FORMATS.get(Path(path).suffix.lower(), "table") if path else "table"
        form = "json" if as_json else "csv" if as_csv else by_suffix
        output = Output(form, path, force, quiet, to_stdout)
        output.check()
        return function(*args, output=output, **rest)

    options = [
        click.option("--debug", is_flag=True, expose_value=False, help="Show an error's traceback."),
        click.option("--quiet", is_flag=True, help="No progress, notes or warnings on standard error."),
        click.option("--force", is_flag=True, help="Let -o replace an existing file."),
        click.option(
            "-o", "--output", "path", metavar="FILE",
            help="Write to a file; .json and .csv choose the form.",
        ),
        click.option("--csv", "as_csv", is_flag=True, help="Print the rows as CSV."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
    ]  # fmt: skip
    if "seed" not in signature(function).parameters:  # scripts may give it to any command
        options.insert(0, click.option("--seed", type=int, expose_value=False, hidden=True))
    for option in options:
        collected = option(collected)
    return collected


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


def to_json(value: Any) -> str:
    """Return strict JSON: numbers that are not finite become null."""
    return json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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
    return text.getvalue()
