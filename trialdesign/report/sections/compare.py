"""The page that `compare` prints: what differs in the files, and what moves."""

from __future__ import annotations

import json
from collections.abc import Mapping

from trialdesign.report.numbers import number, rate, signed
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import patients
from trialdesign.sizing.compare import Comparison, Moved

NAMES = {"power": "power", "type_i_error": "type I error", "family_wise_error": "family-wise"}
RATES = ("power", "type_i_error", "success", "family_wise_error", "coverage")
LONGEST = 40  # characters of a value


def comparison_page(found: Comparison) -> Page:
    """Return the page of two designs side by side."""
    page: list = [Heading("First", found.design.title), patients(found.design)]
    page += [Heading("Second", found.other.title), patients(found.other)]
    methods = " and ".join(dict.fromkeys(each.method for each in found.results))
    page.append(f"Method: {methods}; {found.seconds:.1f} s.")
    page.append(Heading("Keys that differ", f"{len(found.differences)}"))
    if found.differences:
        lines = [[each.key, _short(each.first), _short(each.second)] for each in found.differences]
        page.append(Table([Column("key", right=False, running=True),
                           *(Column(name, right=False, running=True) for name in ("first", "second"))],
                          lines))  # fmt: skip
    for scenario in dict.fromkeys(row.scenario for row in found.rows):
        own = [row for row in found.rows if row.scenario == scenario]
        moved = [row for row in own if row.moves]
        page.append(Heading(scenario, f"{len(moved)} of {len(own)} quantities move"))
        if moved:
            page.append(_table(moved))
    return [
        *page,
        "",
        "Quantities that do not move beyond their Monte Carlo error are in --json and --csv.",
    ]


def _table(rows: list[Moved]) -> Table:
    columns = [Column("stratum", right=False, least=8), Column("quantity", right=False)]
    columns += [Column(name) for name in ("first", "second", "difference")]
    lines = []
    for row in rows:
        show = rate if row.quantity in RATES else number
        name = NAMES.get(row.quantity, row.quantity.replace("_", " "))
        change = signed(row.difference, 4 if row.quantity in RATES else 3)
        lines.append([row.stratum, name, show(row.first), show(row.second), change])
    return Table(columns, lines)


def _short(value: object) -> str:
    """Return a value as a file spells it."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("kind", "name", "dist") if value.get(key)), value)
    text = "-" if value is None else value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
