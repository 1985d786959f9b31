"""What figures share: colours, style and panels.

Colours are those of Okabe & Ito, which colour-blind readers can tell apart; lines differ in dashes or
markers as well, for print in grey.  Matplotlib is imported when a figure is drawn.
"""

from __future__ import annotations

from trialdesign.design.design import Design
from trialdesign.priors.summary import Prior

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
ACROSS = 3  # panels side by side


def style():
    """Return a context in which figures look alike."""
    import matplotlib
    from matplotlib import pyplot

    pyplot.draw_if_interactive()  # a notebook's backend is set now, lest leaving the context undo it
    return matplotlib.rc_context(STYLE)


def subplots(panels: int, height: float, sharey: bool = False, across: int = ACROSS):
    """Return a figure and a vector of panels, some side by side, ``height`` inches a row."""
    from matplotlib import pyplot

    columns, rows = min(panels, across), -(-panels // across)
    figure, grid = pyplot.subplots(
        rows,
        columns,
        figsize=(WIDTH, rows * height),
        sharey=sharey,
        layout="constrained",
        squeeze=False,
    )
    axes = grid.ravel()
    for spare in axes[panels:]:
        spare.set_axis_off()
    return figure, axes[:panels]


def mark_logarithms(ax, panels: int) -> None:
    """Give an axis of positive numbers a logarithmic scale, with few ticks where panels are many.

    What is to be seen is drawn before: an axis of less than two decades has ticks within a decade.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    ax.set_xscale("log")
    left, right = ax.get_xlim()
    steps = (1.0, 2.0, 5.0) if right < 100 * left else (1.0,)
    ax.xaxis.set_major_locator(LogLocator(subs=steps, numticks=6 if panels == 1 else 4))
    ax.xaxis.set_major_formatter(lambda x, position: f"{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())


def unit_of(design: Design, prior: Prior) -> str:
    """Return the label of an axis of the natural scale."""
    scale = design.endpoint.scale
    return scale.effect_axis_label if prior.component == "effect" else scale.axis_label
