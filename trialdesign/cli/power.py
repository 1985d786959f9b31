"""`power`: the operating characteristics of a design, beside the same design without borrowing."""

from __future__ import annotations

import time
from dataclasses import asdict, fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import Output, document, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.cautions import cautions
from trialdesign.design.file import load_design
from trialdesign.design.without_borrowing import borrows, with_weak_priors, without_borrowing
from trialdesign.report.page import Page
from trialdesign.report.sections.critical_counts import critical_counts_page
from trialdesign.report.sections.power import power_page
from trialdesign.simulation.cost import Work
from trialdesign.simulation.critical_counts import (
    CriticalCount,
    CriticalCounts,
    critical_counts,
    refuse_uncountable,
)
from trialdesign.simulation.operating_characteristics import METHODS, Row, operating_characteristics

COLUMNS = tuple(field.name for field in fields(Row))
PATIENCE = 10.0  # seconds of work that are told of beforehand
COUNTS = tuple(field.name for field in fields(CriticalCount))


@click.command("power")
@click.argument("design", shell_complete=designs)
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials a scenario.")
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
    started = time.perf_counter()
    check_figure(figure, output)
    design = load_design(design)
    if decisions:
        refuse_uncountable(design)
    options = {"method": method, "trials": trials, "seed": seed}
    with progress("scenarios", output.quiet) as tell:
        told = lambda work: _tell(work, output)
        result = operating_characteristics(design, **options, progress=tell, told=told)
    alone = None
    if borrows(design) and not no_reference:
        alone = operating_characteristics(without_borrowing(design), **{**options, "method": "auto"})
    weak = None
    if weak_priors:
        weak = operating_characteristics(with_weak_priors(design), **{**options, "method": "auto"})
    found = [each for each in (result, alone, weak) if each]
    counts = critical_counts(design) if decisions else None
    seconds = time.perf_counter() - started
    warnings = [*result.warnings, *cautions(design), *(counts.warnings if counts else ())]
    contents = document(
        "power",
        design,
        method=result.method,
        reason=result.reason,
        trials=result.trials,
        seed=result.seed,
        seconds=seconds,
        accuracy=max(each.accuracy for each in found),
        warnings=warnings,
        results=_for_csv(counts) if counts and output.form == "csv" else list(map(asdict, result.rows)),
        without_borrowing=alone and [asdict(row) for row in alone.rows],
        weak_priors=weak and [asdict(row) for row in weak.rows],
    )
    if counts:
        contents["decisions"] = list(map(asdict, counts.rows))
        contents["decisions_given"] = {"scenario": counts.scenario, "responders": counts.others}

    def page() -> Page:
        whole = power_page(result, alone, weak, seconds)
        return [*whole, *critical_counts_page(counts)] if counts else whole

    write_figure(figure, output, lambda: _drawn(result, alone))
    output.deliver(contents, page, COUNTS if counts else COLUMNS)
    if not all(each.accurate for each in (*found, *([counts] if counts else []))):
        click.get_current_context().exit(MISSED_TARGET)


def _tell(work: Work, output: Output) -> None:
    """Say what long work will take, before it begins."""
    if work.seconds > PATIENCE:
        memory = work.bytes / 1024**3
        output.note(f"About {work.seconds:.0f} s of one processor, and {memory:.1f} GB of memory.")


def _drawn(result, alone):
    from trialdesign.report.figures.operating_characteristics import success_by_scenario

    return success_by_scenario(result, alone)


def _for_csv(counts: CriticalCounts) -> list[dict]:
    """Return critical counts as rows of text and numbers."""
    return [asdict(row) | {"unless": " ".join(map(str, row.unless))} for row in counts.rows]
