"""Figures of priors, made by Matplotlib, which is imported when a figure is drawn.

Every function returns the figure and a vector of its axes.  Colours are those of Okabe & Ito, which
colour-blind readers can tell apart; lines differ in dashes or markers as well, for print in grey.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .conflict import UNLIKELY, Confrontation, Predictive
from .design import Design
from .prior_summary import Prior
from .published import Published
from .sweet_spot import DriftCurve

BLUE, SKY, ORANGE, GREEN = "#0072B2", "#56B4E9", "#E69F00", "#009E73"
VERMILLION, PURPLE, GREY = "#D55E00", "#CC79A7", "#6E6E6E"
STYLE = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "figure.dpi": 110,
    "savefig.dpi": 200,
    "svg.hashsalt": "trialdesign",
}
LINES = (
    (BLUE, "-", "o"),
    (VERMILLION, "--", "s"),
    (GREEN, "-.", "^"),
    (PURPLE, ":", "D"),
    (GREY, "-", "v"),
)
WIDTH = 7.0  # inches: the text width of a page
UNITS = {"probability": "Response rate", "rate": "Hazard (events per month)"}


def forest(design: Design, priors: Sequence[Prior], published: Sequence[Published]):
    """Draw published results, each with its exact 95 % interval, above the priors that they imply.

    The informative prior is what all evidence says of a stratum, borrowing and discount counted; the
    analysis prior adds the vague component, where there is one.

    Parameters
    ----------
    design : Design
    priors : sequence of Prior
        Of one component.
    published : sequence of Published
        What the priors have learned from (`published.published_results`).
    """
    lines = [line for prior in priors for line in _forest_lines(prior, published)]
    with _style():
        figure, axes = _subplots(1, height=0.9 + 0.28 * len(lines))
        ax = axes[0]
        for y, line in enumerate(lines[::-1]):
            colour, marker = line.look
            ax.plot([line.lower, line.upper], [y, y], color=colour, lw=1.5 if colour == GREY else 2.5)
            ax.plot(line.middle, y, marker=marker, color=colour, ms=6)
        ax.set_yticks(range(len(lines)), [line.label for line in lines[::-1]])
        ax.set_ylim(-0.6, len(lines) - 0.4)
        for label, line in zip(ax.get_yticklabels(), lines[::-1], strict=True):
            label.set_fontweight("normal" if line.look[0] == GREY else "bold")
        ax.set_xlabel(f"{_unit(design, priors[0])}, with 95 % intervals")
        _limits(ax, design, priors)
        ax.grid(axis="x", color="0.9")
        ax.set_axisbelow(True)
    return figure, axes


class _Line(NamedTuple):
    label: str
    middle: float
    lower: float
    upper: float
    look: tuple[str, str]


def _forest_lines(prior: Prior, published: Sequence[Published]) -> Iterator[_Line]:
    for row in published:
        if row.stratum == prior.stratum:
            told = f"{row.stratum}: {row.study} ({row.told})"
            yield _Line(told, row.estimate, row.lower, row.upper, (GREY, "s"))
    curves = {"analysis prior": (prior.analysis, (BLUE, "o"))}
    if prior.vague_weight > 0:
        curves = {"informative prior": (prior.informative, (VERMILLION, "D"))} | curves
    for name, (curve, look) in curves.items():
        low, middle, high = prior.natural(curve.quantiles(np.array([0.025, 0.5, 0.975])))
        yield _Line(f"{prior.stratum}: {name}", middle, low, high, look)


def densities(design: Design, priors: Sequence[Prior]):
    """Draw each stratum's prior as stated, as the evidence alone has it, and as it will be used."""
    with _style():
        figure, axes = _subplots(len(priors), height=2.6)
        for ax, prior in zip(axes, priors, strict=True):
            low, high = _range(design, [prior])
            x = np.linspace(low, high, 1202)[1:-1]
            curves = [("stated", prior.stated, GREY, ":")]
            if prior.informative is not prior.analysis:
                curves.append(("informative", prior.informative, ORANGE, "--"))
            if prior.analysis is not prior.stated:
                curves.append(("analysis", prior.analysis, BLUE, "-"))
            linear, slope = _inverse(design, prior, x)
            top = 0.0
            for name, curve, colour, dashes in curves:
                height = curve.density(linear) / slope
                ax.plot(x, height, color=colour, ls=dashes, lw=2, label=name)
                top = max(top, float(np.quantile(height, 0.98)))  # a pole at an end may leave the panel
            ax.set(xlim=(low, high), ylim=(0, 1.25 * top), title=prior.stratum)
        axes[0].set_ylabel("Density")
        axes[0].legend(title="Prior")
        figure.supxlabel(_unit(design, priors[0]), fontsize=10)
    return figure, axes


def ess_by_weight(weights: np.ndarray, sizes: Mapping[str, Mapping[str, np.ndarray]], unit: str):
    """Draw effective sample sizes over the weight of the vague component.

    Parameters
    ----------
    weights : ndarray, shape (W,)
    sizes : mapping of str to mapping of str to ndarray (W,)
        Stratum -> method -> effective sample size.
    unit : str
        What is counted, e.g. ``patients``.
    """
    with _style():
        figure, axes = _subplots(len(sizes), height=2.8, sharey=True)
        for ax, (stratum, by_method) in zip(axes, sizes.items(), strict=True):
            for (method, size), (colour, dashes, marker) in zip(by_method.items(), LINES, strict=False):
                ax.plot(weights, size, color=colour, ls=dashes, marker=marker, ms=4, label=method)
            ax.axhline(0, color="0.8", lw=0.8)
            ax.set(title=stratum, xlim=(-0.03, 1.03))
        axes[0].set_ylabel(f"Effective sample size\n({unit})")
        axes[-1].legend()
        figure.supxlabel("Weight of the vague component", fontsize=10)
    return figure, axes


def predictive(design: Design, expected: Sequence[Predictive], found: Sequence[Confrontation] = ()):
    """Draw what the priors expect of the planned data, what would be a conflict, and what was found.

    Bars are the analysis prior's, the line is the informative prior's; shaded outcomes conflict with the
    evidence (Box's p-value under the informative prior).  Results of other sizes are drawn at the same
    proportion of the planned size.
    """
    with _style():
        figure, axes = _subplots(len(expected), height=3.2)
        for ax, own in zip(axes, expected, strict=True):
            shown = own.count <= max(own.quantile(0.999), 3)
            count, conflict = own.count[shown], own.conflict()[shown] < UNLIKELY
            for at in count[conflict]:
                label = f"conflict with the evidence (Box p < {UNLIKELY:g})"
                ax.axvspan(at - 0.5, at + 0.5, color=ORANGE, alpha=0.25, lw=0, label=label)
            ax.bar(count, own.probability[shown], width=0.9, color=SKY, label="analysis prior")
            alone = own.under(own.prior.informative)[shown]
            ax.step(count, alone, where="mid", color=BLUE, lw=1.5, label="evidence alone")
            for result, marker in zip([f for f in found if f.stratum == own.prior.stratum], "v^<>dP"):
                at = result.count * own.size / result.size
                ax.plot(
                    at, 0, marker=marker, color="black", ms=8, clip_on=False, zorder=5, ls="none",
                    label=f"{result.study}: {result.count} of {result.size:g}",
                )  # fmt: skip
            ax.set(title=own.prior.stratum, xlabel=_counted(design, own))
        axes[0].set_ylabel("Predictive probability")
        drawn = {label: h for ax in axes for h, label in zip(*ax.get_legend_handles_labels())}
        figure.legend(drawn.values(), drawn.keys(), loc="outside upper center", ncols=3, fontsize=9)
    return figure, axes


def vague_weights(design: Design, expected: Sequence[Predictive]):
    """Draw the posterior weight of the vague component over every possible result."""
    with _style():
        figure, axes = _subplots(1, height=3.2)
        ax = axes[0]
        for own, (colour, dashes, marker) in zip(expected, LINES, strict=False):
            shown = own.count <= max(own.quantile(0.999), 3)
            label = f"{own.prior.stratum}: {_size(design, own)}"
            ax.plot(
                own.count[shown] / own.size, own.vague_weights()[shown], color=colour, ls=dashes,
                marker=marker, ms=3, label=label,
            )  # fmt: skip
        before = expected[0].prior.vague_weight
        ax.axhline(before, color="black", lw=0.8, ls=(0, (1, 3)), label="before the trial")
        rate = design.endpoint.natural_scale == "probability"
        ax.set(
            xlabel="Observed response rate" if rate else "Observed events per month",
            ylabel="Posterior weight of\nthe vague component",
            ylim=(-0.02, 1.02),
        )
        ax.legend()
    return figure, axes


def drift(curves: Sequence[DriftCurve]):
    """Draw the error of the posterior mean with and without borrowing over the true response rate."""
    with _style():
        figure, axes = _subplots(len(curves), height=3.0, sharey=True)
        for ax, curve in zip(axes, curves, strict=True):
            if spot := curve.sweet_spot():
                ax.axvspan(*spot, color=GREEN, alpha=0.18, lw=0, label="borrowing helps")
            ax.plot(curve.truth, curve.alone, color=GREY, ls="--", lw=2, label="no borrowing")
            ax.plot(curve.truth, curve.borrowing, color=BLUE, lw=2, label="borrowing")
            ax.axvline(curve.centre, color="black", lw=0.8, ls=":", label="what the evidence expects")
            ax.set(title=curve.expected.prior.stratum, xlim=(0, 1))
        axes[0].set_ylim(0, None)
        axes[0].set_ylabel("Root mean\nsquared error")
        figure.supxlabel("True response rate", fontsize=10)
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=4, fontsize=9)
    return figure, axes


def _style():
    import matplotlib

    return matplotlib.rc_context(STYLE)


def _subplots(panels: int, height: float, sharey: bool = False):
    """Return a figure and a vector of panels side by side."""
    from matplotlib import pyplot

    size = (WIDTH, height)
    figure, axes = pyplot.subplots(
        1, panels, figsize=size, sharey=sharey, layout="constrained", squeeze=False
    )
    return figure, axes[0]


def _unit(design: Design, prior: Prior) -> str:
    scale = design.endpoint.natural_scale
    if prior.component == "effect":
        return {"probability": "Odds ratio", "rate": "Hazard ratio"}.get(scale, "Difference")
    return UNITS.get(scale, f"Mean of {design.endpoint.name}")


def _range(design: Design, priors: Sequence[Prior]) -> tuple[float, float]:
    """Return the range of the natural scale that is drawn."""
    if design.endpoint.natural_scale == "probability" and priors[0].component != "effect":
        return 0.0, 1.0
    ends = [prior.natural(prior.analysis.quantiles(np.array([0.01, 0.95]))) for prior in priors]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    return (0.0 if low > 0 else float(low)), float(high)


def _limits(ax, design: Design, priors: Sequence[Prior]) -> None:
    if design.endpoint.natural_scale == "probability" and priors[0].component != "effect":
        ax.set_xlim(-0.02, 1.02)


def _inverse(design: Design, prior: Prior, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the linear parameter at points of the natural scale, and d natural / d linear there."""
    scale = design.endpoint.natural_scale
    if scale == "probability" and prior.component != "effect":
        return np.log(x / (1 - x)), x * (1 - x)
    return (np.log(x), x) if scale in ("probability", "rate") else (x, np.ones_like(x))


def _counted(design: Design, own: Predictive) -> str:
    if design.endpoint.natural_scale == "probability":
        return f"Responders of {own.size:g}"
    return f"Events in {own.size:g} months"


def _size(design: Design, own: Predictive) -> str:
    return f"{own.size:g} {'patients' if design.endpoint.natural_scale == 'probability' else 'months'}"
