"""`compare`: what differs between two designs, and what moves."""

from __future__ import annotations

from dataclasses import asdict, fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.file import load_design
from trialdesign.report.sections.compare import comparison_page
from trialdesign.simulation.method import METHODS
from trialdesign.sizing.compare import Comparison, Moved, compare

COLUMNS = tuple(field.name for field in fields(Moved))


@click.command("compare")
@click.argument("first", shell_complete=designs)
@click.argument("second", shell_complete=designs)
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials per scenario.")
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True)
@seed_option
@output_options
def command(first, second, trials, method, seed, output):
    """Show the keys in which two designs differ, and the operating characteristics that move.

    FIRST and SECOND are designs as for `power`.  They are compared under the scenarios whose names both
    have; simulated trials have the same random streams in both.

    Exit status 0: done; 2: the input is wrong; 3: done, but a posterior probability misses its accuracy.
    """
    both = load_design(first), load_design(second)
    with progress("designs", output.quiet) as tell:
        found = compare(*both, method, trials, seed, tell)
    output.deliver(_document(found), lambda: comparison_page(found), COLUMNS)
    if not found.accurate:
        click.get_current_context().exit(MISSED_TARGET)


def _document(found: Comparison) -> dict:
    first, second = found.results
    return document(
        "compare",
        found.design,
        method=first.method if first.method == second.method else "simulation",
        trials=first.trials or second.trials,
        seed=first.seed,
        seconds=found.seconds,
        accuracy=max(first.accuracy, second.accuracy),
        warnings=list(found.warnings),
        other={"title": found.other.title, "design_hash": found.other.hash()},
        differences=[asdict(each) for each in found.differences],
        results=found.records(),
    )
