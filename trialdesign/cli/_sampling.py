"""The options `--diagnostics` and `--predictive`: figures of chains, and of predictions."""

from __future__ import annotations

from collections.abc import Callable

import click

from trialdesign.analysis.analyse import Analysis
from trialdesign.cli._figures import check_figure, figure_option, write_figure
from trialdesign.cli._output import Output
from trialdesign.design.design import Design

DIAGNOSTICS, PREDICTIVE = "--diagnostics", "--predictive"


def diagnostics_option(function: Callable) -> Callable:
    """Add ``--diagnostics FILE``."""
    text = "With --engine nuts, draw the chains: traces, and ranks with their 99 % envelope (ArviZ)."
    return figure_option(text, DIAGNOSTICS)(function)


def predictive_option(function: Callable) -> Callable:
    """Add ``--predictive FILE``."""
    text = "Draw what the posterior predicts in other patients beside what was observed (ArviZ)."
    return figure_option(text, PREDICTIVE)(function)


def check_diagnostics(path: str | None, output: Output, engine: str) -> None:
    """Refuse chains where there are none, or a figure that cannot be written, before the work."""
    if path is not None and engine != "nuts":
        raise click.UsageError(
            f"{DIAGNOSTICS} must go with --engine nuts; got {engine}. Its posterior is computed, not "
            "sampled: its error is the `accuracy` of the result."
        )
    check_figure(path, output, DIAGNOSTICS)


def check_predictive(path: str | None, design: Design) -> None:
    """Refuse predictions that an endpoint has not, before the work."""
    if path is not None and design.endpoint.results is None:
        raise click.UsageError(
            f"{PREDICTIVE} must go with an endpoint whose results are counts by arm and stratum; got "
            f"{design.endpoint.label}, of which every patient's own follow-up matters. Leave it out."
        )


def write_diagnostics(path: str | None, output: Output, drawn) -> None:
    """Draw the chains, if they were asked for."""

    def draw():
        from trialdesign.report.figures.sampling import chain_diagnostics

        return chain_diagnostics(drawn)

    write_figure(path, output, draw)


def write_predictive(path: str | None, output: Output, result: Analysis, seed: int | None) -> None:
    """Draw the predictions, if they were asked for."""

    def draw():
        from trialdesign.report.figures.sampling import posterior_predictive

        return posterior_predictive(result, seed)

    write_figure(path, output, draw)
