"""`events`: when the k-th event, the last patient and the data cut are due."""

from __future__ import annotations

import click

from trialdesign.analysis.data.running_trial import load_interim
from trialdesign.cli._completion import designs, files
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document, output_options
from trialdesign.design.design import Design
from trialdesign.design.file import load_design
from trialdesign.report.numbers import number, rate
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, patients
from trialdesign.timeline.forecast import Forecast, forecast_events
from trialdesign.timeline.long_term_safety import YEARS, LongTermSafety, long_term_safety
from trialdesign.timeline.look_dates import TRIALS
from trialdesign.timeline.milestones import LEVELS, Milestone

QUANTILES = tuple(f"q{100 * level:g}" for level in LEVELS)
COLUMNS = ("scenario", "milestone", "by_cut", "mean", "mcse", *QUANTILES)


@click.command("events")
@click.argument("design", shell_complete=designs)
@click.option(
    "--events",
    "-k",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="K",
    help="Which event; may be repeated.  [default: quarters of those expected at the cut]",
)
@click.option("--scenario", help="One assumed truth instead of all of them.")
@click.option(
    "--prior",
    is_flag=True,
    help="Add the forecast averaged over the design prior (without one: the model).",
)
@click.option(
    "--data", metavar="FILE", shell_complete=files,
    help="A running trial's patients: forecast from the posterior.",
)  # fmt: skip
@click.option(
    "--month",
    type=click.FloatRange(min=0),
    help="Month of the trial in which FILE was cut.  [default: the last that it speaks of]",
)
@click.option(
    "--safety-rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="R",
    help="Add what years of following the treated say of an event of R per patient-year.",
)
@click.option(
    "--years",
    type=click.FloatRange(min=0, min_open=True),
    default=YEARS,
    show_default=True,
    help="Years for --safety-rate.",
)
@click.option(
    "--loss",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Share lost per year (a hazard) for --safety-rate.",
)
@figure_option("Draw the predicted events over time, with bands.")
@output_options
def command(design, events, scenario, prior, data, month, safety_rate, years, loss, figure, output):
    """Date the events of DESIGN: when the K-th, the last patient, each look and the data cut are due.

    Exact: a patient enters uniformly over the accrual of a stratum, and the events are a sum of
    binomials, averaged over the prior or posterior where that is asked for.  Only looks that wait for
    events and patients together are simulated; their means carry a Monte Carlo standard error.

    FILE is a CSV with one row a patient: stratum, arm, entry (month of the trial), time (months from
    entry), event (0 or 1) and, if wanted, left (1: out of the trial).

    Exit status 0: done; 2: the input is wrong.
    """
    if month is not None and data is None:
        raise click.UsageError("--month needs --data. Give the file, or leave --month out.")
    check_figure(figure, output)
    design = load_design(design)
    known = load_interim(data, design, month) if data else None
    found = forecast_events(design, events, scenario, known, prior)
    safety = None
    if safety_rate is not None:
        safety = long_term_safety(sum(design.sizes("treatment")), safety_rate, years, loss)
    contents = document(
        "events",
        design,
        method="simulation" if any(each.mcse for each in found.milestones) else "exact",
        trials=TRIALS if any(each.mcse for each in found.milestones) else None,
        seed=design.simulation.seed,
        seconds=found.seconds,
        warnings=list(found.warnings),
        results=[each.to_dict() for each in found.milestones],
        curve=[each.to_dict() for each in found.curve],
        long_term_safety=safety and {
            name: getattr(safety, name) for name in safety.__dataclass_fields__
        },
    )  # fmt: skip
    write_figure(figure, output, lambda: _drawn(found))
    output.deliver(contents, lambda: _page(design, found, safety), COLUMNS)


def _drawn(found: Forecast):
    from trialdesign.report.figures.survival import event_timeline

    return event_timeline(found)


def _page(design: Design, found: Forecast, safety: LongTermSafety | None) -> Page:
    """Return the page: a table a scenario."""
    page: list = [Heading(design.title), patients(design), *conduct_lines(design)]
    if found.known is not None:
        seen = int(sum(each.sum() for each in found.known.events.values()))
        entered = int(sum(each.sum() for each in found.known.entered.values()))
        page.append(f"Data: month {found.known.month:g}, {entered} patients, {seen} events.")
    how = "exact" + (", but for looks marked ±" if any(m.mcse for m in found.milestones) else "")
    page.append(f"Method: {how}; {found.seconds:.1f} s.")
    for name in dict.fromkeys(each.scenario for each in found.milestones):
        own = [each for each in found.milestones if each.scenario == name]
        page += [Heading(name, "months from the start of the trial"), _table(own)]
    page += [
        "",
        "by cut: probability of coming no later than the planned data cut.  Events are dated as if "
        "everybody were followed until they come; - where that is not certain.",
    ]
    if design.looks:
        page.append(
            "by cut, of a look and of the data cut, which is the last: that what it waits for comes "
            "before its latest month."
        )
    if any(each.mcse for each in found.milestones):
        page.append(f"±: Monte Carlo standard error; simulated, {TRIALS:,} trials.")
    return page if safety is None else [*page, *_safety(safety)]


def _table(own: list[Milestone]) -> Table:
    columns = [Column("milestone", right=False), Column("by cut"), Column("mean", spare=1)]
    columns += [Column(f"{100 * level:g} %", spare=0 if level == 0.5 else 2) for level in LEVELS]
    lines = [
        [
            each.milestone,
            rate(each.by_cut),
            number(each.mean, 1) + (f" ± {each.mcse:.2f}" if each.mcse else ""),
            *(number(q, 1) for q in each.quantiles),
        ]
        for each in own
    ]
    return Table(columns, lines)


def _safety(safety: LongTermSafety) -> Page:
    return [
        Heading("Long-term safety", f"{safety.patients} treated patients, {safety.years:g} years"),
        f"Expected exposure: {safety.patient_years:,.0f} patient-years.",
        f"At least one event of {safety.rate:g} per patient-year is seen with probability "
        f"{rate(safety.chance)}; {safety.patients_needed:,} patients would see one with probability "
        f"{safety.level:g}.",
        f"If none is seen, {100 * safety.level:g} % upper bound: {safety.upper_rate:.3g} per "
        f"patient-year, or {100 * safety.upper_risk:.2f} % of patients within {safety.years:g} years.",
    ]
