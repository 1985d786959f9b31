"""`analyse`: the planned analysis of one data set."""

from __future__ import annotations

import time

import click

from trialdesign.analysis.analyse import ENGINES, Analysis, analyse
from trialdesign.analysis.data.data_file import load_data
from trialdesign.cli._completion import designs, files
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._netcdf import check_save, save_option, write_save
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.cli._sampling import (
    PREDICTIVE,
    check_diagnostics,
    check_predictive,
    diagnostics_option,
    predictive_option,
    write_diagnostics,
    write_predictive,
)
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.cautions import on_other_outcomes
from trialdesign.design.file import load_design
from trialdesign.probability.tails.quantiles import LEVELS
from trialdesign.report.sections.analyse import analysis_page

COLUMNS = ("stratum", "criterion", "probability", "met")
SUMMARY = ("mean", "sd", *LEVELS)


@click.command("analyse")
@click.argument("design", shell_complete=designs)
@click.argument("data", metavar="DATA.csv", shell_complete=files)
@click.option(
    "--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True,
    help="nuts samples the same model with PyMC: slower, and independent of the grids.",
)  # fmt: skip
@figure_option("Draw the posterior density of each criterion's estimand, with the threshold.")
@diagnostics_option
@predictive_option
@save_option("Save draws, data and predictions for ArviZ; of the grid, 4,000 independent draws.")
@seed_option
@output_options
def command(design, data, engine, figure, diagnostics, predictive, save, seed, output):
    """Analyse one data set as DESIGN plans it.

    DATA.csv has one row for each arm and stratum, or one for each patient; its first line names the
    columns.  Binary: stratum,arm,n,responders or stratum,arm,response.  Time to event:
    stratum,arm,events,exposure or stratum,arm,time,event.  In a single-arm trial the column arm may be
    left out.

    Shown are each criterion's posterior probability; the response rate of each arm, or its event-free
    survival at the month of the criteria; and the estimands and parameters.

    Exit status 0: done; 2: the input is wrong; 3: done, but the sampler did not converge or a
    probability misses its accuracy.
    """
    if design == data == "-":
        raise click.UsageError("DESIGN and DATA.csv must not both be standard input. Name a file.")
    started = time.perf_counter()
    check_figure(figure, output)
    check_diagnostics(diagnostics, output, engine)
    check_figure(predictive, output, PREDICTIVE)
    check_save(save, output)
    design = load_design(design)
    check_predictive(predictive, design)
    result = analyse(design, load_data(design, data), engine=engine, seed=seed)
    contents = document(
        "analyse",
        design,
        method=engine,
        seed=result.seed,
        seconds=time.perf_counter() - started,
        accuracy=result.accuracy,
        warnings=[*result.warnings, *on_other_outcomes(design)],
        results=_with_arms(result) if output.form == "csv" else list(result.results),
        posterior=list(result.posterior),
        arms=list(result.arms),
        success=result.success,
        diagnostics=result.diagnostics,
    )
    write_figure(figure, output, lambda: _drawn(result))
    write_diagnostics(diagnostics, output, result.found)
    write_predictive(predictive, output, result, seed)
    write_save(save, output, lambda: result.to_datatree(seed))
    columns = [*COLUMNS, "arm_estimand"]
    columns += [f"{arm}_{key}" for arm in reversed(design.arms) for key in SUMMARY]
    output.deliver(contents, lambda: analysis_page(result), columns)
    if not result.converged:
        click.get_current_context().exit(MISSED_TARGET)


def _drawn(result: Analysis):
    from trialdesign.report.figures.posterior import estimand_densities

    return estimand_densities(result)


def _with_arms(result: Analysis) -> list[dict]:
    """Return the rows of the CSV: a criterion each, with its stratum's arms beside it."""
    beside: dict[str, dict] = {}
    for row in result.arms:
        own = {f"{row['arm']}_{key}": row[key] for key in SUMMARY}
        beside.setdefault(row["stratum"], {"arm_estimand": row["estimand"]}).update(own)
    return [row | beside[row["stratum"]] for row in result.results]
