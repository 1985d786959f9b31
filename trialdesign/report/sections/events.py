"""The page that `events` prints: a table a scenario, and what is known of long-term safety."""

from __future__ import annotations

from trialdesign.report.numbers import number, rate
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, patients
from trialdesign.timeline.forecast import Forecast
from trialdesign.timeline.long_term_safety import LongTermSafety
from trialdesign.timeline.milestones import LEVELS, Milestone


def events_page(found: Forecast) -> Page:
    """Return the page: a table a scenario."""
    design = found.design
    page: list = [Heading(design.title), patients(design), *conduct_lines(design)]
    if found.known is not None:
        seen = int(sum(each.sum() for each in found.known.events.values()))
        entered = int(sum(each.sum() for each in found.known.entered.values()))
        page.append(f"Data: month {found.known.month:g}, {entered} patients, {seen} events.")
    how = "exact, but for looks marked ±" if found.simulated else "exact"
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
    if found.simulated:
        page.append(f"±: Monte Carlo standard error; simulated, {found.trials:,} trials.")
    return page if found.safety is None else [*page, *_safety(found.safety)]


def _table(own: list[Milestone]) -> Table:
    columns = [Column("milestone", right=False), Column("by cut"), Column("mean", spare=1)]
    columns += [Column(f"{100 * level:g} %", spare=0 if level == 0.5 else 2) for level in LEVELS]
    lines = [
        [
            each.milestone,
            rate(each.by_cut),
            _mean(each),
            *(number(q, 1) for q in each.quantiles),
        ]
        for each in own
    ]
    return Table(columns, lines)


def _mean(each: Milestone) -> str:
    """Return the mean month, with its Monte Carlo standard error where it has one."""
    month = number(each.mean, 1)
    return f"{month} ± {each.mcse:.2f}" if each.mcse else month


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
