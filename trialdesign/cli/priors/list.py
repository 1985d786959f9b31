"""`priors list`: the evidence that comes with trialdesign."""

from __future__ import annotations

from collections.abc import Mapping

import click

from trialdesign.cli._output import document, output_options
from trialdesign.design.arms import ROLES
from trialdesign.design.evidence.published import EVIDENCE
from trialdesign.design.file import library_entry
from trialdesign.design.library import evidence_names
from trialdesign.report.page import Column, Heading, Table

COLUMNS = ("name", "endpoint", "kind", "arm", "strata", "grade", "citation", "usable")


@click.command("list")
@click.option("--kind", help="Only evidence on this kind of endpoint, such as binary.")
@click.option("--arm", type=click.Choice(ROLES), help="Only evidence on this arm.")
@output_options
def command(kind, arm, output):
    """List the evidence that designs can name as `source`.

    `strata` gives each disease with its number of patients, or of events; `priors show NAME` has the
    rest.
    """
    entries = [library_entry(name) for name in evidence_names()]
    rows = [_row(entry) for entry in entries]
    rows = [row for row in rows if kind in (None, row["kind"]) and arm in (None, row["arm"])]
    output.deliver(document("priors list", results=rows), lambda: _page(rows), COLUMNS)


def _row(entry: Mapping) -> dict:
    return {
        "name": entry["name"],
        "endpoint": entry["endpoint"]["name"],
        "kind": entry["endpoint"]["kind"],
        "arm": entry["arm"],
        "strata": _strata(entry["data"]),
        "grade": entry["grade"],
        "citation": entry["citation"],
        "usable": entry["endpoint"]["kind"] in EVIDENCE,
    }


def _strata(data: list[Mapping]) -> str:
    """Return each stratum with its number of patients, or of events where that is what is known."""
    unit = next(unit for unit in ("n", "events", "count") if unit in data[0])
    totals: dict[str, int] = {}
    for row in data:
        totals[row["stratum"]] = totals.get(row["stratum"], 0) + row[unit]
    each = ", ".join(f"{stratum} {total}" for stratum, total in totals.items())
    return each if unit == "n" else f"{each} ({unit})"


def _page(rows: list[dict]) -> list:
    columns = [
        Column("name", right=False),
        Column("kind", right=False, spare=5),
        Column("arm", right=False),
        Column("n", right=False, running=True),
        Column("grade", right=False, spare=1),
        Column("endpoint", right=False, running=True, spare=3),
        Column("citation", right=False, running=True, spare=4),
    ]
    keys = ("name", "kind", "arm", "strata", "grade", "endpoint", "citation")
    table = Table(columns, [[row[key] for key in keys] for row in rows])
    modelled = ", ".join(EVIDENCE)
    page = [Heading(f"{len(rows)} files of published evidence"), table, ""]
    if not all(row["usable"] for row in rows):
        page.append(f"Kinds of endpoint with a model: {modelled}.  Designs cannot name the others yet.")
    page.append(
        "n: patients, or events.  `trialdesign priors show NAME` has counts, notes and overlaps."
    )
    return page
