"""`priors elicit`: an expert's statement as a prior."""

from __future__ import annotations

import time
from dataclasses import fields

import click

from trialdesign.cli._output import document, output_options
from trialdesign.priors.elicitation import Statement, elicit
from trialdesign.priors.mixtures.mixture import from_prior
from trialdesign.report.numbers import number
from trialdesign.report.page import Column, Heading, Table

LEVELS = (0.025, 0.25, 0.5, 0.75, 0.975)
COLUMNS = ("dist", "alpha", "beta", "mu", "sigma")


@click.command("elicit")
@click.option(
    "--between", nargs=2, type=float, required=True, metavar="LOW HIGH",
    help="The interval in which the quantity lies ...",
)  # fmt: skip
@click.option("--probability", type=float, required=True, metavar="P", help="... with this probability.")
@click.option("--most-likely", "mode", type=float, metavar="X", help="Its most likely value.")
@click.option("--median", type=float, metavar="X", help="As likely exceeded as not.")
@click.option("--mean", type=float, metavar="X", help="Its expected value.")
@click.option(
    "--scale", type=click.Choice(["probability", "rate", "mean"]), default="probability",
    show_default=True, help="A response rate, a hazard or rate per month, or a mean.",
)  # fmt: skip
@output_options
def command(between, probability, mode, median, mean, scale, output):
    """Turn an expert's statement into a prior for a design file.

    "The response rate is between 0.4 and 0.8 with 90 % probability, most likely 0.65" is

        trialdesign priors elicit --between 0.4 0.8 --probability 0.9 --most-likely 0.65

    Without a most likely value, a median or a mean: of all Beta (Gamma, Normal) distributions that say
    it, the one that says the least else, with the largest entropy.
    """
    started = time.perf_counter()
    statement = Statement(scale, *between, probability, mode=mode, median=median, mean=mean)
    prior = elicit(statement)
    spelt = {field.name: getattr(prior, field.name) for field in fields(prior)}
    spelt = {"dist": spelt.pop("dist"), **spelt}
    told = from_prior(prior)
    at = [float(told.kind.quantile(q, told.first[0], told.second[0])) for q in LEVELS]
    summary = {"mean": told.mean(), "sd": told.sd()}
    summary |= {f"q{100 * q:g}": x for q, x in zip(LEVELS, at, strict=True)}
    contents = document(
        "priors elicit",
        method="quadrature",
        seconds=time.perf_counter() - started,
        results=[spelt],
        prior=spelt,
        summary=summary,
    )

    def page() -> list:
        each = ", ".join(f"{key}: {_digits(value)}" for key, value in spelt.items())
        table = Table([Column(key) for key in summary], [[number(x, 4) for x in summary.values()]])
        return [Heading("The prior that says it"), f"prior: {{{each}}}", "", table]

    output.deliver(contents, page, COLUMNS)


def _digits(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
