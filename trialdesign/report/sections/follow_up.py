"""The page that `follow-up` prints: the answer, the curve, and the answers under every scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialdesign.design.design import Design
from trialdesign.report.numbers import number, probability
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, criteria, patients, truth
from trialdesign.sizing.ladder import FollowUp

# the names of the JSON document, on which scripts rely, as they are shown to readers
SHOWN = {"pessimistic": "pessimistic", "published": "middle", "optimistic": "optimistic"}


def named(reading: str) -> str:
    """Return a reading of an exposure in words, e.g. ``middle reading``."""
    return f"{SHOWN[reading]} reading"


def follow_up_page(design: Design, results: Mapping[str, FollowUp], seconds: float) -> Page:
    """Return the page: the answer, the curve, and the answers under every scenario."""
    main = next(iter(results.values()))
    how = "exact" if main.method == "exact" else (
        f"simulation, {main.trials:,} trials a scenario and rung, the same patients at every rung, "
        f"seed {main.seed}"
    )  # fmt: skip
    page: list = [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        patients(design),
        *conduct_lines(design),
        f"Method: {how}; {seconds:.1f} s.",
        Heading("Shortest follow-up after the last patient", _asked(main)),
    ]
    for reading, result in results.items():
        prefix = f"{named(reading)}: " if reading else ""
        page.append(f"{prefix}{_months(result.answer)}.")
    for reading, result in results.items():
        known = {each.name: truth(design, each) for each in design.scenarios}
        label = f"{result.scenario}, {named(reading)}" if reading else result.scenario
        page += [Heading(label, known.get(result.scenario, "a truth for every trial")), _curve(result)]
    page += [Heading("Months needed", "under each scenario; - where no rung keeps the target")]
    page.append(_answers(results))
    for reading, result in results.items():
        if result.answer is not None and result.question == "success":
            label = f"At {result.answer:g} months" + (f", {named(reading)}" if reading else "")
            page += [Heading(label, "success under each scenario; * is a type I error")]
            page.append(_at_answer(result))
    page += [""]
    if len(results) > 1:
        page.append(
            "Readings: of exposures of which only bounds are known; middle: the middle of the derived "
            "bounds, which no source prints (`published` in --json and --csv)."
        )
    page += ["The smallest rung from which every later one keeps the target."]
    if main.method != "exact":
        page.append("±: Monte Carlo standard error.  --json and --csv give intervals and every curve.")
    return page


def _asked(result: FollowUp) -> str:
    """Return what was asked for, in words."""
    if result.question == "width":
        what = f"expected width of the 95 % interval at most {result.target:g}"
    elif result.question == "success":
        what = f"success with probability {result.target:g}"
    else:
        what = f"{result.question} come with probability {result.target:g}"
    return f"{what}; {result.stratum}, {result.scenario}"


def _months(answer: float | None) -> str:
    return "no rung of the ladder keeps the target" if answer is None else f"{answer:g} months"


def _curve(result: FollowUp) -> Table:
    """Return the curve of the scenario that was asked for: a line a rung, a column a stratum."""
    kept = [row for row in result.asked if row.scenario == result.scenario]
    names = list(dict.fromkeys(row.stratum for row in kept))
    columns = [Column("months"), *(Column(name) for name in names)]
    cells = {(row.follow_up, row.stratum): row for row in kept}
    rungs = list(dict.fromkeys(row.follow_up for row in kept))
    lines = [[f"{rung:g}", *(probability(cells[rung, name]) for name in names)] for rung in rungs]
    return Table(columns, lines)


def _answers(results: Mapping[str, FollowUp]) -> Table:
    """Return the answers: a line a scenario (and reading), a column a stratum."""
    main = next(iter(results.values()))
    names: Sequence[str] = list(dict.fromkeys(each.stratum for each in main.answers))
    heads = [Column("scenario", right=False, running=True)]
    heads += [Column("reading", right=False)] if len(results) > 1 else []
    lines = []
    for scenario in dict.fromkeys(each.scenario for each in main.answers):
        for reading, result in results.items():
            found = {
                each.stratum: each.follow_up for each in result.answers if each.scenario == scenario
            }
            cells = [number(found[name], 0 if (found[name] or 0) % 1 == 0 else 1) for name in names]
            lines.append([scenario, *([SHOWN[reading]] if len(results) > 1 else []), *cells])
    return Table([*heads, *(Column(name) for name in names)], lines)


def _at_answer(result: FollowUp) -> Table:
    """Return what the design does at the answer: a line a scenario, a column a stratum."""
    own = [row for row in result.asked if row.follow_up == result.answer]
    names = list(dict.fromkeys(row.stratum for row in own))
    lines = []
    for scenario in dict.fromkeys(row.scenario for row in own):
        found = {
            row.stratum: probability(row) + " *" * (row.quantity == "type_i_error")
            for row in own
            if row.scenario == scenario
        }
        lines.append([scenario, *(found[name] for name in names)])
    return Table([Column("scenario", right=False, running=True), *(Column(n) for n in names)], lines)
