"""The page that `analyse` prints: criteria, each arm on its natural scale, the posterior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trialdesign.analysis.accuracy import TARGET
from trialdesign.analysis.analyse import Analysis
from trialdesign.probability.tails.quantiles import LEVELS
from trialdesign.report.numbers import number, rate
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import criteria, model_lines

SPARE = {"q25": 1, "q75": 1}  # columns that a narrow terminal may leave out


def analysis_page(result: Analysis) -> Page:
    """Return the page of an analysis."""
    design = result.design
    succeeds = [stratum for stratum, success in result.success.items() if success]
    return [
        Heading(design.title),
        f"Success: {criteria(design)}.",
        *model_lines(design),
        _engine(result),
        Heading("Criteria", f"success in {', '.join(succeeds) or 'no stratum'}"),
        _criteria(result.results),
        Heading(result.arm_quantity, "posterior of each arm, on the natural scale"),
        _summaries(result.arms, "arm"),
        Heading("Posterior", f"{', '.join(design.model.components())}: on the linear scale"),
        _summaries(result.posterior, "estimand"),
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


def _criteria(rows: Sequence[Mapping]) -> Table:
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


def _summaries(rows: Sequence[Mapping], named: str) -> Table:
    """Return means, standard deviations and quantiles; ``named`` is the key of what they are of."""
    keys = ("mean", "sd", *LEVELS)
    columns = [
        Column("stratum", right=False),
        Column(named, right=False),
        *(Column(key, spare=SPARE.get(key, 0)) for key in keys),
    ]
    cells = [[row["stratum"], row[named], *(number(row[key]) for key in keys)] for row in rows]
    return Table(columns, cells)
