"""`priors fit`: the analysis prior that a design's evidence implies."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace

import click

from trialdesign.analysis.analyse import ENGINES
from trialdesign.cli._completion import designs, files
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._netcdf import check_save, save_option, write_save
from trialdesign.cli._output import document, output_options, seed_option
from trialdesign.cli._sampling import check_diagnostics, diagnostics_option, write_diagnostics
from trialdesign.cli._shell import MISSED_TARGET
from trialdesign.design.design import Design
from trialdesign.design.file import load_design
from trialdesign.priors.ess.of_design import approximate
from trialdesign.priors.mixtures.rbest_json import of_prior, write_mixture
from trialdesign.priors.notes import prior_notes
from trialdesign.priors.readings import fit_over_readings
from trialdesign.priors.summary import Ground, Prior, grounds_of, summarise
from trialdesign.report.sections.priors import LEVELS, fit_page

COLUMNS = ("component", "stratum", "scale", "mean", "sd", *LEVELS)
COMPONENTS = click.Choice(["control", "treatment", "effect"])
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
    started = time.perf_counter()
    check_figure(figure, output)
    check_diagnostics(diagnostics, output, engine)
    check_save(save, output)
    beside = replace(output, form="json", path=rbest)
    beside.check()
    design = load_design(design)
    grounds = grounds_of(design, component)
    every = [prior for ground in grounds for prior in ground.priors(design)]
    priors = [prior for prior in every if stratum in (None, prior.stratum)]
    if not priors:
        raise click.UsageError(f"--stratum must be one of {', '.join(design.strata)}; got {stratum}.")
    if rbest and len(priors) > 1:
        raise click.UsageError("--rbest writes one prior. Name its --component and --stratum.")
    drawn = _draw(design, seed) if engine == "nuts" else None
    fits = [approximate(design, prior, size) for prior in priors] if mixture or size or rbest else []
    contents = document(
        "priors fit",
        design,
        method=engine,
        seed=drawn and (design.simulation.seed if seed is None else seed),
        warnings=_warnings(drawn),
        results=_rows(design, priors, drawn),
        prior_share=[_share(prior) for prior in priors],
        notes=prior_notes(design, priors),
        readings=[row for row in _readings(design, grounds, every) if stratum in (None, row["stratum"])],
        mixtures=[_mixture(*pair) for pair in zip(priors, fits, strict=False)],
        diagnostics=drawn
        and {"sampler": drawn.sampler, "chains": drawn.chains} | asdict(drawn.diagnostics),
    )
    contents["seconds"] = time.perf_counter() - started
    if rbest:
        beside.write(write_mixture(of_prior(design, fits[0].mixture)))
    write_figure(figure, output, lambda: _drawn(design, priors, draw))
    write_diagnostics(diagnostics, output, drawn)
    write_save(save, output, lambda: _tree(design, drawn, seed))
    output.deliver(contents, lambda: fit_page(design, contents), COLUMNS)
    if contents["warnings"]:
        click.get_current_context().exit(MISSED_TARGET)


def _draw(design: Design, seed: int | None):
    from trialdesign.priors.by_nuts import draw_priors

    return draw_priors(design, seed)


def _tree(design: Design, drawn, seed: int | None):
    from trialdesign.priors.datatree import priors_tree

    return priors_tree(design, drawn, seed)


def _warnings(drawn) -> list[str]:
    missed = () if drawn is None else drawn.shortcomings()
    return [f"NUTS has not converged: {text}. Use --engine quadrature." for text in missed]


def _rows(design: Design, priors: Sequence[Prior], drawn) -> list[dict]:
    if drawn is None:
        return [row.to_dict() for prior in priors for row in summarise(prior)]
    from trialdesign.priors.by_nuts import rows_of_draws

    wanted = {(prior.component, prior.stratum) for prior in priors}
    rows = [row.to_dict() for row in rows_of_draws(design, drawn)]
    return [row for row in rows if (row["component"], row["stratum"]) in wanted]


def _readings(design: Design, grounds: Sequence[Ground], known: Sequence[Prior]) -> list[dict]:
    return [row.to_dict() for row in fit_over_readings(design, grounds, known)]


def _share(prior: Prior) -> dict:
    return {
        "component": prior.component,
        "stratum": prior.stratum,
        "share": prior.share,
        "vague_weight": prior.vague_weight,
    }


def _mixture(prior: Prior, fit) -> dict:
    return {
        "component": prior.component,
        "stratum": prior.stratum,
        "divergence": fit.divergence,
        "prior": fit.mixture.to_dict(),
    }


def _drawn(design: Design, priors: Sequence[Prior], what: str):
    from trialdesign.priors.published import published_results
    from trialdesign.report.figures.priors import densities, forest

    own = [prior for prior in priors if prior.component == priors[-1].component]
    if what == "densities":
        return densities(design, own)
    uses = design.model.components()[own[0].component].evidence
    return forest(design, own, published_results(design, uses))
