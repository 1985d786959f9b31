"""`calibrate`: the probability threshold that controls an error."""

from __future__ import annotations

from dataclasses import fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._output import document_of, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.file import load_design
from trialdesign.report.sections.calibrate import calibration_page
from trialdesign.sizing.calibrate import calibrate
from trialdesign.sizing.calibration import Calibration, ThresholdRow

COLUMNS = tuple(field.name for field in fields(ThresholdRow))


@click.command("calibrate")
@click.argument("design", shell_complete=designs)
@click.option(
    "--alpha", type=click.FloatRange(0, 1, True, True), default=0.025, show_default=True,
    help="The level of the error.",
)  # fmt: skip
@click.option(
    "--family-wise", is_flag=True, help="Control the family-wise error, not the largest type I error."
)
@click.option(
    "--certified", is_flag=True,
    help="Prove that the level is held over the whole null region, not under the scenarios alone.",
)  # fmt: skip
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials per scenario.")
@seed_option
@output_options
def command(design, alpha, family_wise, certified, trials, seed, output):
    """Find the smallest probability threshold with which DESIGN controls an error.

    Success takes a posterior probability above a threshold.  The smallest threshold, in steps of
    0.0001, is found that keeps the error at its level under every scenario, or over the whole null
    region; beside it stands what the design does with the threshold that it states.

    Exit status 0: done; 2: the input is wrong; 3: done, but no threshold controls the error, or a
    posterior probability misses its accuracy.
    """
    design, over = load_design(design), "certified" if certified else "scenarios"
    with progress("thresholds", output.quiet) as tell:
        found = calibrate(design, alpha, family_wise, over, trials, seed, progress=tell)
    output.deliver(_document(found), lambda: calibration_page(found), COLUMNS)
    if not found.accurate or found.threshold is None:
        click.get_current_context().exit(MISSED_TARGET)


def _document(found: Calibration) -> dict:
    return document_of(
        "calibrate",
        found,
        alpha=found.alpha,
        quantity=found.quantity,
        over=found.over,
        answer=found.threshold,
        error=found.error,
        stated=found.stated,
        stated_error=found.stated_error,
        results=found.records(),
    )
