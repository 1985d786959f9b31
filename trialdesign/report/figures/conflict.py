"""Figures of prior-data conflict; each function returns the figure and a vector of its axes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np

from trialdesign.design.design import Design
from trialdesign.priors.conflict.against_published import Confrontation
from trialdesign.priors.conflict.predictive import UNLIKELY, Predictive
from trialdesign.priors.conflict.sweet_spot import DriftCurve
from trialdesign.report.figures.style import BLUE, GREEN, GREY, LINES, ORANGE, SKY, style, subplots

TAIL = 0.9  # quantile at which drawings without an end stop; beyond is the vague component's


def predictive(design: Design, expected: Sequence[Predictive], found: Sequence[Confrontation] = ()):
    """Draw what the priors expect of the planned data, what would be a conflict, and what was found.

    Bars are the analysis prior's, the line is the informative prior's; shaded outcomes conflict with the
    evidence (Box's p-value under the informative prior).  Results of other sizes are drawn at the same
    proportion of the planned size; their own p-values, in the legend, are those of their own size.
    """
    with style():
        figure, axes = subplots(len(expected), height=3.2)
        for ax, own in zip(axes, expected, strict=True):
            held = [each for each in found if each.stratum == own.prior.stratum]
            shown = _shown(design, own, [_carried(design, own, each) for each in held])
            count, conflict = own.count[shown], own.conflict()[shown] < UNLIKELY
            step = count[1] - count[0]
            label = f"conflict with the evidence (Box p < {UNLIKELY:g})"
            edges = np.repeat(count, 2) + np.tile([-step / 2, step / 2], count.size)
            ax.fill_between(
                edges, 0, 1, where=np.repeat(conflict, 2), transform=ax.get_xaxis_transform(),
                color=ORANGE, alpha=0.25, lw=0, label=label,
            )  # fmt: skip
            width = 0.9 * step if count.dtype.kind == "i" else step
            ax.bar(count, own.probability[shown], width=width, color=SKY, label="analysis prior")
            alone = own.under(own.prior.informative)[shown]
            ax.step(count, alone, where="mid", color=BLUE, lw=1.5, label="evidence alone")
            for result, marker in zip(held, cycle("v^<>dP")):
                look = {"marker": marker, "color": "black", "ms": 8, "ls": "none"}
                at, label = _carried(design, own, result), _told(design, result)
                ax.plot(at, 0, **look, clip_on=False, zorder=5, label=label)
            ax.set(title=own.prior.stratum, xlabel=_counted(design, own))
        axes[0].set_ylabel("Predictive probability")
        drawn = {label: h for ax in axes for h, label in zip(*ax.get_legend_handles_labels())}
        figure.legend(drawn.values(), drawn.keys(), loc="outside upper center", ncols=2, fontsize=9)
    return figure, axes


def vague_weights(design: Design, expected: Sequence[Predictive]):
    """Draw the posterior weight of the vague component over every possible result."""
    with style():
        figure, axes = subplots(1, height=3.2)
        ax = axes[0]
        for own, (colour, dashes, marker) in zip(expected, cycle(LINES)):
            shown = _shown(design, own)
            label = f"{own.prior.stratum}: {_size(design, own)}"
            per = own.size if design.endpoint.results.grows else 1
            ax.plot(
                own.count[shown] / per, own.vague_weights()[shown], color=colour, ls=dashes,
                marker=marker, ms=3, markevery=max(1, shown.sum() // 60), label=label,
            )  # fmt: skip
        before = expected[0].prior.vague_weight
        ax.axhline(before, color="black", lw=0.8, ls=(0, (1, 3)), label="before the trial")
        ax.set(
            xlabel=design.endpoint.results.axis_label,
            ylabel="Posterior weight of\nthe vague component",
            ylim=(-0.02, 1.02),
        )
        ax.legend()
    return figure, axes


def drift(curves: Sequence[DriftCurve]):
    """Draw the error of the posterior mean with and without borrowing over the true response rate."""
    with style():
        figure, axes = subplots(len(curves), height=3.0, sharey=True)
        for ax, curve in zip(axes, curves, strict=True):
            if spot := curve.sweet_spot():
                ax.axvspan(*spot, color=GREEN, alpha=0.18, lw=0, label="borrowing helps")
            ax.plot(curve.truth, curve.alone, color=GREY, ls="--", lw=2, label="no borrowing")
            ax.plot(curve.truth, curve.borrowing, color=BLUE, lw=2, label="borrowing")
            ax.axvline(curve.centre, color="black", lw=0.8, ls=":", label="what the evidence expects")
            ax.set(title=curve.expected.prior.stratum, xlim=(0, 1))
            ax.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1] if len(curves) == 1 else [0, 0.5, 1])
        axes[0].set_ylim(0, None)
        axes[0].set_ylabel("Root mean squared error\n(of the response rate)")
        figure.supxlabel("True response rate (proportion)", fontsize=10)
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=4, fontsize=9)
    return figure, axes


def _shown(design: Design, own: Predictive, held: Sequence[float] = ()) -> np.ndarray:
    """Return which results (N,) are drawn: all, or those before only the vague component expects any."""
    results = design.endpoint.results
    if results.told_at == "fraction":
        return np.ones(own.count.shape, bool)
    if results.grows:
        return own.count <= max([own.quantile(TAIL), 3, *held])
    low, high = own.quantile(1 - TAIL), own.quantile(TAIL)
    return (own.count >= min([low, *held])) & (own.count <= max([high, *held]))


def _carried(design: Design, own: Predictive, result: Confrontation) -> float:
    """Return a published count at the planned size."""
    return result.count * own.size / result.size if design.endpoint.results.grows else result.count


def _told(design: Design, result: Confrontation) -> str:
    size = design.endpoint.results.in_size.format(result.size)
    return f"{result.study}: {result.count:.4g} {size}, Box p {result.conflict:.2g}"


def _counted(design: Design, own: Predictive) -> str:
    results = design.endpoint.results
    return f"{results.count.capitalize()} {results.in_size.format(own.size)}"


def _size(design: Design, own: Predictive) -> str:
    return f"{own.size:g} {design.endpoint.results.size}"
