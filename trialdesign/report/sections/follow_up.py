"""The page that `follow-up` prints: the answer, the curve, and the answers under every scenario."""

from __future__ import annotations

from trialdesign.report.numbers import number, probability
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, criteria, patients, truth
from trialdesign.sizing.follow_up_result import CurveRow, FollowUp
from trialdesign.sizing.over_readings import IN_WORDS, FollowUps, named


def follow_up_page(found: FollowUps) -> Page:
    """Return the page: the answer, the curve, and the answers under every scenario."""
    design, main = found.design, found.main
    how = "exact"
    if main.method != "exact":
        how = (
            f"simulation, {main.trials:,} trials per scenario and rung, the same patients at every "
            f"rung, seed {main.seed}"
        )
    page: list = [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        patients(design),
        *conduct_lines(design),
        f"Method: {how}; {found.seconds:.1f} s.",
        Heading("Shortest follow-up after the last patient", _asked(main)),
    ]
    for reading, result in found.found:
        prefix = "" if reading is None else f"{named(reading)}: "
        page.append(f"{prefix}{result.months()}.")
    known = {each.name: truth(design, each) for each in design.scenarios}
    for reading, result in found.found:
        title = _with_reading(result.scenario, reading)
        page += [Heading(title, known.get(result.scenario, "a truth for every trial")), _curve(result)]
    page += [Heading("Months needed", "under each scenario; - where no rung keeps the target")]
    page.append(_answers(found))
    for reading, result in found.found:
        if result.answer is not None and result.question == "success":
            title = _with_reading(f"At {result.answer:g} months", reading)
            page += [Heading(title, "success under each scenario; * is a type I error")]
            page.append(_at_answer(result))
    page += [""]
    if found.by_reading:
        page.append(
            "Readings: of exposures of which only bounds are known; middle: the middle of the derived "
            "bounds, which no source prints (`published` in --json and --csv)."
        )
    page += ["The smallest rung from which every later one keeps the target."]
    if main.method != "exact":
        page.append("±: Monte Carlo standard error.  --json and --csv give intervals and every curve.")
    return page


def _with_reading(title: str, reading: str | None) -> str:
    return title if reading is None else f"{title}, {named(reading)}"


def _asked(result: FollowUp) -> str:
    """Return what was asked for, in words."""
    if result.question == "width":
        what = f"expected width of the 95 % interval at most {result.target:g}"
    elif result.question == "success":
        what = f"success with probability {result.target:g}"
    else:
        what = f"{result.question} come with probability {result.target:g}"
    return f"{what}; {result.stratum}, {result.scenario}"


def _curve(result: FollowUp) -> Table:
    """Return the curve of the scenario that was asked for: a line per rung, a column per stratum."""
    kept = [row for row in result.asked if row.scenario == result.scenario]
    names = list(dict.fromkeys(row.stratum for row in kept))
    columns = [Column("months"), *(Column(name) for name in names)]
    cells = {(row.follow_up, row.stratum): row for row in kept}
    rungs = list(dict.fromkeys(row.follow_up for row in kept))
    lines = [[f"{rung:g}", *(probability(cells[rung, name]) for name in names)] for rung in rungs]
    return Table(columns, lines)


def _answers(found: FollowUps) -> Table:
    """Return the answers: a line per scenario (and reading), a column per stratum."""
    names = list(dict.fromkeys(each.stratum for each in found.main.answers))
    heads = [Column("scenario", right=False, running=True)]
    if found.by_reading:
        heads.append(Column("reading", right=False))
    lines = []
    for scenario in dict.fromkeys(each.scenario for each in found.main.answers):
        for reading, result in found.found:
            own = {each.stratum: each.follow_up for each in result.answers if each.scenario == scenario}
            where = [scenario] if reading is None else [scenario, IN_WORDS[reading]]
            lines.append([*where, *(_months(own[name]) for name in names)])
    return Table([*heads, *(Column(name) for name in names)], lines)


def _months(answer: float | None) -> str:
    """Return months with a digit where they are not whole."""
    whole = answer is None or answer % 1 == 0
    return number(answer, 0 if whole else 1)


def _at_answer(result: FollowUp) -> Table:
    """Return what the design does at the answer: a line per scenario, a column per stratum."""
    own = [row for row in result.asked if row.follow_up == result.answer]
    names = list(dict.fromkeys(row.stratum for row in own))
    lines = []
    for scenario in dict.fromkeys(row.scenario for row in own):
        found = {row.stratum: _marked(row) for row in own if row.scenario == scenario}
        lines.append([scenario, *(found[name] for name in names)])
    return Table([Column("scenario", right=False, running=True), *(Column(n) for n in names)], lines)


def _marked(row: CurveRow) -> str:
    """Return a probability, a type I error with a star."""
    text = probability(row)
    return f"{text} *" if row.quantity == "type_i_error" else text
