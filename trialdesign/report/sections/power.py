"""The page that `power` prints: one block a scenario, strata as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.design.without_borrowing import RULE, WEAK_RULE
from trialdesign.report.numbers import number, probability, signed
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.sections.critical_counts import critical_counts_page
from trialdesign.report.words import conduct_lines, criteria, model_lines, patients, truth
from trialdesign.simulation.operating_characteristics import OperatingCharacteristics, Row
from trialdesign.simulation.power import Power

KINDS = {"power": "power", "type_i_error": "type I error", "family_wise_error": "family-wise"}
Rows = Mapping[tuple[str, str], Row]  # (stratum, quantity) -> row


def power_page(found: Power) -> Page:
    """Return the page of a design's operating characteristics, with those that it has beside them."""
    design = found.design
    page: list = [Heading(design.title), *_head(found)]
    for scenario in design.scenarios:
        page.append(Heading(scenario.name, truth(design, scenario)))
        own = _of(found.result, scenario)
        alone = None if found.alone is None else _of(found.alone, scenario)
        weak = None if found.weak is None else _of(found.weak, scenario)
        page.append(_table(design, own, alone, weak))
        page += _in_time(design, own)
    page += _legend(found)
    return page if found.counts is None else [*page, *critical_counts_page(found.counts)]


def _head(found: Power) -> list[str]:
    result, design = found.result, found.design
    if result.method == "exact":
        how = f"Method: exact, {result.reason}; {found.seconds:.1f} s."
    else:
        how = (
            f"Method: simulation, {result.trials:,} trials per scenario, seed {result.seed}, because "
            f"{result.reason}; {found.seconds:.1f} s."
        )
    head = [f"Success: {criteria(design)}.", patients(design)]
    return [*head, *conduct_lines(design), *model_lines(design), how]


def _of(result: OperatingCharacteristics, scenario: Scenario) -> Rows:
    return {(row.stratum, row.quantity): row for row in result.rows if row.scenario == scenario.name}


def _table(design: Design, rows: Rows, alone: Rows | None, weak: Rows | None) -> Table:
    columns = [
        Column("stratum", right=False, least=8),
        Column("success is", right=False, least=12),
        Column("success", least=7),
        Column("bias", spare=1),
        Column("rmse", spare=2),
        Column("coverage", spare=3),
        Column("n", spare=4),
    ]
    if alone is not None:
        columns += [Column("without\nsuccess"), Column("borrowing\nrmse", spare=2)]
    if weak is not None:
        columns += [Column("weak priors\nsuccess")]
    lines = [_stratum_line(stratum, rows, alone, weak) for stratum in design.strata]
    for stratum, quantity in (("any", "success"), ("any null", "family_wise_error"), ("all", "success")):
        key = (stratum.partition(" ")[0], quantity)
        if key in rows:
            cells = [stratum, KINDS.get(quantity, ""), probability(rows[key]), "", "", "", ""]
            if key[0] == "all":
                cells[-1] = number(rows["all", "expected_sample_size"].value, 0)
            if alone is not None:
                cells += [probability(alone[key]), ""]
            if weak is not None:
                cells.append(probability(weak[key]))
            lines.append(cells)
    return Table(columns, lines)


def _in_time(design: Design, rows: Rows) -> Page:
    """Return when the looks come and what they find: a line per look, a column per stratum."""
    if ("all", "expected_duration") not in rows:
        return []
    months, events = (rows["all", key].value for key in ("expected_duration", "expected_events"))
    told = f"Final analysis in month {months:.1f} on average, with {events:.1f} events"
    analysed = rows.get(("all", "expected_analysed"))
    told += f" of {analysed.value:.1f} patients analysed." if analysed else "."
    if len(design.looks or ()) < 2:
        return ["", told]
    names = [*design.strata, "any", "all"]
    lines = []
    for j in range(1, len(design.looks)):
        found = [probability(rows[name, f"success_at_look_{j}"]) for name in names]
        lines.append([str(j), number(rows["all", f"expected_month_of_look_{j}"].value, 1), *found])
    columns = [Column("look"), Column("month"), *(Column(name) for name in names)]
    return ["", "Success, were the trial judged at an earlier look:", Table(columns, lines), "", told]


def _stratum_line(stratum: str, rows: Rows, alone: Rows | None, weak: Rows | None) -> list[str]:
    quantity = "power" if (stratum, "power") in rows else "type_i_error"
    cells = [
        stratum,
        KINDS[quantity],
        probability(rows[stratum, quantity]),
        signed(rows[stratum, "bias"].value),
        number(rows[stratum, "rmse"].value),
        number(rows[stratum, "coverage"].value),
        number(rows[stratum, "expected_sample_size"].value, 0),
    ]
    if alone is not None:
        cells += [probability(alone[stratum, quantity]), number(alone[stratum, "rmse"].value)]
    if weak is not None:
        cells.append(probability(weak[stratum, quantity]))
    return cells


def _legend(found: Power) -> Sequence[str]:
    design = found.design
    first = design.decision[0].label(design.estimand(design.decision[0]))
    lines = [
        "",
        "Success is a type I error where the assumed truth misses a criterion, and power where it meets "
        "them all.  family-wise: at least one null stratum succeeds.",
        f"bias, rmse, coverage: of the estimand in {first}; posterior mean, 95 % interval.",
    ]
    if found.result.method == "simulation":
        lines.append("±: Monte Carlo standard error.  --json and --csv give intervals.")
    if found.alone is not None:
        lines.append(f"Without borrowing ({found.alone.method}): {RULE}.")
    if found.weak is not None:
        lines.append(f"Weak priors ({found.weak.method}): {WEAK_RULE}.")
    return lines
