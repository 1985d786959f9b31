"""`follow-up`: how long the last patient must be followed."""

from __future__ import annotations

from dataclasses import fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.file import load_design
from trialdesign.report.sections.follow_up import follow_up_page
from trialdesign.sizing.follow_up import LADDER
from trialdesign.sizing.follow_up_result import CurveRow
from trialdesign.sizing.over_readings import FollowUps, follow_up, named

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
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials per scenario and rung.")
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
    with progress("follow-up", output.quiet) as tell:
        found = follow_up(
            design, target, scenario, stratum, ladder, width, events, exposure_readings, trials, seed,
            progress=tell,
        )  # fmt: skip
    write_figure(figure, output, lambda: _drawn(found))
    columns = ("reading", *COLUMNS) if found.by_reading else COLUMNS
    contents = _document(found)
    if output.form == "csv":
        contents["results"] = contents["curve"]
    output.deliver(contents, lambda: follow_up_page(found), columns)
    if not found.accurate:
        click.get_current_context().exit(MISSED_TARGET)


def _document(found: FollowUps) -> dict:
    main = found.main
    return document(
        "follow-up",
        found.design,
        method=main.method,
        trials=main.trials,
        seed=main.seed,
        seconds=found.seconds,
        accuracy=found.accuracy,
        warnings=list(found.warnings),
        question=main.question,
        scenario=main.scenario,
        stratum=main.stratum,
        answer=main.answer,
        target=main.target,
        curve=found.records(),
        results=found.answers(),
    )


def _drawn(found: FollowUps):
    from trialdesign.report.figures.survival import success_by_follow_up, success_by_reading

    if found.by_reading:
        return success_by_reading({named(reading): each for reading, each in found.by_reading.items()})
    return success_by_follow_up(found.main)
