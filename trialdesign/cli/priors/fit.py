"""`priors fit`: the analysis prior that a design's evidence implies."""

from __future__ import annotations

from dataclasses import fields, replace

import click

from trialdesign.analysis.analyse import ENGINES
from trialdesign.cli._completion import designs, files
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._netcdf import check_save, save_option, write_save
from trialdesign.cli._output import Output, document, output_options, seed_option
from trialdesign.cli._sampling import check_diagnostics, diagnostics_option, write_diagnostics
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.design import Design
from trialdesign.design.file import load_design
from trialdesign.design.model import Model
from trialdesign.priors.fitted import FittedPriors, fit_priors
from trialdesign.priors.summary import names_of
from trialdesign.report.sections.priors import LEVELS, fit_page

COLUMNS = ("component", "stratum", "scale", "mean", "sd", *LEVELS)
COMPONENTS = click.Choice([field.name for field in fields(Model)])
DRAWINGS = click.Choice(["densities", "forest"])


@click.command("fit")
@click.argument("design", shell_complete=designs)
@click.option("--component", type=COMPONENTS, help="One parameter of the model instead of all.")
@click.option("--stratum", metavar="NAME", help="One stratum instead of all.")
@click.option(
    "--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True,
    help="nuts samples the same priors with PyMC: slower, and independent of the grids.",
)  # fmt: skip
@click.option("--mixture", is_flag=True, help="Add each prior as a mixture that a design can name.")
@click.option(
    "--mixture-components", "size", type=click.IntRange(1, 4), metavar="N",
    help="Parts of each mixture.  [default: chosen by AIC]",
)  # fmt: skip
@click.option(
    "--rbest", metavar="FILE", shell_complete=files,
    help="Write the mixture of one prior as RBesT's JSON.",
)  # fmt: skip
@click.option(
    "--draw", type=DRAWINGS, default="densities", show_default=True, help="What --figure shows."
)
@figure_option("Draw the priors of one component: of --component, else of treatment or effect.")
@diagnostics_option
@save_option("Save draws of all priors, before and after the evidence, for ArviZ.")
@seed_option
@output_options
def command(
    design, component, stratum, engine, mixture, size, rbest, draw, figure, diagnostics, save, seed,
    output,
):  # fmt: skip
    """Fit the priors that DESIGN's evidence implies, for each parameter and stratum.

    Mean, standard deviation and quantiles on the linear scale (logit, log) and on the natural one; how
    much of each prior was stated and is not from patients; and, with --mixture, its approximation by
    conjugate parts.

    Exit status 0: done; 2: the input is wrong; 3: done, but the sampler did not converge.
    """
    check_figure(figure, output)
    check_diagnostics(diagnostics, output, engine)
    check_save(save, output)
    beside = replace(output, form="json", path=rbest)
    beside.check()
    design = load_design(design)
    if rbest and _several(design, component, stratum):
        raise click.UsageError("--rbest writes one prior. Name its --component and --stratum.")
    found = fit_priors(design, component, stratum, engine, mixture or bool(rbest), size, seed)
    contents = document(
        "priors fit",
        design,
        method=engine,
        seed=found.seed,
        seconds=found.seconds,
        warnings=list(found.warnings),
        results=found.records(),
        prior_share=found.stated_weights(),
        notes=list(found.notes),
        readings=[row.to_dict() for row in found.readings],
        mixtures=found.mixtures(),
        diagnostics=found.diagnostics,
    )
    if rbest:
        beside.write(found.to_rbest())
    write_figure(figure, output, lambda: _drawn(found, draw, output))
    write_diagnostics(diagnostics, output, found.drawn)
    write_save(save, output, lambda: found.to_datatree(seed))
    output.deliver(contents, lambda: fit_page(found), COLUMNS)
    if not found.converged:
        click.get_current_context().exit(MISSED_TARGET)


def _several(design: Design, component: str | None, stratum: str | None) -> bool:
    """Return whether there is more than one prior to fit."""
    strata = design.strata if stratum is None else [stratum]
    return len(names_of(design, component)) * len(strata) > 1


def _drawn(found: FittedPriors, what: str, output: Output):
    from trialdesign.priors.published import published_results
    from trialdesign.report.figures.priors import densities, forest

    components = list(dict.fromkeys(prior.component for prior in found.priors))
    component, design = components[-1], found.design
    if len(components) > 1:
        output.note(f"The figure is of {component}; --component draws another.")
    own = [prior for prior in found.priors if prior.component == component]
    if what == "densities":
        return densities(design, own)
    uses = design.model.components()[component].evidence
    return forest(design, own, published_results(design, uses))
