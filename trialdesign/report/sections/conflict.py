"""The page of `priors conflict`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import numpy as np

from trialdesign.priors.conflict.adaptive_weights import empirical_bayes_weights
from trialdesign.priors.conflict.against_published import Confrontation
from trialdesign.priors.conflict.predictive import UNLIKELY, Predictive
from trialdesign.priors.conflict.prior_conflict import PriorConflict
from trialdesign.priors.conflict.tipping import TippingCurve
from trialdesign.priors.summary import QUANTILES
from trialdesign.report.numbers import number, rate, signed
from trialdesign.report.page import Column, Heading, Page, Table
from trialdesign.report.words import criteria, model_lines

FRACTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the planned patients
COUNTS = (0, 1, 2, 5, 10)


def conflict_page(found: PriorConflict) -> Page:
    """Return the page."""
    design, expected = found.design, found.expected
    page: list = [Heading(design.title), *model_lines(design)]
    results = design.endpoint.results
    if expected:
        what = "the planned patients" if results.planned else "the exposure"
        page += [Heading(f"What the priors expect of {what}", results.count)]
        page.append(_expectations(expected, results.size))
        page.append(
            f"conflict: results with Box's p-value below {UNLIKELY:g} under the evidence alone, without "
            "the vague component."
        )
    robust = [own for own in expected if own.prior.vague is not None]
    if robust:
        title = "Weight of the vague component after the trial"
        by, columns, at = WEIGHED[results.told_at]
        page += [Heading(title, by.format(results.count))]
        page += [_weights(robust, columns, at), *_dropped(robust)]
    if found.curves:
        title = "Where borrowing helps"
        page.append(Heading(title, "true rates at which the estimate's error is smaller"))
        page.append(_spots(found.sweet_spots()))
    if found.against:
        page.append(Heading("Published results against the priors"))
        page.append(_against(found.against, results.in_size))
    for component in dict.fromkeys(curve.component for curve in found.tipping):
        title = f"Decision over the weight of the vague component of {component}"
        page.append(Heading(title, f"success: {criteria(design)}"))
        page.append(_tipping([curve for curve in found.tipping if curve.component == component]))
    return page


def _expectations(expected: Sequence[Predictive], unit: str) -> Table:
    columns = [Column("component", right=False), Column("stratum", right=False)]
    columns += [Column(unit), Column("mean"), Column("95 % interval"), Column("conflict")]
    cells = []
    for own in expected:
        interval = f"{own.quantile(0.025):.4g} to {own.quantile(0.975):.4g}"
        where = [own.prior.component, own.prior.stratum, f"{own.size:g}"]
        cells.append([*where, number(own.mean(), 1), interval, _runs(own, own.conflict() < UNLIKELY)])
    return Table(columns, cells)


def _runs(own: Predictive, flags: np.ndarray) -> str:
    """Return the results with true flags as ranges: ``0-13, 20``, or without an end ``4 or more``."""
    runs, (first, last) = [], own.count[[0, -1]].tolist()
    dash = "-" if own.count.dtype.kind == "i" else " to "
    for flag, group in groupby(zip(own.count.tolist(), flags.tolist()), key=lambda pair: pair[1]):
        if flag:
            low, *_, high = 2 * [count for count, _ in group]
            if low == first and first != 0:
                runs.append(f"{high:.4g} or less")
            elif high == last and last != own.size:
                runs.append(f"{low:.4g} or more")
            else:
                runs.append(f"{low:.4g}{dash}{high:.4g}" if high > low else f"{low:.4g}")
    return ", ".join(runs) or "none"


def _weights(robust: Sequence[Predictive], told: Sequence[str], at: Callable) -> Table:
    columns = [Column("component", right=False), Column("stratum", right=False), Column("before")]
    columns += map(Column, told)
    cells = []
    for own in robust:
        weights = own.vague_weights()
        where = [own.prior.component, own.prior.stratum, number(own.prior.vague_weight, 2)]
        cells.append([*where, *(rate(weights[i]) for i in at(own))])
    return Table(columns, cells)


# where weights are told: the heading, the columns, and the positions of the results
WEIGHED = {
    "fraction": (
        "by share of {}",
        [f"{100 * fraction:.0f} %" for fraction in FRACTIONS],
        lambda own: [round(fraction * own.size) for fraction in FRACTIONS],
    ),
    "count": ("by number of {}", [str(n) for n in COUNTS], lambda own: COUNTS),
    "quantile": (
        "by quantile of the {} expected",
        [f"q{100 * q:g}" for q in QUANTILES],
        lambda own: np.searchsorted(own.count, [own.quantile(q) for q in QUANTILES]),
    ),
}


def _dropped(robust: Sequence[Predictive]) -> list[str]:
    """Say after which results a weight chosen by the data would be that of the vague component alone."""
    each = ", ".join(
        f"{own.prior.stratum} {_runs(own, empirical_bayes_weights(own) == 0)}" for own in robust
    )
    return [f"Empirical Bayes, a weight that the data choose, would drop the evidence after: {each}."]


def _spots(rows: Sequence[Mapping]) -> Table:
    columns = [Column(key, right=False) for key in ("component", "stratum", "weight")]
    columns += [Column("evidence\nexpects"), Column("from"), Column("to"), Column("drift"), Column("to")]
    keys = ("evidence_expects", "truth_from", "truth_to")
    cells = []
    for row in rows:
        drift = ["-" if row[k] is None else signed(row[k]) for k in ("drift_from", "drift_to")]
        where = [row["component"], row["stratum"], row["rule"]]
        cells.append([*where, *(number(row[key]) for key in keys), *drift])
    return Table(columns, cells)


def _against(found: Sequence[Confrontation], size: str) -> Table:
    columns = [Column(key, right=False) for key in ("component", "stratum", "study")]
    columns += [Column("result"), Column("Box p"), Column("Box p,\nevidence alone")]
    columns += [Column("so few"), Column("so many"), Column("vague\nweight")]
    cells = [
        [
            own.component,
            own.stratum,
            own.study,
            f"{own.count:.4g} {size.format(own.size)}",
            *map(rate, (own.box_p_value, own.conflict, own.lower, own.upper)),
            "-" if own.vague_weight is None else rate(own.vague_weight),
        ]
        for own in found
    ]
    return Table(columns, cells)


def _tipping(curves: Sequence[TippingCurve]) -> Table:
    columns = [Column("stratum", right=False), Column("trusted"), Column("half"), Column("not trusted")]
    columns.append(Column("tips at"))
    cells = []
    for curve in curves:
        told = []
        for i in (0, len(curve.weight) // 2, -1):
            each = " ".join(rate(p) for p in curve.probability[i])
            told.append(f"{each} {'yes' if curve.success[i] else 'no'}")
        tips = ", ".join(number(at) for at in curve.tips_at) or "never"
        cells.append([curve.stratum, *told, tips])
    return Table(columns, cells)
