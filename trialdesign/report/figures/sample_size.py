"""The figure of `sample-size`: success, and the errors beside it, over the number of patients."""

from __future__ import annotations

from collections.abc import Sequence

from trialdesign.report.figures.style import LINES, style, subplots
from trialdesign.sizing.sample_size import ASKED
from trialdesign.sizing.sample_size_result import SampleSize, SizeRow


def success_by_sample_size(found: SampleSize):
    """Draw the probability of success over the size, with the target and the answer.

    Where a scenario has a null stratum, a second panel shows the largest error of all scenarios: of each
    stratum, and family-wise.  Bands are 95 % Monte Carlo intervals.

    Parameters
    ----------
    found : SampleSize
    """
    asked = ("assurance",) if found.metric == "assurance" else ASKED
    own = [row for row in found.rows if row.scenario == found.scenario and row.quantity in asked]
    errors = _errors(found)
    with style():
        figure, axes = subplots(1 + bool(errors), height=3.2, across=2)
        _curves(axes[0], own)
        axes[0].axhline(found.target, color="black", lw=0.8, ls=(0, (1, 3)), label="target")
        axes[0].set(ylabel=f"Probability of success ({found.metric})", ylim=(0, 1.02))
        axes[0].set_title(found.scenario, fontsize=10)
        if found.answer is not None:
            axes[0].axvline(found.answer, color="black", lw=0.8)
            axes[0].annotate(
                f"{found.stratum}: {found.answer}", (found.answer, 0.02), rotation=90, fontsize=8,
                xytext=(3, 0), textcoords="offset points", va="bottom",
            )  # fmt: skip
        if errors:
            _curves(axes[1], errors)
            axes[1].set(ylabel="Type I error (any: family-wise)", ylim=(0, None))
            axes[1].set_title("largest over the scenarios", fontsize=10)
        for ax in axes:
            ax.grid(color="0.92", lw=0.8)
            ax.set_axisbelow(True)
        figure.supxlabel(f"Patients of {found.sized}", fontsize=10)
        drawn = {label: h for ax in axes for h, label in zip(*ax.get_legend_handles_labels())}
        figure.legend(drawn.values(), drawn.keys(), loc="outside upper center", ncols=7, fontsize=9)
    return figure, axes


def _curves(ax, rows: Sequence[SizeRow]) -> None:
    """Draw a curve for each stratum."""
    strata = list(dict.fromkeys(row.stratum for row in rows))
    for stratum, (colour, dashes, marker) in zip(strata, LINES * len(strata)):
        path = [row for row in rows if row.stratum == stratum]
        x, low, high = ([getattr(row, name) for row in path] for name in ("rung", "lower", "upper"))
        if low != high:
            ax.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(
            x, [row.value for row in path], color=colour, ls=dashes, marker=marker, ms=3, label=stratum
        )


def _errors(found: SampleSize) -> list[SizeRow]:
    """Return the largest error of each stratum, and family-wise, at every rung."""
    worst: dict[tuple[int, str], SizeRow] = {}
    for row in found.rows if found.metric == "power" else ():
        if row.quantity in ("type_i_error", "family_wise_error"):
            key = (row.rung, row.stratum)
            if key not in worst or row.value > worst[key].value:
                worst[key] = row
    return list(worst.values())
