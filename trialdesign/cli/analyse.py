"""`analyse`: the planned analysis of one data set."""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from trialdesign.analysis.accuracy import TARGET
from trialdesign.analysis.analyse import ENGINES, LEVELS, Analysis, analyse
from trialdesign.analysis.data_file import load_data
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.cautions import on_other_outcomes
from trialdesign.design.design import Design
from trialdesign.design.file import load_design
from trialdesign.report.numbers import number, rate
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import criteria, model_lines

COLUMNS = ("stratum", "criterion", "probability", "met")


@click.command("analyse")
@click.argument("design")
@click.argument("data", metavar="DATA.csv")
@click.option(
    "--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True,
    help="nuts samples the same model with PyMC: slower, and independent of the grids.",
)  # fmt: skip
@seed_option
@output_options
def command(design, data, engine, seed, output):
    """Analyse one data set as DESIGN plans it.

    DATA.csv has one row for each arm and stratum, or one for each patient; its first line names the
    columns.  Binary: stratum,arm,n,responders or stratum,arm,response.  Time to event:
    stratum,arm,events,exposure or stratum,arm,time,event.  In a single-arm trial the column arm may be
    left out.

    Exit status 0: done; 2: the input is wrong; 3: done, but the sampler did not converge or a
    probability misses its accuracy.
    """
    if design == data == "-":
        raise click.UsageError("DESIGN and DATA.csv must not both be standard input. Name a file.")
    started = time.perf_counter()
    design = load_design(design)
    result = analyse(design, load_data(design, data), engine=engine, seed=seed)
    contents = document(
        "analyse",
        design,
        method=engine,
        seed=result.seed,
        seconds=time.perf_counter() - started,
        accuracy=result.accuracy,
        warnings=[*result.warnings, *on_other_outcomes(design)],
        results=list(result.results),
        posterior=list(result.posterior),
        success=result.success,
        diagnostics=result.diagnostics,
    )
    output.deliver(contents, lambda: _page(design, result), COLUMNS)
    if not result.converged:
        click.get_current_context().exit(MISSED_TARGET)


def _page(design: Design, result: Analysis) -> Page:
    succeeds = [stratum for stratum, success in result.success.items() if success]
    return [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        *model_lines(design),
        _engine(result),
        Heading("Criteria", f"success in {', '.join(succeeds) or 'no stratum'}"),
        _criteria(result.results),
        Heading("Posterior", f"{', '.join(design.model.components())}: on the linear scale"),
        _posterior(result.posterior),
    ]


def _engine(result: Analysis) -> str:
    found = result.diagnostics
    if found is None:
        within = f"probabilities within {max(result.accuracy, TARGET):.1g}"
        return f"Engine: {result.engine}, {within}; {result.seconds:.1f} s."
    return (
        f"Engine: {result.engine} ({found['sampler']}), "
        f"{found['chains']} chains of {found['draws']:,} draws, "
        f"seed {result.seed}: R-hat {found['rhat']:.3f}, ESS {found['ess_bulk']:,.0f} (bulk) and "
        f"{found['ess_tail']:,.0f} (tail), {found['divergences']} divergences; {result.seconds:.1f} s."
    )


def _criteria(rows: tuple[Mapping, ...]) -> Table:
    columns = [
        Column("stratum", right=False),
        Column("criterion", right=False),
        Column("probability"),
        Column("met", right=False),
    ]
    cells = [
        [row["stratum"], row["criterion"], rate(row["probability"]), "yes" if row["met"] else "no"]
        for row in rows
    ]
    return Table(columns, cells)


def _posterior(rows: tuple[Mapping, ...]) -> Table:
    spare = {"q25": 1, "q75": 1}
    columns = [
        Column("stratum", right=False),
        Column("estimand", right=False),
        *(Column(key, spare=spare.get(key, 0)) for key in ("mean", "sd", *LEVELS)),
    ]
    keys = [column.heading for column in columns[2:]]
    cells = [[row["stratum"], row["estimand"], *(number(row[key]) for key in keys)] for row in rows]
    return Table(columns, cells)
