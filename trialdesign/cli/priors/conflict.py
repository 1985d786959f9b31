"""`priors conflict`: which results the priors do not expect, and what then happens."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

import click

from trialdesign.analysis.data.data_file import load_data
from trialdesign.cli._completion import designs, files, sources
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import document, output_options
from trialdesign.cli.priors.fit import COMPONENTS
from trialdesign.design.design import Design
from trialdesign.design.file import load_design, load_evidence
from trialdesign.priors.conflict.adaptive_weights import adaptive_curve, adaptive_weights
from trialdesign.priors.conflict.against_published import Confrontation, confront, shared_patients
from trialdesign.priors.conflict.predictive import Predictive, planned, predict
from trialdesign.priors.conflict.sweet_spot import DriftCurve, drift_curve
from trialdesign.priors.conflict.tipping import TippingCurve, tipping_curves
from trialdesign.priors.summary import Prior, names_of, priors_of
from trialdesign.report.sections.conflict import conflict_page

COLUMNS = (
    "component", "stratum", "size", "count", "probability", "box_p_value", "conflict", "vague_weight",
    "empirical_bayes_weight",
)  # fmt: skip
AS_DESIGNED = "as designed"  # the rule of a weight that is fixed before the trial
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
    help="A trial's data: at which weight of the vague component does the decision change?",
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
@figure_option("Draw it.")
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
    started = time.perf_counter()
    check_figure(figure, output)
    design = load_design(design)
    sources = [load_evidence(name) for name in against]
    priors = [prior for name in _chosen(design, component) for prior in priors_of(design, name)]
    _check_options(design, exposure, margin, against or data)
    results, binary = design.endpoint.results, design.endpoint.listable
    expected = [planned(design, prior) for prior in priors] if results and results.planned else []
    if exposure:
        expected = [predict(design, prior, exposure) for prior in priors]
    found = [each for source in sources for each in confront(design, priors, source)]
    curves = [curve for own in expected for curve in _curves(own, margin)] if binary else []
    tips = _tipping(design, priors, data) if data else []
    contents = document(
        "priors conflict",
        design,
        method="exact",
        warnings=[text for source in sources for text in shared_patients(design, source)],
        results=[row for own in expected for row in _outcomes(own, margin)],
        against=[asdict(each) for each in found],
        sweet_spot=[_sweet_spot(*pair) for pair in curves],
        tipping=[_tip(curve) for curve in tips],
    )
    stated = [curve for rule, curve in curves if rule == AS_DESIGNED]
    write_figure(figure, output, lambda: _drawn(design, draw, expected, found, stated))
    contents["seconds"] = time.perf_counter() - started
    columns = (*COLUMNS, "self_adapting_weight") if margin else COLUMNS
    output.deliver(contents, lambda: conflict_page(design, expected, contents), columns)


def _chosen(design: Design, component: str | None) -> list[str]:
    """Return the components asked for, else those with evidence, else the arms' own parameters."""
    if component:
        return list(names_of(design, component))
    every = design.model.components()
    informed = [name for name, own in every.items() if own.evidence]
    return informed or [name for name in every if name != "effect"]


def _check_options(design: Design, exposure: float | None, margin: float | None, held: object) -> None:
    """Refuse options that an endpoint has no use for, or that it lacks."""
    results = design.endpoint.results
    planned_sizes = results is not None and results.planned
    if planned_sizes and exposure:
        raise click.UsageError("--exposure is for a time-to-event endpoint; this one counts patients.")
    if margin and not design.endpoint.listable:
        raise click.UsageError("--margin is a difference in response rates: it needs a binary endpoint.")
    if not (planned_sizes or exposure or held):
        raise click.UsageError(
            "the exposure of a planned trial is not known. State one, --exposure MONTHS, or hold a "
            "published result against the priors, --against SOURCE."
        )


def _outcomes(own: Predictive, margin: float | None) -> list[dict]:
    """Return a row for every result of a stratum."""
    unknown, weights = [None] * own.count.size, own.vague_weights()
    rules = adaptive_weights(own, margin)
    columns = {
        "count": own.count,
        "probability": own.probability,
        "box_p_value": own.box_p_values(),
        "conflict": own.conflict(),
        "vague_weight": unknown if weights is None else weights,
        "empirical_bayes_weight": 1 - rules["empirical Bayes"] if rules else unknown,
    }
    if margin:
        columns["self_adapting_weight"] = 1 - rules["self-adapting"] if rules else unknown
    about = {"component": own.prior.component, "stratum": own.prior.stratum, "size": own.size}
    return [about | _plain(dict(zip(columns, row))) for row in zip(*columns.values())]


def _curves(own: Predictive, margin: float | None) -> list[tuple[str, DriftCurve]]:
    """Return the errors of borrowing as designed, and by each rule that adapts."""
    if own.prior.analysis is own.prior.stated:
        return []
    rules = adaptive_weights(own, margin).items()
    return [
        (AS_DESIGNED, drift_curve(own)),
        *((rule, adaptive_curve(own, weights)) for rule, weights in rules),
    ]


def _plain(row: dict) -> dict:
    return {key: value if value is None else value.item() for key, value in row.items()}


def _sweet_spot(rule: str, curve: DriftCurve) -> dict:
    low, high = curve.sweet_spot() or (None, None)
    prior, centre = curve.expected.prior, curve.centre
    return {
        "component": prior.component,
        "stratum": prior.stratum,
        "rule": rule,
        "evidence_expects": centre,
        "truth_from": low,
        "truth_to": high,
        "drift_from": None if low is None else low - centre,
        "drift_to": None if high is None else high - centre,
    }


def _tipping(design: Design, priors: Sequence[Prior], data: str) -> list[TippingCurve]:
    trial = load_data(design, data).outcomes
    return tipping_curves(design, priors[-1].component, trial)


def _tip(curve: TippingCurve) -> dict:
    return {
        "stratum": curve.stratum,
        "weight": curve.weight.tolist(),
        "probability": curve.probability.tolist(),
        "success": curve.success.tolist(),
        "tips_at": list(curve.tips_at),
    }


def _drawn(
    design: Design,
    what: str,
    expected: Sequence[Predictive],
    found: Sequence[Confrontation],
    curves: Sequence[DriftCurve],
):
    from trialdesign.report.figures import conflict as figures

    chosen = expected[-1].prior.component if expected else None
    own = [each for each in expected if each.prior.component == chosen]
    if what == "predictive" and own:
        return figures.predictive(design, own, found)
    if what == "weights" and own and own[0].prior.vague is not None:
        return figures.vague_weights(design, own)
    if what == "drift" and curves:
        return figures.drift([curve for curve in curves if curve.expected.prior.component == chosen])
    needs = {
        "weights": "a robust discount, and of a time-to-event endpoint --exposure",
        "drift": "evidence on a binary endpoint",
    }.get(what, "a binary endpoint, or --exposure")
    raise click.UsageError(f"--draw {what} needs {needs}; the design has none there.")
