"""`priors ess`: what priors are worth in patients."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import Output, document, output_options
from trialdesign.cli.priors.fit import COMPONENTS
from trialdesign.design.file import load_design
from trialdesign.priors.ess.worth_of_design import WEIGHTS, PriorEss, mixture_ess, prior_ess
from trialdesign.report.sections.priors import ess_page, mixture_page

COLUMNS = ("component", "stratum", "method", "ess")


@click.command("ess")
@click.argument("design", shell_complete=designs, metavar="DESIGN|MIXTURE.json")
@click.option("--component", type=COMPONENTS, help="One parameter of the model instead of all.")
@figure_option(
    "Draw the sizes over the weight of the vague component of a robust prior: of --component, else of "
    "the last parameter that has one."
)
@output_options
def command(design, component, figure, output):
    """Tell what the priors of DESIGN are worth in patients, by elir, moment and morita.

    Beside the planned size; under each reading of exposures known as bounds; and, under
    each scenario of a binary trial, what the prior still adds once the data are in, which is less where
    the two are in conflict.

    A file that ends in .json is read as a mixture that RBesT has written.
    """
    check_figure(figure, output)
    if Path(design).suffix.lower() == ".json":
        if figure or component:
            raise click.UsageError("--figure and --component are for designs, not for a mixture.")
        _deliver_mixture(design, output)
        return
    found = prior_ess(load_design(design), component)
    contents = document(
        "priors ess",
        found.design,
        method="quadrature",
        seconds=found.seconds,
        warnings=list(found.warnings),
        results=found.records(),
        expected=[asdict(row) for row in found.expected],
        readings=found.sizes_read(),
        priors=found.about(),
        notes=list(found.notes),
    )
    write_figure(figure, output, lambda: _drawn(found, output))
    output.deliver(contents, lambda: ess_page(found), COLUMNS)


def _deliver_mixture(path: str, output: Output) -> None:
    found = mixture_ess(path)
    stored = found.stored
    contents = document(
        "priors ess",
        title=found.title,
        method="quadrature",
        seconds=found.seconds,
        warnings=list(found.warnings),
        results=found.records(),
        priors=[{"unit": stored.unit().name, "prior": stored.mixture.to_dict()}],
    )
    output.deliver(contents, lambda: mixture_page(found), COLUMNS)


def _drawn(found: PriorEss, output: Output):
    from trialdesign.report.figures.priors import ess_by_weight

    robust = [own.prior.component for own in found.worths if own.prior.vague is not None]
    component = robust[-1] if robust else found.worths[-1].prior.component
    if len(set(robust)) > 1:
        output.note(f"The figure is of {component}; --component draws another.")
    own = found.of_component(component)
    designed = {each.prior.stratum: each.prior.vague_weight for each in own}
    return ess_by_weight(WEIGHTS, found.over_weights(component), own[0].unit.name, designed)
