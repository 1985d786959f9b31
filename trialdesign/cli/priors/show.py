"""`priors show`: everything that an evidence file says."""

from __future__ import annotations

from collections.abc import Mapping

import click

from trialdesign.cli._completion import sources
from trialdesign.cli._output import document, output_options
from trialdesign.design.file import library_entry
from trialdesign.report.page import Column, Heading, Table
from trialdesign.report.words import brief


@click.command("show")
@click.argument("name", shell_complete=sources)
@output_options
def command(name, output):
    """Show the evidence NAME of the library, or an evidence file.

    A file of your own is checked on the way.  Counts that are arithmetic on published numbers are
    marked `derived` or `back-calculated`.
    """
    entry = library_entry(name)
    rows = [{"count_is": "reported", **row} for row in entry["data"]]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    about = {key: value for key, value in entry.items() if key != "data"}
    contents = document("priors show", title=entry["name"], evidence=about, results=rows)
    output.deliver(contents, lambda: _page(entry, columns, rows), columns)


def _page(entry: Mapping, columns: list[str], rows: list[Mapping]) -> list:
    text = {"stratum", "study", "count_is"}
    order = [*(c for c in columns if c != "count_is"), "count_is"]
    table = Table(
        [Column(c.replace("_", " "), right=c not in text) for c in order],
        [[brief(row[c]) if row.get(c) is not None else "" for c in order] for row in rows],
    )
    endpoint = entry["endpoint"]
    overlaps = ", ".join(entry.get("overlaps", ())) or "none known"
    page = [
        Heading(entry["name"]),
        entry["citation"],
        f"Endpoint: {endpoint['name']} ({endpoint['kind']}); "
        f"arm: {entry['arm']}; grade {entry['grade']}.",
        "",
        table,
        "",
    ]
    if entry.get("note"):
        page.append(f"Note: {' '.join(entry['note'].split())}")
    return [*page, f"Overlaps (never use together): {overlaps}."]
