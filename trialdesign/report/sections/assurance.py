"""The page that `assurance` prints: success under the design prior, strata as rows."""

from __future__ import annotations

from collections.abc import Mapping

from trialdesign.design.without_borrowing import RULE
from trialdesign.report.numbers import probability
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, criteria, model_lines, patients
from trialdesign.simulation.assurance import Assurance
from trialdesign.simulation.success import Row

QUANTITIES = {
    "assurance": "assurance",
    "probability_effective": "effective",
    "power": "power if\neffective",
    "type_i_error": "type I error\nif not",
    "positive_predictive_value": "effective if\nsuccess",
    "correct_decision": "decision\nis right",
}


def assurance_page(found: Assurance) -> Page:
    """Return the page of what a design does under its design prior."""
    design = found.design
    page: list = [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        patients(design),
        *conduct_lines(design),
        *model_lines(design),
        _how(found),
        Heading("design prior", "a truth for every trial"),
        _table(found),
        "",
        "assurance: probability of success, whatever the truth.  effective: the truth meets every "
        "criterion's threshold.",
    ]
    rows = _of(found.rows)
    wrong = probability(rows["any", "family_wise_error"])
    page.append(f"At least one stratum succeeds whose truth does not: {wrong}.")
    if found.method != "exact":
        page.append("±: Monte Carlo standard error.  --json and --csv give intervals.")
    if found.alone is not None:
        page.append(f"Without borrowing: {RULE}; what is beyond it is the prior's share of success.")
    return page


def _how(found: Assurance) -> str:
    if found.method == "exact":
        return f"Method: exact, {found.reason}; {found.seconds:.1f} s."
    return (
        f"Method: simulation, {found.trials:,} trials, seed {found.seed}, because {found.reason}; "
        f"{found.seconds:.1f} s."
    )


def _of(rows) -> Mapping[tuple[str, str], Row]:
    return {(row.stratum, row.quantity): row for row in rows}


def _table(found: Assurance) -> Table:
    """Return a line per stratum, any and all, a column per quantity."""
    rows, alone = _of(found.rows), None if found.alone is None else _of(found.alone)
    columns = [Column("stratum", right=False, least=8)]
    columns += [Column(name, spare=i // 2) for i, name in enumerate(QUANTITIES.values())]
    if alone is not None:
        columns.append(Column("without\nborrowing"))
    lines = []
    for stratum in (*found.design.strata, "any", "all"):
        own = [rows.get((stratum, quantity)) for quantity in QUANTITIES]
        cells = [stratum, *("" if row is None else probability(row) for row in own)]
        if alone is not None:
            cells.append(probability(alone[stratum, "assurance"]))
        lines.append(cells)
    return Table(columns, lines)
