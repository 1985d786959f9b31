"""Figures of priors; each function returns the figure and a vector of its axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from trialdesign.design.design import Design
from trialdesign.priors.published import Published
from trialdesign.priors.summary import Prior
from trialdesign.probability.marginal import Marginal
from trialdesign.report.figures.style import (
    BLUE,
    GREY,
    LINES,
    ORANGE,
    VERMILLION,
    mark_logarithms,
    style,
    subplots,
    unit_of,
)

MESH = 1200  # points of a curve
BULK = (0.005, 0.995)  # probabilities of what a drawing shows in any case
OUTER = (1e-6, 1 - 1e-6)  # and of where it ends in any case
FADED = 0.003  # fraction of its highest point at which a density has come down


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
    with style():
        figure, axes = subplots(1, height=0.9 + 0.28 * len(lines))
        ax = axes[0]
        for y, line in enumerate(lines[::-1]):
            colour, marker = line.look
            ax.plot([line.lower, line.upper], [y, y], color=colour, lw=1.5 if colour == GREY else 2.5)
            ax.plot(line.middle, y, marker=marker, color=colour, ms=6)
        ax.set_yticks(range(len(lines)), [line.label for line in lines[::-1]])
        ax.set_ylim(-0.6, len(lines) - 0.4)
        for label, line in zip(ax.get_yticklabels(), lines[::-1], strict=True):
            label.set_fontweight("normal" if line.look[0] == GREY else "bold")
        ax.set_xlabel(f"{unit_of(design, priors[0])}, with 95 % intervals")
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
    """Draw each stratum's prior as stated, as the evidence alone has it, and as it will be used.

    Rates and ratios stand on a logarithmic axis, and their densities are those of the logarithm.
    """
    scale = _axis_of(design, priors[0])
    with style():
        figure, axes = subplots(len(priors), height=2.9)
        for ax, prior in zip(axes, priors, strict=True):
            curves = [("stated prior", prior.stated, GREY, ":")]
            if prior.informative is not prior.analysis:
                curves.append(("evidence alone", prior.informative, ORANGE, "--"))
            if prior.analysis is not prior.stated:
                curves.append(("analysis prior", prior.analysis, BLUE, "-"))
            x, linear, slope = scale.points(prior)
            top = 0.0
            for name, curve, colour, dashes in curves:
                height = curve.density(linear) / slope
                ax.plot(x, height, color=colour, ls=dashes, lw=2, label=name)
                top = max(top, float(np.quantile(height, 0.98)))  # a pole at an end may leave the panel
            ax.set(xlim=scale.ends(x), ylim=(0, 1.25 * top), title=prior.stratum)
            scale.mark(ax, len(priors))
        axes[0].set_ylabel(f"Density\n(per unit of {scale.per})")
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=3)
        figure.supxlabel(unit_of(design, priors[0]), fontsize=10)
    return figure, axes


def ess_by_weight(
    weights: np.ndarray,
    sizes: Mapping[str, Mapping[str, np.ndarray]],
    unit: str,
    designed: Mapping[str, float],
):
    """Draw effective sample sizes over the weight of the vague component.

    Parameters
    ----------
    weights : ndarray, shape (W,)
    sizes : mapping of str to mapping of str to ndarray (W,)
        Stratum -> method -> effective sample size.
    unit : str
        What is counted, e.g. ``patients``.
    designed : mapping of str to float
        The weight that the design gives the vague component of each stratum; it is marked.
    """
    with style():
        figure, axes = subplots(len(sizes), height=3.0, sharey=True)
        for ax, (stratum, by_method) in zip(axes, sizes.items(), strict=True):
            for (method, size), (colour, dashes, marker) in zip(by_method.items(), LINES, strict=False):
                ax.plot(weights, size, color=colour, ls=dashes, marker=marker, ms=4, label=method)
            ax.axhline(0, color="0.8", lw=0.8)
            ax.axvline(designed[stratum], color="black", lw=1.2, ls=(0, (1, 2)), label="this design")
            ax.set(title=stratum, xlim=(-0.03, 1.03))
        axes[0].set_ylabel(f"Effective sample size\n({unit})")
        handles = axes[0].get_legend_handles_labels()
        figure.legend(*handles, loc="outside upper center", ncols=4)
        figure.supxlabel("Weight of the vague component", fontsize=10)
    return figure, axes


def _limits(ax, design: Design, priors: Sequence[Prior]) -> None:
    if _kind_of_axis(design, priors[0]) == "unit":
        ax.set_xlim(-0.02, 1.02)


class _Scale(NamedTuple):
    """An axis of the natural scale: points, their linear parameters, d (what is drawn) / d linear."""

    per: str
    points: Callable
    mark: Callable
    ends: Callable = lambda x: (x[0], x[-1])


def _axis_of(design: Design, prior: Prior) -> _Scale:
    return {
        "unit": _Scale("the proportion", _proportions, _mark_proportions, lambda x: (0, 1)),
        "log": _Scale("its logarithm", _logarithms, mark_logarithms),
        "plain": _Scale("the mean", _means, lambda ax, panels: None),
    }[_kind_of_axis(design, prior)]


def _kind_of_axis(design: Design, prior: Prior) -> str:
    scale = design.endpoint.scale
    return scale.effect_axis if prior.component == "effect" else scale.axis


def _proportions(prior: Prior) -> tuple[np.ndarray, ...]:
    x = (np.arange(MESH) + 0.5) / MESH  # at 0 and 1 themselves a curve would end in a vertical stroke
    return x, np.log(x / (1 - x)), x * (1 - x)


def _logarithms(prior: Prior) -> tuple[np.ndarray, ...]:
    linear = _plausible(prior)
    return np.exp(linear), linear, np.ones_like(linear)


def _means(prior: Prior) -> tuple[np.ndarray, ...]:
    linear = _plausible(prior)
    return linear, linear, np.ones_like(linear)


def _plausible(prior: Prior) -> np.ndarray:
    """Return points between which each of a prior's densities comes down to nothing that is seen."""
    ends = [_ends(curve) for curve in (prior.analysis, prior.stated, prior.informative)]
    return np.linspace(min(low for low, _ in ends), max(high for _, high in ends), MESH)


def _ends(curve: Marginal) -> tuple[float, float]:
    """Return where a density has come down for the first time outside the bulk of its probability."""
    # not the last time: what would lie beyond the ends of a grid is heaped up there
    outer = curve.quantiles(np.array(OUTER))
    inner = curve.quantiles(np.array(BULK))
    x = np.linspace(*outer, 4 * MESH)
    height = curve.density(x)
    low = height < FADED * height[(x >= inner[0]) & (x <= inner[1])].max()
    left, right = x[low & (x < inner[0])], x[low & (x > inner[1])]
    return left[-1] if left.size else outer[0], right[0] if right.size else outer[1]


def _mark_proportions(ax, panels: int) -> None:
    ax.set_xticks(np.linspace(0, 1, 6 if panels == 1 else 3))
