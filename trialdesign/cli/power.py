"""`power`: the operating characteristics of a design, beside the same design without borrowing."""

from __future__ import annotations

from dataclasses import asdict, fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import Output, document, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.file import load_design
from trialdesign.report.sections.power import power_page
from trialdesign.simulation.cost import Work
from trialdesign.simulation.exact.counts import CriticalCount, CriticalCounts
from trialdesign.simulation.method import METHODS
from trialdesign.simulation.operating_characteristics import Row
from trialdesign.simulation.power import Power, power

COLUMNS = tuple(field.name for field in fields(Row))
PATIENCE = 10.0  # seconds of work that are told of beforehand
COUNTS = tuple(field.name for field in fields(CriticalCount))


@click.command("power")
@click.argument("design", shell_complete=designs)
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials per scenario.")
@click.option(
    "--method", type=click.Choice(METHODS), default="auto", show_default=True,
    help="auto enumerates every outcome where the design is small enough.",
)  # fmt: skip
@click.option("--no-reference", is_flag=True, help="Leave out the same design without borrowing.")
@click.option(
    "--weak-priors", is_flag=True,
    help="Show also the same design with weak priors in both arms: what the trial alone would find.",
)  # fmt: skip
@click.option(
    "--decisions", is_flag=True,
    help="Add the critical counts: the fewest responders that declare success (--csv: these alone).",
)  # fmt: skip
@figure_option("Draw the probability of success under each scenario.")
@seed_option
@output_options
def command(
    design, trials, method, no_reference, weak_priors, decisions, figure, seed, output
):  # fmt: skip
    """Compute what DESIGN does under each of its scenarios.

    Power or type I error of each stratum - which of the two is read off the assumed truth - with bias,
    root mean squared error and coverage of the first criterion's estimand; the probability that any or
    all strata succeed; and the family-wise error.  Where the design borrows, the same design without
    borrowing stands beside it.  Of a time to event also the expected events and duration, and success
    at each look before the final analysis; no look stops a trial.

    Exit status 0: done; 2: the input is wrong; 3: done, but a posterior probability misses its accuracy.
    """
    check_figure(figure, output)
    design = load_design(design)
    with progress("scenarios", output.quiet) as tell:
        told = lambda work: _tell(work, output)
        found = power(
            design,
            method,
            trials,
            seed,
            reference=not no_reference,
            weak_priors=weak_priors,
            decisions=decisions,
            progress=tell,
            told=told,
        )
    write_figure(figure, output, lambda: _drawn(found))
    listed = found.counts if output.form == "csv" else None
    contents = _document(found)
    if listed is not None:
        contents["results"] = _for_csv(listed)
    output.deliver(contents, lambda: power_page(found), COLUMNS if listed is None else COUNTS)
    if not found.accurate:
        click.get_current_context().exit(MISSED_TARGET)


def _document(found: Power) -> dict:
    result, counts = found.result, found.counts
    contents = document(
        "power",
        found.design,
        method=result.method,
        reason=result.reason,
        trials=result.trials,
        seed=result.seed,
        seconds=found.seconds,
        accuracy=found.accuracy,
        warnings=list(found.warnings),
        results=found.records(),
        without_borrowing=None if found.alone is None else found.alone.records(),
        weak_priors=None if found.weak is None else found.weak.records(),
    )
    if counts is not None:
        contents["decisions"] = counts.records()
        contents["decisions_given"] = {"scenario": counts.scenario, "responders": counts.others}
    return contents


def _tell(work: Work, output: Output) -> None:
    """Say what long work will take, before it begins."""
    if work.seconds > PATIENCE:
        memory = work.bytes / 1024**3
        output.note(f"About {work.seconds:.0f} s of one processor, and {memory:.1f} GB of memory.")


def _drawn(found: Power):
    from trialdesign.report.figures.operating_characteristics import success_by_scenario

    return success_by_scenario(found.result, found.alone)


def _for_csv(counts: CriticalCounts) -> list[dict]:
    """Return critical counts as rows of text and numbers."""
    return [asdict(row) | {"unless": " ".join(map(str, row.unless))} for row in counts.rows]
