"""The figure of `assurance`: success whatever the truth, beside how often the truth is worth it."""

from __future__ import annotations

from trialdesign.report.figures.style import BLUE, GREEN, GREY, style, subplots
from trialdesign.simulation.assurance import Assurance

LOOKS = {
    "assurance": {"color": BLUE, "marker": "o", "label": "assurance"},
    "probability_effective": {
        "color": GREEN, "marker": "^", "mfc": "white", "mew": 1.5,
        "label": "truth in the success region",
    },
    "positive_predictive_value": {
        "color": GREEN, "marker": "v", "label": "truth in it, given success",
    },
}  # fmt: skip
ALONE = {"color": GREY, "marker": "D", "ms": 4, "ls": "none", "label": "assurance without borrowing"}
LINE = 0.42  # inches of a stratum


def assurance_by_stratum(found: Assurance):
    """Draw assurance of each stratum, of any and of all, and how often the truth is worth it.

    Circles are assurance, the probability of success whatever the truth; open triangles the prior
    probability that the truth lies in the success region, filled ones the same given success; grey
    diamonds are the same design without borrowing.  Bars are 95 % intervals of a simulation.

    Parameters
    ----------
    found : Assurance
    """
    names = [*found.design.strata, "any", "all"]
    with style():
        figure, (ax,) = subplots(1, height=1.3 + LINE * len(names))
        for row in found.rows:
            if row.quantity in LOOKS:
                look, y = LOOKS[row.quantity], names.index(row.stratum)
                ax.plot([row.lower, row.upper], [y, y], color=look["color"], lw=1.5, zorder=3)
                ax.plot(row.value, y, ms=7, ls="none", zorder=4, clip_on=False, **look)
        for row in found.alone or ():
            if row.quantity == "assurance":
                ax.plot(row.value, names.index(row.stratum), zorder=5, **ALONE)
        ax.set(xlim=(-0.02, 1.02), ylim=(len(names) - 0.5, -0.5), xlabel="Probability")
        ax.set_yticks(range(len(names)), names)
        ax.grid(color="0.92", lw=0.8)
        ax.set_axisbelow(True)
        labelled = dict(zip(*ax.get_legend_handles_labels()[::-1]))
        figure.legend(
            labelled.values(), labelled.keys(), loc="outside upper center", ncols=2, fontsize=9
        )  # fmt: skip
    return figure, ax
