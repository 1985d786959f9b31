"""`follow-up`: how long the last patient must be followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.cautions import on_other_outcomes
from trialdesign.design.design import Design
from trialdesign.design.file import load_design
from trialdesign.report.sections.follow_up import follow_up_page, named
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
@click.argument("design", shell_complete=designs)
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
    help="Ask under each reading of exposures of which only bounds are known: the lower one "
    "(pessimistic), the middle of the two (`published` in --json and --csv, though no source prints "
    "it), the upper one (optimistic).",
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
    told = lambda reading, row: ({"reading": reading} if exposure_readings else {}) | asdict(row)
    curve = [told(reading, row) for reading, result in results.items() for row in result.rows]
    answers = [told(reading, row) for reading, result in results.items() for row in result.answers]
    contents = document(
        "follow-up",
        design,
        method=main.method,
        trials=main.trials,
        seed=main.seed,
        seconds=sum(result.seconds for result in results.values()),
        accuracy=max((r.accuracy for r in results.values() if r.accuracy is not None), default=None),
        warnings=[
            f"{named(reading)}: {text}" if reading else text
            for reading, result in results.items()
            for text in result.warnings
        ]
        + list(on_other_outcomes(design)),
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
    output.deliver(contents, lambda: follow_up_page(design, results, contents["seconds"]), columns)
    if not all(result.accurate for result in results.values()):
        click.get_current_context().exit(MISSED_TARGET)


def _drawn(results: Mapping[str, FollowUp]):
    from trialdesign.report.figures.survival import success_by_follow_up, success_by_reading

    if len(results) > 1:
        return success_by_reading({named(reading): each for reading, each in results.items()})
    return success_by_follow_up(next(iter(results.values())))
