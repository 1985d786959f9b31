"""`assurance`: what a design does when its truth is drawn from its design prior."""

from __future__ import annotations

from dataclasses import asdict, fields

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document_of, output_options, seed_option
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.file import load_design
from trialdesign.report.sections.assurance import assurance_page
from trialdesign.simulation.assurance import Assurance, assurance
from trialdesign.simulation.method import METHODS
from trialdesign.simulation.success import Row

COLUMNS = tuple(field.name for field in fields(Row))


@click.command("assurance")
@click.argument("design", shell_complete=designs)
@click.option("--trials", type=click.IntRange(min=2), help="Simulated trials.")
@click.option(
    "--method", type=click.Choice(METHODS), default="auto", show_default=True,
    help="auto enumerates every outcome where the design is small enough.",
)  # fmt: skip
@click.option("--no-reference", is_flag=True, help="Leave out the same design without borrowing.")
@figure_option("Draw assurance, and the probability that the truth is worth it, of each stratum.")
@seed_option
@output_options
def command(design, trials, method, no_reference, figure, seed, output):
    """Compute what DESIGN does when its truth is drawn from its `design_prior`.

    Assurance is the probability of success whatever the truth; beside it stand the probability that
    the truth lies in the success region, success given that it does and that it does not, the
    probability that it does given success, and that of a correct decision.  Where the design borrows,
    the same design without borrowing shows the prior's share of success.

    Exit status 0: done; 2: the input is wrong; 3: done, but a posterior probability misses its accuracy.
    """
    check_figure(figure, output)
    design = load_design(design)
    with progress("design prior", output.quiet) as tell:
        found = assurance(design, method, trials, seed, reference=not no_reference, progress=tell)
    write_figure(figure, output, lambda: _drawn(found))
    output.deliver(_document(found), lambda: assurance_page(found), COLUMNS)
    if not found.accurate:
        click.get_current_context().exit(MISSED_TARGET)


def _document(found: Assurance) -> dict:
    return document_of(
        "assurance",
        found,
        reason=found.reason,
        results=found.records(),
        without_borrowing=None if found.alone is None else [asdict(row) for row in found.alone],
    )


def _drawn(found: Assurance):
    from trialdesign.report.figures.assurance import assurance_by_stratum

    return assurance_by_stratum(found)
