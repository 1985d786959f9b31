"""`priors conflict`: which results the priors do not expect, and what then happens."""

from __future__ import annotations

from dataclasses import asdict

import click

from trialdesign.analysis.data.data_file import load_data
from trialdesign.cli._completion import designs, files, sources
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import Output, document, output_options
from trialdesign.cli.priors.fit import COMPONENTS
from trialdesign.design.file import load_design, load_evidence
from trialdesign.priors.conflict.prior_conflict import PriorConflict, prior_conflict
from trialdesign.report.sections.conflict import conflict_page

COLUMNS = (
    "component", "stratum", "size", "count", "probability", "box_p_value", "conflict", "vague_weight",
    "empirical_bayes_weight",
)  # fmt: skip
DRAWINGS = click.Choice(["predictive", "weights", "drift"])


@click.command("conflict")
@click.argument("design", shell_complete=designs)
@click.option("--component", type=COMPONENTS, help="[default: the parameters that have evidence]")
@click.option(
    "--against", multiple=True, metavar="SOURCE", shell_complete=sources,
    help="A published result, by name or path, to hold against the priors; may be repeated.",
)  # fmt: skip
@click.option(
    "--data", metavar="DATA.csv", shell_complete=files,
    help="A trial's data: at which weight of the vague component does the decision change?  Asked of "
    "each parameter whose last source of evidence has one.",
)  # fmt: skip
@click.option(
    "--exposure", type=click.FloatRange(min=0, min_open=True), metavar="PATIENT-MONTHS",
    help="Follow-up of each stratum in which events are expected, for a time-to-event endpoint.",
)  # fmt: skip
@click.option(
    "--margin", type=click.FloatRange(0, 1, min_open=True, max_open=True), metavar="D",
    help="Add the weight that a self-adapting mixture would give the vague component, D a difference "
    "in response rates that matters.",
)  # fmt: skip
@click.option(
    "--draw", type=DRAWINGS, default="predictive", show_default=True, help="What --figure shows."
)
@figure_option("Draw it, of --component, else of the last parameter that has evidence.")
@output_options
def command(design, component, against, data, exposure, margin, draw, figure, output):
    """Show which results of the trial DESIGN's priors do not expect, and what happens then.

    For each stratum: the predictive distribution of the planned patients (or of events in --exposure
    months), Box's p-values with and without the vague component, the weight to which every result would
    move that component, the results after which empirical Bayes would drop the evidence, and for a
    binary trial the range of true rates in which borrowing makes the estimate better.  Strata are judged
    one at a time.

    Exit status 0: done; 2: the input is wrong.
    """
    check_figure(figure, output)
    design = load_design(design)
    sources = [load_evidence(name) for name in against]
    trial = load_data(design, data) if data else None
    found = prior_conflict(design, component, sources, trial, exposure, margin)
    contents = document(
        "priors conflict",
        design,
        method="exact",
        seconds=found.seconds,
        warnings=list(found.warnings),
        results=found.records(),
        against=[asdict(each) for each in found.against],
        sweet_spot=found.sweet_spots(),
        tipping=[curve.to_dict() for curve in found.tipping],
    )
    write_figure(figure, output, lambda: _drawn(found, draw, output))
    columns = (*COLUMNS, "self_adapting_weight") if margin else COLUMNS
    output.deliver(contents, lambda: conflict_page(found), columns)


def _drawn(found: PriorConflict, what: str, output: Output):
    from trialdesign.report.figures import conflict as figures

    component = found.components[-1]
    if len(found.components) > 1:
        output.note(f"The figure is of {component}; --component draws another.")
    own, curves = found.of_component(component), found.drifts(component)
    if what == "predictive" and own:
        return figures.predictive(found.design, own, found.against)
    if what == "weights" and own and own[0].prior.vague is not None:
        return figures.vague_weights(found.design, own)
    if what == "drift" and curves:
        return figures.drift(curves)
    needs = {
        "weights": "a robust discount, and of a time-to-event endpoint --exposure",
        "drift": "evidence on a binary endpoint",
    }.get(what, "a binary endpoint, or --exposure")
    raise click.UsageError(f"--draw {what} needs {needs}; the design has none there.")
