"""`follow-up`: how long the last patient must be followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields

import click

from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.design import Design
from trialdesign.design.file import load_design
from trialdesign.report.numbers import number, probability
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import conduct_lines, criteria, patients, truth
from trialdesign.sizing.follow_up import (
    LADDER,
    by_reading,
    follow_up_for_events,
    follow_up_for_width,
    required_follow_up,
)
from trialdesign.sizing.ladder import CurveRow, FollowUp

COLUMNS = tuple(field.name for field in fields(CurveRow))
MOST_RUNGS = 200


def parse_ladder(ctx, param, value: str | None) -> tuple[float, ...]:
    """Return the rungs of ``from:to:step``."""
    if value is None:
        return LADDER
    try:
        start, stop, step = (float(part) for part in value.split(":"))
        if not (0 <= start <= stop < float("inf") and step > 0):
            raise ValueError
    except ValueError:
        raise click.BadParameter(f"must be from:to:step, in months; got {value}. Try 3:60:3.") from None
    n_rungs = int((stop - start) / step + 1e-9) + 1
    if n_rungs > MOST_RUNGS:
        raise click.BadParameter(f"must have at most {MOST_RUNGS} rungs; got {n_rungs}. Widen the step.")
    return tuple(round(start + i * step, 9) for i in range(n_rungs))


@click.command("follow-up")
@click.argument("design")
@click.option(
    "--target",
    type=click.FloatRange(0, 1, True, True),
    default=0.9,
    show_default=True,
    help="Probability with which the decision must succeed, or the event must have come.",
)
@click.option("--scenario", help="The assumed truth; unless named, the first that is a success.")
@click.option("--stratum", default="all", show_default=True, help="any, all or a stratum's name.")
@click.option(
    "--ladder",
    callback=parse_ladder,
    metavar="FROM:TO:STEP",
    help=f"Months to try.  [default: {', '.join(f'{rung:g}' for rung in LADDER)}]",
)
@click.option(
    "--width",
    type=click.FloatRange(0, 1, True, True),
    help="Ask instead for the 95 % interval of survival to be this narrow on average.",
)
@click.option(
    "--events",
    type=click.IntRange(min=1),
    metavar="K",
    help="Ask instead for the K-th event of the trial to have come.",
)
@click.option(
    "--exposure-readings",
    is_flag=True,
    help="Ask under each reading of published exposures of which only bounds are known.",
)
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials a scenario and rung.")
@figure_option("Draw the curve, with the target.")
@seed_option
@output_options
def command(
    design, target, scenario, stratum, ladder, width, events, exposure_readings, trials, figure, seed,
    output,
):  # fmt: skip
    """Find the shortest follow-up after the last patient that keeps the target.

    The decision of DESIGN is simulated on a ladder of months; each trial meets the same patients at
    every rung.  The answer is the smallest rung from which every later one keeps the target.  Where
    DESIGN has a design prior, truths are drawn from it as well: --scenario "design prior".

    Exit status 0: done; 2: the input is wrong; 3: done, but a posterior probability misses its
    accuracy.  That no rung keeps the target is an answer, 0 and null,
    with what was reached: 3 would say that the answer is not accurate.
    """
    if width is not None and events is not None:
        raise click.UsageError("--width and --events exclude each other. Keep one.")
    check_figure(figure, output)
    design = load_design(design)
    simulated = {"ladder": ladder, "stratum": stratum, "trials": trials, "seed": seed}

    def ask(design: Design, tell: Callable[[float], None]) -> FollowUp:
        if events is not None:
            return follow_up_for_events(design, events, target, scenario, ladder)
        if width is not None:
            return follow_up_for_width(design, width, scenario, **simulated, progress=tell)
        return required_follow_up(design, target, scenario, **simulated, progress=tell)

    designs = by_reading(design) if exposure_readings else {"": design}
    results: dict[str, FollowUp] = {}
    with progress("follow-up", output.quiet) as tell:
        for at, (reading, each) in enumerate(designs.items()):
            part = lambda done, at=at: tell((at + done) / len(designs))
            results[reading] = ask(each, part)
    main = results["published" if exposure_readings else ""]
    named = lambda reading, row: ({"reading": reading} if exposure_readings else {}) | asdict(row)
    curve = [named(reading, row) for reading, result in results.items() for row in result.rows]
    answers = [named(reading, row) for reading, result in results.items() for row in result.answers]
    contents = document(
        "follow-up",
        design,
        method=main.method,
        trials=main.trials,
        seed=main.seed,
        seconds=sum(result.seconds for result in results.values()),
        accuracy=max((r.accuracy for r in results.values() if r.accuracy is not None), default=None),
        warnings=[
            f"{reading} reading: {text}" if reading else text
            for reading, result in results.items()
            for text in result.warnings
        ],
        question=main.question,
        scenario=main.scenario,
        stratum=main.stratum,
        answer=main.answer,
        target=main.target,
        curve=curve,
        results=curve if output.form == "csv" else answers,
    )
    write_figure(figure, output, lambda: _drawn(results))
    columns = ("reading", *COLUMNS) if exposure_readings else COLUMNS
    output.deliver(contents, lambda: _page(design, results, contents["seconds"]), columns)
    if not all(result.accurate for result in results.values()):
        click.get_current_context().exit(MISSED_TARGET)


def _drawn(results: Mapping[str, FollowUp]):
    from trialdesign.report.figures.survival import success_by_follow_up, success_by_reading

    if len(results) > 1:
        return success_by_reading(results)
    return success_by_follow_up(next(iter(results.values())))


def _page(design: Design, results: Mapping[str, FollowUp], seconds: float) -> Page:
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
        prefix = f"{reading} reading: " if reading else ""
        page.append(f"{prefix}{_months(result.answer)}.")
    for reading, result in results.items():
        known = {each.name: truth(design, each) for each in design.scenarios}
        label = f"{result.scenario}, {reading} reading" if reading else result.scenario
        page += [Heading(label, known.get(result.scenario, "a truth for every trial")), _curve(result)]
    page += [Heading("Months needed", "under each scenario; - where no rung keeps the target")]
    page.append(_answers(results))
    for reading, result in results.items():
        if result.answer is not None and result.question == "success":
            label = f"At {result.answer:g} months" + (f", {reading} reading" if reading else "")
            page += [Heading(label, "success under each scenario; * is a type I error")]
            page.append(_at_answer(result))
    page += ["", "The smallest rung from which every later one keeps the target."]
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
            lines.append([scenario, *([reading] if len(results) > 1 else []), *cells])
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
