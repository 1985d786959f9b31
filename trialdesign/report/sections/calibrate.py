"""The page that `calibrate` prints: the threshold, its error, and the power that it costs or gains."""

from __future__ import annotations

from trialdesign.report.numbers import probability, rate
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, criteria, model_lines, patients
from trialdesign.sizing.calibration import Calibration

NAMES = {"type_i_error": "type I error", "family_wise_error": "family-wise error"}
SHOWN = ("power", "type_i_error", "success", "family_wise_error")


def calibration_page(found: Calibration) -> Page:
    """Return the page: the threshold, and what the design does with it and with its own."""
    design, name = found.design, NAMES[found.quantity]
    how = "every outcome is enumerated"
    if found.method == "simulation":
        how = f"{found.trials:,} trials per scenario, seed {found.seed}"
    where = "proven over the whole null region" if found.over == "certified" else "under every scenario"
    page: list = [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        patients(design),
        *conduct_lines(design),
        *model_lines(design),
        f"Method: {found.method}, {how}; {found.seconds:.1f} s.",
        Heading("Smallest threshold", f"{name} at most {found.alpha:g}, {where}"),
    ]
    if found.threshold is None:
        page.append("No threshold below 1.")
    else:
        page.append(
            f"{found.threshold:.4f}: the largest {name} of the scenarios is {rate(found.error)}; with "
            f"the design's own {found.stated:g} it is {rate(found.stated_error)}."
        )
    page += [Heading("Success under each scenario", "* is an error"), _table(found)]
    if found.method == "simulation":
        page += ["", "±: Monte Carlo standard error.  --json and --csv give intervals."]
    return page


def _table(found: Calibration) -> Table:
    """Return a line per scenario and threshold, a column per stratum."""
    rows = {(row.threshold, row.scenario, row.stratum, row.quantity): row for row in found.rows}
    names = [*found.design.strata, "any", "all"]
    columns = [Column("scenario", right=False, running=True), Column("threshold")]
    columns += [*(Column(name) for name in names), Column("family-\nwise")]
    lines = []
    for scenario in found.design.scenarios:
        for threshold in sorted({row.threshold for row in found.rows}):
            of = lambda name, t=threshold, s=scenario.name: [
                rows[t, s, name, q] for q in SHOWN[:3] if (t, s, name, q) in rows
            ]
            cells = [_marked(of(name)[0]) for name in names]
            wrong = rows.get((threshold, scenario.name, "any", "family_wise_error"))
            cells.append("" if wrong is None else probability(wrong))
            lines.append([scenario.name, f"{threshold:.4f}", *cells])
    return Table(columns, lines)


def _marked(row) -> str:
    """Return a probability, an error with a star."""
    text = probability(row)
    return f"{text} *" if row.quantity == "type_i_error" else text
