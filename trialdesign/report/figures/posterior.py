"""The figure of `analyse`: posterior densities of the estimands, with the thresholds that decide."""

from __future__ import annotations

from textwrap import fill

import numpy as np

from trialdesign.analysis.analyse import Analysis
from trialdesign.design.criterion import Criterion
from trialdesign.endpoints._estimands import Estimand
from trialdesign.probability.tails.quantiles import find_quantiles
from trialdesign.report.figures.style import ACROSS, BLUE, VERMILLION, mark_logarithms, style, subplots
from trialdesign.report.numbers import rate

ENDS = (1e-4, 1 - 1e-4)  # probabilities beyond which a first drawing ends
FADED = 0.002  # fraction of the highest density below which a curve has come down
WIDER = 0.15  # fraction of its width by which a drawing grows until its curves have
STEPS = {"quadrature": 240, "nuts": 40}  # draws need wider ones
LONGEST = 12  # of widening
NAME = 26  # characters of a line of a stratum's name


def estimand_densities(result: Analysis):
    """Draw the estimand of each criterion: its posterior density in each stratum, and the threshold.

    Shaded is the side that the criterion asks for, whose posterior probability stands above.  Ratios,
    hazards and medians stand on a logarithmic axis, and their densities are those of the logarithm.

    Parameters
    ----------
    result : Analysis
        As `analyse` returns it, its posterior with it.
    """
    design = result.design
    strata, across = design.strata, min(len(design.strata), ACROSS)
    with style():
        figure, axes = subplots(len(design.decision) * len(strata), height=2.8, across=across)
        rows = axes.reshape(len(design.decision), len(strata))
        for row, criterion in zip(rows, design.decision):
            estimand = design.estimand(criterion)
            x, heights = densities_of(result, estimand)
            for s, ax in enumerate(row):
                _draw(ax, x, heights[s], criterion)
                ax.set_title(_told(result, strata[s], criterion), fontsize=9)
                ax.set(xlim=_ends(x, estimand), ylim=(0, 1.06 * heights[s].max()))
                ax.tick_params(labelsize=8)
                ax.set_xlabel(estimand.axis_label, fontsize=8)
                if _on_logarithms(estimand):
                    mark_logarithms(ax, across)
                if s % across == 0:
                    per = "its logarithm" if _on_logarithms(estimand) else "the quantity"
                    ax.set_ylabel(f"Posterior density\n(per unit of {per})", fontsize=9)
        drawn = {label: h for ax in axes for h, label in zip(*ax.get_legend_handles_labels())}
        figure.legend(drawn.values(), drawn.keys(), loc="outside upper center", ncols=3, fontsize=9)
    return figure, axes


def densities_of(result: Analysis, estimand: Estimand) -> tuple[np.ndarray, np.ndarray]:
    """Return points (X,) and the posterior densities (S, X) there, as far as they can be seen.

    They end where every density has come down, or where the estimand's range does.
    """
    below, logarithms = result.found.below(estimand), _on_logarithms(estimand)
    to, back = (np.log, np.exp) if logarithms else (lambda x: x, lambda x: x)
    low, high = estimand.range
    limits = (-np.inf if logarithms else low), high
    ends = find_quantiles(below, _guesses(result, estimand), ENDS)
    left, right = to(np.array([ends.min(), ends.max()]))
    for _ in range(LONGEST):
        edges = np.linspace(left, right, STEPS[result.engine] + 1)
        cumulative = np.array([below(float(at)) for at in back(edges)]).T
        heights = np.maximum(np.diff(cumulative, axis=1), 0) / np.diff(edges)
        seen = heights[:, [0, -1]].max(axis=0) > FADED * heights.max()
        grow = seen & [left > limits[0], right < limits[1]]
        if not grow.any():
            break
        step = WIDER * (right - left)
        left, right = max(limits[0], left - step * grow[0]), min(limits[1], right + step * grow[1])
    return back((edges[1:] + edges[:-1]) / 2), heights


def _guesses(result: Analysis, estimand: Estimand) -> list[float]:
    """Return where the search for the ends of a drawing starts: the quantiles that are known."""
    rows = [row for row in result.posterior if row["estimand"] == estimand.label]
    known = sorted({row[key] for row in rows for key in ("q2.5", "q25", "q50", "q75", "q97.5")})
    low, high = estimand.range
    width = known[-1] - known[0]
    if _on_logarithms(estimand):
        return [known[0] ** 5 / known[-1] ** 4, *known, known[-1] ** 5 / known[0] ** 4]
    return [max(low, known[0] - 4 * width), *known, min(high, known[-1] + 4 * width)]


def _on_logarithms(estimand: Estimand) -> bool:
    return estimand.range == (0.0, np.inf)


def _ends(x: np.ndarray, estimand: Estimand) -> tuple[float, float]:
    """Return the ends of an axis: those of the steps of whose middles the points are."""
    if _on_logarithms(estimand):
        return x[0], x[-1]
    return 1.5 * x[0] - 0.5 * x[1], 1.5 * x[-1] - 0.5 * x[-2]


def _draw(ax, x: np.ndarray, height: np.ndarray, criterion: Criterion) -> None:
    """Draw one density, the threshold, and the side that the criterion asks for."""
    threshold = criterion.threshold
    ax.plot(x, height, color=BLUE, lw=1.8, label="posterior density")
    shown = np.union1d(x, np.clip(threshold, x[0], x[-1]))
    asked = shown >= threshold if criterion.less_than is None else shown <= threshold
    ax.fill_between(
        shown, np.interp(shown, x, height), where=asked, color=BLUE, alpha=0.2, lw=0,
        label="what the criterion asks for",
    )  # fmt: skip
    if x[0] <= threshold <= x[-1]:
        ax.axvline(threshold, color=VERMILLION, ls="--", lw=1.5, label="threshold")


def _told(result: Analysis, stratum: str, criterion: Criterion) -> str:
    """Return a panel's title: the stratum, the posterior probability, and whether it suffices."""
    label = criterion.label(result.design.estimand(criterion))
    (own,) = {
        (row["probability"], row["met"])
        for row in result.results
        if (row["stratum"], row["criterion"]) == (stratum, label)
    }
    sign = ">" if criterion.less_than is None else "<"
    verdict = "above" if own[1] else "not above"
    found = rate(own[0])
    found = f"{found[0]} {found[1:]}" if found[0] in "<>" else f"= {found}"
    found = f"P({sign} {criterion.threshold:g}) {found},\n{verdict} {criterion.probability:g}"
    return f"{fill(stratum, NAME)}\n{found}"
