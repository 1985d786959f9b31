"""Figures of survival, events and follow-up, made by Matplotlib, imported when a figure is drawn.

Every function returns the figure and a vector of its axes; colours and dashes are those of `drawing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np

from trialdesign.analysis.data.running_trial import Interim
from trialdesign.design.design import Design
from trialdesign.report.figures.style import BLUE, LINES, STYLE, VERMILLION, WIDTH
from trialdesign.sizing.follow_up_result import FollowUp
from trialdesign.timeline.forecast import Forecast
from trialdesign.timeline.milestones import LEVELS
from trialdesign.timeline.survival_bands import survival_bands

SOURCES = ((BLUE, "-", "evidence"), (VERMILLION, "--", "evidence and trial so far"))
TITLE = 26  # characters of a line
MARKS = {"last patient": ("black", ":"), "look": ("0.65", "-"), "data cut": ("black", "--")}


def predicted_survival(
    design: Design, scenario: str | None = None, known: Interim | None = None, to: float = 48.0
):
    """Draw the survival that the evidence predicts, against an assumed truth or a trial's data.

    Bands hold 80 and 95 % of the probability; a row of panels an arm.

    Parameters
    ----------
    design : Design
    scenario : str, optional
        Assumed truth to draw beside the bands.
    known : Interim, optional
        A running trial's data: the bands of the posterior are drawn beside those of the prior.
    to : float
        Last month drawn.
    """
    months = np.linspace(0, to, 121)
    told = [survival_bands(design, months)]
    if known is not None:
        told.append(survival_bands(design, months, known))
    truth = next((each for each in design.scenarios if each.name == scenario), None)
    places = [(arm, stratum) for arm in reversed(design.arms) for stratum in design.strata]
    with _style():
        figure, axes = _subplots(len(places), len(design.strata), height=2.5)
        for ax, (arm, stratum) in zip(axes, places):
            for bands, (colour, dashes, label) in zip(told, SOURCES):
                own = next(each for each in bands if (each.arm, each.stratum) == (arm, stratum))
                _fan(ax, months, own.survival, colour)
                ax.plot(months, own.survival[:, 2], color=colour, ls=dashes, lw=2, label=label)
            if truth is not None:
                curve = design.truths(truth, arm)[design.strata.index(stratum)]
                label = f"assumed: {truth.name}"
                ax.plot(months, curve.survival(months), color="black", ls=":", lw=1.8, label=label)
            ax.set(title=f"{stratum}, {arm}", xlim=(0, to), ylim=(0, 1.02), xticks=_years(to))
        figure.supylabel(f"Probability of being free of {design.endpoint.name}", fontsize=10)
        figure.supxlabel("Months", fontsize=10)
        _legend(figure, axes[:1], ncols=3)
    return figure, axes


def event_timeline(found: Forecast, scenarios: Sequence[str] | None = None):
    """Draw the events by each month as a fan, with the median dates of last patient, looks and cut.

    Parameters
    ----------
    found : Forecast
    scenarios : sequence of str, optional
        All of the forecast's, unless given.
    """
    names = scenarios or list(dict.fromkeys(each.scenario for each in found.curve))
    highest = max(each.quantiles[-1] for each in found.curve if each.scenario in names)
    with _style():
        figure, axes = _subplots(len(names), 3, height=2.7)
        for ax, name in zip(axes, names):
            own = [each for each in found.curve if each.scenario == name]
            months = np.array([each.month for each in own])
            counts = np.array([each.quantiles for each in own])
            _fan(ax, months, counts, BLUE, LEVELS)
            ax.plot(months, counts[:, 2], color=BLUE, lw=2, label="median")
            dates = {m.milestone: m.quantiles[2] for m in found.milestones if m.scenario == name}
            for milestone, month in dates.items():
                what = "look" if milestone.startswith("look") else milestone
                if what in MARKS and np.isfinite(month):
                    shade, dashes = MARKS[what]
                    ax.axvline(month, color=shade, lw=1, ls=dashes, label=what)
            ax.set(
                title=fill(name, TITLE), xlim=(months[0], 1.02 * months[-1]),
                ylim=(0, 1.05 * highest), xticks=_years(months[-1], months[0]),
            )  # fmt: skip
        figure.supylabel("Events, all strata and arms", fontsize=10)
        figure.supxlabel("Months from the start of the trial", fontsize=10)
        _legend(figure, axes[:1], ncols=3)
    return figure, axes


def success_by_follow_up(result: FollowUp, scenarios: Sequence[str] | None = None):
    """Draw the probability of success, or the width, over the months of follow-up.

    Bands are 95 % Monte Carlo intervals.

    Parameters
    ----------
    result : FollowUp
    scenarios : sequence of str, optional
        The one that was asked for, unless given.
    """
    return _ladders([(name, result, name) for name in scenarios or [result.scenario]])


def success_by_reading(results: Mapping[str, FollowUp]):
    """Draw the same under each reading of an exposure, a panel each.

    Parameters
    ----------
    results : mapping of str to FollowUp
        Reading, in words -> result.
    """
    return _ladders([
        (f"{result.scenario}, {reading}", result, result.scenario) for reading, result in results.items()
    ])  # fmt: skip


def _ladders(panels: Sequence[tuple[str, FollowUp, str]]):
    """Draw panels: a title, the result that it shows, and under which scenario."""
    first = panels[0][1]
    with _style():
        figure, axes = _subplots(len(panels), 3, height=3.0)
        for ax, (title, result, scenario) in zip(axes, panels):
            _ladder(ax, result, scenario)
            top = None if result.question == "width" else 1.02
            last = max(row.follow_up for row in result.asked)
            ax.set(title=fill(title, TITLE), ylim=(0, top), xticks=_years(last), xlim=(0, None))
        axes[0].set_ylabel(_quantity(first))
        banded = any(row.lower < row.upper for row in first.asked)
        shaded = "\n(shaded: 95 % Monte Carlo intervals)" if banded else ""
        figure.supxlabel(f"Months of follow-up after the last patient{shaded}", fontsize=10)
        _legend(figure, axes, ncols=7)
    return figure, axes


def _ladder(ax, result: FollowUp, scenario: str) -> None:
    """Draw one curve for each stratum, the target, and the answer."""
    own = [row for row in result.asked if row.scenario == scenario]
    strata = list(dict.fromkeys(row.stratum for row in own))
    each = {row.quantity for row in own if row.stratum not in ("any", "all")}
    null = each == {"type_i_error"}
    for stratum, (colour, dashes, marker) in zip(strata, LINES * len(strata)):
        path = [row for row in own if row.stratum == stratum]
        months, values = [r.follow_up for r in path], [r.value for r in path]
        error = path[-1].quantity == "type_i_error" or (null and result.question == "success")
        ends = [r.lower for r in path], [r.upper for r in path]
        if ends[0] != ends[1]:
            ax.fill_between(months, *ends, color=colour, alpha=0.2, lw=0)
        ax.plot(
            months, values, color=colour, ls=dashes, marker=marker, ms=4, label=stratum,
            mfc="white" if error else colour,
        )  # fmt: skip
    label = f"target {result.target:g}"
    ax.axhline(result.target, color="black", lw=0.8, ls=(0, (1, 3)), label=label)
    if scenario == result.scenario and result.answer is not None:
        ax.axvline(result.answer, color="black", lw=0.8)
        ax.annotate(
            f"{result.stratum}: {result.answer:g} months", (result.answer, 0.02), rotation=90,
            xytext=(3, 0), textcoords="offset points", fontsize=8, va="bottom",
            bbox={"fc": "white", "alpha": 0.8, "lw": 0, "pad": 0.5},
        )  # fmt: skip


def _quantity(result: FollowUp) -> str:
    """Return what the vertical axis shows."""
    if result.question == "width":
        return "Expected width of the\n95 % interval of survival"
    if result.question == "success":
        return "Probability of success\n(open marker: type I error)"
    return f"Probability of {result.question} by the cut"


def _fan(
    ax, x: np.ndarray, quantiles: np.ndarray, colour: str, levels: Sequence[float] | None = None
) -> None:
    """Draw the outer and the inner quantiles (T, 5) as two bands, named where their levels are given."""
    for low, high, alpha in ((0, 4, 0.15), (1, 3, 0.25)):
        label = levels and f"{100 * (levels[high] - levels[low]):g} % of the probability"
        ax.fill_between(
            x, quantiles[:, low], quantiles[:, high], color=colour, alpha=alpha, lw=0, label=label
        )  # fmt: skip


def _years(last: float, first: float = 0.0) -> np.ndarray:
    """Return ticks at half years, or years where there are many."""
    step = 6 if last - first <= 30 else 12
    return np.arange(np.ceil(first / step) * step, last + 1e-9, step)


def _legend(figure, axes, ncols: int) -> None:
    drawn = {label: h for ax in axes for h, label in zip(*ax.get_legend_handles_labels())}
    figure.legend(drawn.values(), drawn.keys(), loc="outside upper center", ncols=ncols, fontsize=9,
                  columnspacing=1.2)  # fmt: skip


def _style():
    from matplotlib import pyplot

    pyplot.draw_if_interactive()  # loads the backend: a notebook's display is switched on by that, and
    return pyplot.rc_context(STYLE)  # would be off again after the first figure otherwise


def _subplots(panels: int, columns: int, height: float):
    """Return a figure and a vector of panels that share their vertical axis, so many in a row."""
    from matplotlib import pyplot

    columns = min(panels, columns)
    rows = -(-panels // columns)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(WIDTH, 0.6 + (height - 0.2) * rows), sharey=True,
        layout="constrained", squeeze=False,
    )  # fmt: skip
    axes = axes.ravel()
    for ax in axes[panels:]:
        ax.set_visible(False)
    return figure, axes[:panels]
