"""`sample-size`: how many patients a target takes."""

from __future__ import annotations

from dataclasses import fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document_of, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.file import load_design
from trialdesign.report.sections.sample_size import sample_size_page
from trialdesign.simulation.method import METHODS
from trialdesign.sizing.sample_size import METRICS, MOST_RUNGS, sample_size
from trialdesign.sizing.sample_size_result import SampleSize, SizeRow

COLUMNS = tuple(field.name for field in fields(SizeRow))


def parse_sizes(ctx, param, value: str | None) -> tuple[int, ...] | None:
    """Return the rungs of ``from:to:step`` or ``from:to``."""
    if value is None:
        return None
    try:
        start, stop, *step = (int(part) for part in value.split(":"))
        (step,) = step or (1,)
        if not (1 <= start <= stop and step > 0):
            raise ValueError
    except ValueError:
        raise click.BadParameter(
            f"must be from:to:step, in whole patients; got {value}. Try 10:60:2."
        ) from None
    rungs = range(start, stop + 1, step)
    if len(rungs) > MOST_RUNGS:
        raise click.BadParameter(
            f"must have at most {MOST_RUNGS} rungs; got {len(rungs)}. Widen the step."
        )
    return tuple(rungs)


@click.command("sample-size")
@click.argument("design", shell_complete=designs)
@click.option(
    "--target", type=click.FloatRange(0, 1, True, True), default=0.9, show_default=True,
    help="Probability with which the decision must succeed.",
)  # fmt: skip
@click.option(
    "--metric", type=click.Choice(METRICS), default="power", show_default=True,
    help="Success under a scenario, or with the truth drawn from the design prior.",
)  # fmt: skip
@click.option("--scenario", help="The assumed truth; unless named, the first that is a success.")
@click.option("--stratum", default="all", show_default=True, help="any, all or a stratum's name.")
@click.option(
    "--ladder", callback=parse_sizes, metavar="FROM:TO[:STEP]",
    help="Patients of the treatment arm in the largest stratum.  [default: 40 sizes from a quarter to "
    "three times the design's]",
)  # fmt: skip
@click.option(
    "--free", default="all", show_default=True, metavar="all|ARM|STRATUM",
    help="What is sized: the whole design in its proportions, or one arm or stratum of it.",
)  # fmt: skip
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True)
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials per truth and rung.")
@figure_option("Draw success over the number of patients, with the target.")
@seed_option
@output_options
def command(
    design, target, metric, scenario, stratum, ladder, free, method, trials, figure, seed, output
):  # fmt: skip
    """Find the smallest size of DESIGN from which every larger one keeps a target.

    A whole ladder of sizes is climbed, because power is a sawtooth: with one patient more, success can
    take one responder more.  Every rung keeps the proportions of DESIGN between arms and strata, and
    shows the type I errors beside the power.

    Exit status 0: done; 2: the input is wrong; 3: done, but a posterior probability misses its accuracy.
    """
    check_figure(figure, output)
    design = load_design(design)
    with progress("sizes", output.quiet) as tell:
        found = sample_size(
            design, target, metric, scenario, stratum, ladder, free, method, trials, seed, tell
        )
    write_figure(figure, output, lambda: _drawn(found))
    contents = _document(found)
    if output.form == "csv":
        contents["results"] = contents["curve"]
    output.deliver(contents, lambda: sample_size_page(found), COLUMNS)
    if not found.accurate:
        click.get_current_context().exit(MISSED_TARGET)


def _document(found: SampleSize) -> dict:
    return document_of(
        "sample-size",
        found,
        metric=found.metric,
        scenario=found.scenario,
        stratum=found.stratum,
        free=found.free,
        answer=found.answer,
        target=found.target,
        sizes=found.sizes,
        patients=None if found.answer is None else found.totals[found.answer],
        curve=found.records(),
        results=[
            {"scenario": each.scenario, "stratum": each.stratum, "sample_size": each.sample_size}
            for each in found.answers
        ],
    )


def _drawn(found: SampleSize):
    from trialdesign.report.figures.sample_size import success_by_sample_size

    return success_by_sample_size(found)
