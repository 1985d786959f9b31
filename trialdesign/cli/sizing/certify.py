"""`certify`: a proven bound on the type I error over the whole null region."""

from __future__ import annotations

import click

from trialdesign.cli._completion import designs
from trialdesign.cli._output import document, output_options
from trialdesign.cli._progress import progress
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.file import load_design
from trialdesign.report.sections.certify import certificate_page
from trialdesign.sizing.proof.certificate import Certificate
from trialdesign.sizing.proof.certify import GAP, SECONDS, certify

COLUMNS = ("null", "quantity", "bound", "largest_found", "boxes")


@click.command("certify")
@click.argument("design", shell_complete=designs)
@click.option(
    "--alpha", type=click.FloatRange(0, 1, True, True),
    help="A level: say whether the bound proves that the family-wise error holds it.",
)  # fmt: skip
@click.option(
    "--gap", type=click.FloatRange(0, 1, True, True), default=GAP, show_default=True,
    help="Between a bound and the largest error found, at which a search stops.",
)  # fmt: skip
@click.option(
    "--max-seconds", type=click.FloatRange(min=0, min_open=True), default=SECONDS, show_default=True,
    help="After which the searches stop; a bound holds whenever its search does.",
)  # fmt: skip
@output_options
def command(design, alpha, gap, max_seconds, output):
    """Prove an upper bound on the type I error of DESIGN wherever the truth lies.

    The success probability of a finite binary design is a polynomial in the response rates, and lies
    between its Bernstein coefficients on every box of them.  Boxes are halved until the bound is close
    to the largest error that is found: of each stratum, of every set of strata that are null together,
    and family-wise over all.

    Exit status 0: done; 2: the input is wrong; 3: done, but a gap stays open or an accuracy is missed.
    """
    design = load_design(design)
    with progress("null patterns", output.quiet) as tell:
        found = certify(design, alpha, gap, max_seconds, tell)
    contents = _document(found)
    if output.form == "csv":
        contents["results"] = [row | {"null": " ".join(row["null"])} for row in contents["results"]]
    output.deliver(contents, lambda: certificate_page(found), COLUMNS)
    if not found.accurate:
        click.get_current_context().exit(MISSED_TARGET)


def _document(found: Certificate) -> dict:
    return document(
        "certify",
        found.design,
        method="exact",
        trials=None,
        seed=found.design.simulation.seed,
        seconds=found.seconds,
        accuracy=found.accuracy,
        warnings=list(found.warnings),
        alpha=found.alpha,
        alpha_held=found.alpha_held,
        bound=found.bound,
        largest_found=found.largest_found,
        attained_at=found.attained_at,
        gap=found.gap,
        results=found.records(),
    )
