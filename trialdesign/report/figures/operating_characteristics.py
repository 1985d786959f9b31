"""The figure of `power`: the probability of success under each scenario."""

from __future__ import annotations

from textwrap import fill

from trialdesign.report.figures.style import BLUE, GREEN, GREY, VERMILLION, style, subplots
from trialdesign.simulation.operating_characteristics import OperatingCharacteristics, Row

NAME = 26  # characters of a line of a scenario's name
LINE = 0.16  # inches of a line of text
BORROWED = 0.26  # by how much of a scenario's height the design without borrowing is drawn lower

ERROR = {"color": VERMILLION, "marker": "s", "mfc": "white", "mew": 1.5, "label": "type I error"}
LOOKS = {
    "power": {"color": BLUE, "marker": "o", "label": "power"},
    "type_i_error": ERROR,
    "family_wise_error": ERROR,
    "success": {"color": GREEN, "marker": "^", "label": "any or all succeed"},
}
ALONE = {"color": GREY, "marker": "D", "ms": 4, "ls": "none", "label": "without borrowing"}
ORDER = [*dict.fromkeys(look["label"] for look in LOOKS.values()), ALONE["label"]]  # of the legend


def success_by_scenario(result: OperatingCharacteristics, alone: OperatingCharacteristics | None = None):
    """Draw power and type I error under each scenario, a panel for each stratum and for any of them.

    Circles are power, open squares are type I errors, of all null strata together the family-wise
    error; triangles are success in any or in all strata, whatever their truth; grey diamonds are the
    same design without borrowing.  Bars are 95 % intervals of a simulation.  The numbers at the right
    are the rates.

    Parameters
    ----------
    result : OperatingCharacteristics
    alone : OperatingCharacteristics, optional
        The same design without borrowing.
    """
    names = [scenario.name for scenario in result.design.scenarios]
    labels = [fill(name, NAME) for name in names]
    tall = [LINE * (1 + label.count("\n")) + 0.14 for label in labels]
    panels = _panels(result)
    with style():
        figure, axes = subplots(len(panels), height=0.9 + max(0.8, sum(tall)), sharey=True)
        for ax, (title, stratum, quantities) in zip(axes, panels):
            for y, name in enumerate(names):
                row = _found(result, name, stratum, quantities)
                if row is None:
                    continue
                other = alone and _found(alone, name, stratum, quantities)
                if other:
                    ax.plot(other.value, y + BORROWED, **ALONE, zorder=2)
                look = LOOKS[row.quantity]
                ax.plot([row.lower, row.upper], [y, y], color=look["color"], lw=1.5, zorder=3)
                ax.plot(row.value, y, ms=6, ls="none", zorder=4, clip_on=False, **look)
                at = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": 8}
                ax.annotate(_short(row), (1.04, y), **at)
            ax.set(title=fill(title, NAME), xlim=(-0.03, 1.03), ylim=(len(names) - 0.5, -0.5))
            ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
            ax.set_yticks(range(len(names)), labels, fontsize=8)
            ax.grid(color="0.92", lw=0.8)
            ax.set_axisbelow(True)
        figure.supxlabel("Probability of success", fontsize=10)
        drawn = {label: h for ax in axes for h, label in zip(*ax.get_legend_handles_labels())}
        known = [label for label in ORDER if label in drawn]
        figure.legend(
            [drawn[label] for label in known], known, loc="outside upper center", ncols=4, fontsize=9
        )  # fmt: skip
    return figure, axes


def _panels(result: OperatingCharacteristics) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return each panel's title, its stratum and the quantities that it may show."""
    strata = result.design.strata
    panels = [(stratum, stratum, ("power", "type_i_error")) for stratum in strata]
    if len(strata) == 1:
        return panels
    panels.append(("any stratum", "any", ("success",)))
    if any(row.quantity == "family_wise_error" for row in result.rows):
        panels.append(("any null: family-wise", "any", ("family_wise_error",)))
    return [*panels, ("all strata", "all", ("success",))]


def _found(
    result: OperatingCharacteristics, scenario: str, stratum: str, quantities: tuple[str, ...]
) -> Row | None:
    """Return the row of a panel under a scenario, if there is one."""
    for row in result.rows:
        if (row.scenario, row.stratum) == (scenario, stratum) and row.quantity in quantities:
            return row
    return None


def _short(row: Row) -> str:
    """Return a rate with two digits, with three where it is small; only 0 and 1 themselves as such.

    A simulated rate of 0 or 1 is given as the bound of its interval.
    """
    value = row.value
    if value in (0, 1):
        if row.lower == row.upper:
            return f"{value:g}"
        return f"<{row.upper:.3f}" if value == 0 else f">{row.lower:.3f}"
    if value >= 0.995:
        return ">0.99"
    if value < 0.0005:
        return "<0.001"
    return f"{value:.2f}" if value >= 0.0995 else f"{value:.3f}"
