"""The table of critical counts that `power --decisions` prints."""

from __future__ import annotations

from collections.abc import Mapping

from trialdesign.design.design import Design
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import criteria
from trialdesign.simulation.exact.counts import CriticalCount, CriticalCounts


def critical_counts_page(found: CriticalCounts) -> Page:
    """Return the table with its caption."""
    single = found.design.control is None
    told = "responders" if single else "responders among the treated, by responders among the controls"
    page = [
        Heading("Critical counts", f"{told}, from which a stratum succeeds"),
        _of_single_arm(found) if single else _by_controls(found),
        "",
        f"Success: {criteria(found.design)}.  -: no count declares success.",
    ]
    if any(_is_range(row) for row in found.rows):
        page.append("5-9: success from 5 to 9 responders.")
    if any(row.unless for row in found.rows):
        page.append("*: some counts in between do not declare success; --json and --csv name them.")
    return [*page, _caption(found)]


def _caption(found: CriticalCounts) -> str:
    if not found.others:
        return "No stratum informs another: the table holds whatever happens in the others."
    each = ", ".join(
        f"{stratum} {_held(found.design, stratum, own)}" for stratum, own in found.others.items()
    )
    return (
        "Strata inform each other: while one stratum varies, the others are held at the result that is "
        f"most likely under the first scenario, `{found.scenario}` ({each}).  With other results there "
        "the counts are others; `analyse` tells what a whole data set decides."
    )


def _held(design: Design, stratum: str, own: Mapping[str, int]) -> str:
    s = design.strata.index(stratum)
    each = [f"{count} of {design.arms[arm].sizes[s]}" for arm, count in own.items()]
    if len(each) > 1:
        return f"{each[0]} treated and {each[1]} controls"
    return f"{each[0]} {'controls' if design.control and design.control.name in own else 'treated'}"


def _of_single_arm(found: CriticalCounts) -> Table:
    columns = [Column("stratum", right=False), Column("patients"), Column("responders"), Column("rate")]
    lines = []
    for row in found.rows:
        least = row.success_if_at_least
        rate = "-" if least is None else f"{least / max(row.n_treatment, 1):.2f}"
        lines.append([row.stratum, str(row.n_treatment), _cell(row), rate])
    return Table(columns, lines)


def _by_controls(found: CriticalCounts) -> Table:
    """Return the table: a line for each number of responding controls, a column for each stratum."""
    design = found.design
    cells = {(row.stratum, row.control_responders): _cell(row) for row in found.rows}
    columns = [Column("controls\nresponding")]
    for stratum, treated, controls in zip(design.strata, design.treated[0].sizes, design.control.sizes):
        columns.append(Column(f"{stratum}\nof {treated} : {controls}"))
    lines = [
        [str(count), *(cells.get((stratum, count), "") for stratum in design.strata)]
        for count in range(max(design.control.sizes) + 1)
    ]
    return Table(columns, lines)


def _is_range(row: CriticalCount) -> bool:
    return row.success_if_at_most is not None and row.success_if_at_most < row.n_treatment


def _cell(row: CriticalCount) -> str:
    if row.success_if_at_least is None:
        return "-"
    text = str(row.success_if_at_least)
    if _is_range(row):
        text += f"-{row.success_if_at_most}"
    return f"{text}*" if row.unless else text
