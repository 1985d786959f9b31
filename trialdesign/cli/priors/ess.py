"""`priors ess`: what priors are worth in patients."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from trialdesign.cli._completion import designs
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import Output, document, output_options
from trialdesign.cli.priors.fit import COMPONENTS
from trialdesign.design.design import Design
from trialdesign.design.file import load_design
from trialdesign.errors import SpecificationError
from trialdesign.priors.ess.definitions import METHODS, effective_sample_size
from trialdesign.priors.ess.expected import expected_ess
from trialdesign.priors.ess.of_design import PriorWorth, ess_over_weights, ess_rows, worth_of
from trialdesign.priors.ess.readings import ReadSizes, sizes_over_readings
from trialdesign.priors.mixtures.rbest_json import read_mixture
from trialdesign.priors.notes import prior_notes
from trialdesign.priors.summary import grounds_of
from trialdesign.report.numbers import number
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.sections.priors import ess_page

COLUMNS = ("component", "stratum", "method", "ess")
WEIGHTS = np.linspace(0, 1, 11)


@click.command("ess")
@click.argument("design", shell_complete=designs, metavar="DESIGN|MIXTURE.json")
@click.option("--component", type=COMPONENTS, help="One parameter of the model instead of all.")
@figure_option("Draw the sizes over the weight of the vague component of a robust prior.")
@output_options
def command(design, component, figure, output):
    """Tell what the priors of DESIGN are worth in patients, by elir, moment and morita.

    Beside the planned size; under each reading of exposures known as bounds; and, under
    each scenario of a binary trial, what the prior still adds once the data are in, which is less where
    the two are in conflict.

    A file that ends in .json is read as a mixture that RBesT has written.
    """
    started = time.perf_counter()
    check_figure(figure, output)
    if Path(design).suffix.lower() == ".json":
        if figure or component:
            raise click.UsageError("--figure and --component are for designs, not for a mixture.")
        _deliver_mixture(design, started, output)
        return
    design = load_design(design)
    grounds = grounds_of(design, component)
    priors = [prior for ground in grounds for prior in ground.priors(design)]
    worths = worth_of(design, priors)
    readings = sizes_over_readings(design, grounds, worths)
    contents = document(
        "priors ess",
        design,
        method="quadrature",
        warnings=[_diverges(own) for own in worths if not np.isfinite(own.sizes["elir"])],
        results=[asdict(row) for row in ess_rows(worths)],
        expected=[asdict(row) for row in _expected(design, worths)],
        readings=[row for each in readings for row in _read(each)],
        priors=[_about(own) for own in worths],
        notes=prior_notes(design, [own.prior for own in worths]),
    )
    write_figure(figure, output, lambda: _drawn(design, worths))
    contents["seconds"] = time.perf_counter() - started
    output.deliver(contents, lambda: ess_page(design, worths, readings, contents), COLUMNS)


def _expected(design: Design, worths: Sequence[PriorWorth]) -> list:
    try:
        return expected_ess(design, worths)
    except SpecificationError:  # outcomes that cannot be listed
        return []


def _diverges(own: PriorWorth) -> str:
    return (
        f"elir of {own.prior.component} in {own.prior.stratum} diverges: a parameter of the prior is "
        "below 1, where its density has a pole. Use moment, or a prior without poles."
    )


def _read(each: ReadSizes) -> list[dict]:
    where = {key: getattr(each, key) for key in ("exposure", "component", "stratum")}
    return [where | {"method": method, "ess": size} for method, size in each.sizes.items()]


def _about(own: PriorWorth) -> dict:
    return {
        "component": own.prior.component,
        "stratum": own.prior.stratum,
        "unit": own.unit.name,
        "planned": own.planned,
        "ratio": own.sizes["elir"] / own.planned if own.planned else None,
        "prior": own.mixture.to_dict(),
        "divergence": own.divergence,
    }


def _deliver_mixture(path: str, started: float, output: Output) -> None:
    stored = read_mixture(path)
    unit = stored.unit()
    sizes = {m: float(effective_sample_size(stored.mixture, m, unit)) for m in METHODS}
    diverged = (
        [] if np.isfinite(sizes["elir"]) else ["elir diverges: a parameter is below 1. Use moment."]
    )
    contents = document(
        "priors ess",
        title=path,
        method="quadrature",
        seconds=time.perf_counter() - started,
        warnings=diverged,
        results=[{"component": None, "stratum": None, "method": m, "ess": s} for m, s in sizes.items()],
        priors=[{"unit": unit.name, "prior": stored.mixture.to_dict()}],
    )

    def page() -> Page:
        columns = [Column("method", right=False), Column(f"ess ({unit.name})")]
        return [Heading(path), Table(columns, [[method, number(s)] for method, s in sizes.items()])]

    output.deliver(contents, page, COLUMNS)


def _drawn(design: Design, worths: Sequence[PriorWorth]):
    from trialdesign.report.figures.priors import ess_by_weight

    robust = [own for own in worths if own.prior.vague is not None] or worths
    own = [each for each in worths if each.prior.component == robust[-1].prior.component]
    designed = {each.prior.stratum: each.prior.vague_weight for each in own}
    return ess_by_weight(WEIGHTS, ess_over_weights(design, own, WEIGHTS), own[0].unit.name, designed)
