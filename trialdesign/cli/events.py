"""`events`: when the k-th event, the last patient and the data cut are due."""

from __future__ import annotations

from dataclasses import asdict

import click

from trialdesign.analysis.data.running_trial import load_interim
from trialdesign.cli._completion import designs, files
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.design.file import load_design
from trialdesign.report.sections.events import events_page
from trialdesign.timeline.forecast import Forecast, forecast_events
from trialdesign.timeline.long_term_safety import YEARS
from trialdesign.timeline.milestones import LEVELS

QUANTILES = tuple(f"q{100 * level:g}" for level in LEVELS)
COLUMNS = ("scenario", "milestone", "by_cut", "mean", "mcse", *QUANTILES)


@click.command("events")
@click.argument("design", shell_complete=designs)
@click.option(
    "--events",
    "-k",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="K",
    help="Which event; may be repeated.  [default: quarters of those expected at the cut]",
)
@click.option("--scenario", help="One assumed truth instead of all of them.")
@click.option(
    "--prior",
    is_flag=True,
    help="Add the forecast averaged over the design prior (without one: the model).",
)
@click.option(
    "--data", metavar="FILE", shell_complete=files,
    help="A running trial's patients: forecast from the posterior.",
)  # fmt: skip
@click.option(
    "--month",
    type=click.FloatRange(min=0),
    help="Month of the trial in which FILE was cut.  [default: the last that it speaks of]",
)
@click.option(
    "--safety-rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="R",
    help="Add what years of following the treated say of an event of R per patient-year.",
)
@click.option(
    "--years",
    type=click.FloatRange(min=0, min_open=True),
    default=YEARS,
    show_default=True,
    help="Years for --safety-rate.",
)
@click.option(
    "--loss",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Share lost per year (a hazard) for --safety-rate.",
)
@figure_option("Draw the predicted events over time, with bands.")
@seed_option
@output_options
def command(
    design, events, scenario, prior, data, month, safety_rate, years, loss, figure, seed, output
):  # fmt: skip
    """Date the events of DESIGN: when the K-th, the last patient, each look and the data cut are due.

    Exact: a patient enters uniformly over the accrual of a stratum, and the events are a sum of
    binomials, averaged over the prior or posterior where that is asked for.  Only looks that wait for
    events and patients together are simulated; their means carry a Monte Carlo standard error.

    FILE is a CSV with one row a patient: stratum, arm, entry (month of the trial), time (months from
    entry), event (0 or 1) and, if wanted, left (1: out of the trial).

    Exit status 0: done; 2: the input is wrong.
    """
    if month is not None and data is None:
        raise click.UsageError("--month needs --data. Give the file, or leave --month out.")
    check_figure(figure, output)
    design = load_design(design)
    known = load_interim(data, design, month) if data else None
    found = forecast_events(design, events, scenario, known, prior, seed, safety_rate, years, loss)
    contents = document(
        "events",
        design,
        method=found.method,
        trials=found.trials,
        seed=found.seed,
        seconds=found.seconds,
        warnings=list(found.warnings),
        results=found.records(),
        curve=[each.to_dict() for each in found.curve],
        long_term_safety=None if found.safety is None else asdict(found.safety),
    )
    write_figure(figure, output, lambda: _drawn(found))
    output.deliver(contents, lambda: events_page(found), COLUMNS)


def _drawn(found: Forecast):
    from trialdesign.report.figures.survival import event_timeline

    return event_timeline(found)
