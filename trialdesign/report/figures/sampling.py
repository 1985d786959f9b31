"""The figures that users of ArviZ look at first: chains, their ranks, and predictions beside the data.

`arviz_plots` draws them into panels of this project's style.  Its versions 0.8 and 1 differ in the
options of ranks; probabilities, kinds of intervals and methods are stated: their defaults have moved.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from trialdesign.analysis.analyse import Analysis
from trialdesign.analysis.sampling.nuts_posterior import NutsPosterior
from trialdesign.report.figures.style import BLUE, GREEN, GREY, ORANGE, VERMILLION, WIDTH, style

if TYPE_CHECKING:
    from xarray import Dataset, DataTree

CHAINS = (BLUE, ORANGE, GREEN, VERMILLION)
MOST = 10  # parameters in one figure; of more, those with the least bulk ESS
RANKED = 250  # draws a chain whose ranks are drawn: thinned ones are nearly independent
ENVELOPE = 0.99  # probability with which all ranks of one parameter stay inside
INTERVALS = (0.5, 0.95)  # probabilities of the predictive intervals, equal-tailed


def chain_diagnostics(drawn: NutsPosterior):
    """Draw the trace of each parameter by chain and, beside it, the ranks of its draws.

    Chains that agree have ranks that stay in the grey envelope: the difference between the distribution
    function of a chain's ranks and that of a uniform distribution, of 250 draws per chain.
    Vehtari et al. 2021, doi:10.1214/20-BA1221; Säilynoja, Bürkner & Vehtari 2022,
    doi:10.1007/s11222-022-10090-6.

    Parameters
    ----------
    drawn : NutsPosterior
        With what the sampler returned.

    Returns
    -------
    figure : Figure
    axes : ndarray of Axes, shape (R, 2)
        At most ten rows: components by stratum and what their strata share, the least bulk ESS first
        where there are more.
    """
    from matplotlib import pyplot

    series = worst(_series(drawn))
    names, rows = list(series.data_vars), len(series.data_vars)
    tree = _tree({"posterior": series, "sample_stats": drawn.sampled["sample_stats"].to_dataset()})
    thinned = series.isel(draw=slice(None, None, -(-series.sizes["draw"] // RANKED)))
    with style():
        figure, axes = pyplot.subplots(
            rows,
            2,
            figsize=(WIDTH, 0.7 + 1.15 * rows),
            sharex="col",
            squeeze=False,
            layout="constrained",
        )
        _trace(tree, _placed(series, figure, axes[:, 0]))
        _rank(_tree({"posterior": thinned}), _placed(thinned, figure, axes[:, 1]))
        for name, (left, right) in zip(names, axes, strict=True):
            left.set_ylabel(name, fontsize=8, rotation=0, ha="right", va="center")
            right.axhline(0, color=GREY, lw=0.6, zorder=0)
            for ax in (left, right):
                ax.tick_params(labelsize=7)
        axes[0, 0].set_title("Trace", fontsize=9)
        axes[0, 1].set_title("Ranks: ECDF of each chain - uniform", fontsize=9)
        axes[-1, 0].set_xlabel("Draw", fontsize=8)
        axes[-1, 1].set_xlabel("Fractional rank", fontsize=8)
        lines = [pyplot.Line2D([], [], color=color) for color in CHAINS[: drawn.chains]]
        labels = [f"chain {i + 1}" for i in range(len(lines))]
        lines.append(pyplot.Rectangle((0, 0), 1, 1, color=GREY, alpha=0.25, lw=0))
        labels.append(f"{ENVELOPE:.0%} envelope")
        figure.legend(lines, labels, loc="outside upper center", ncols=5, fontsize=8)
    return figure, axes


def posterior_predictive(result: Analysis, seed: int | None = None):
    """Draw what the posterior predicts in other patients, as many as there were, beside the outcomes.

    Lines are the equal-tailed 50 and 95 % intervals of the posterior predictive distribution, a ring
    its median; a filled point is what was observed.

    Parameters
    ----------
    result : Analysis
        Of an endpoint whose outcomes can be predicted (`EndpointKind.replicate`).
    seed : int, optional
        Of the predictions; that of NUTS, or the design's own, unless stated.
    """
    import arviz_plots
    from matplotlib import pyplot

    tree = result.predictive(seed)
    outcome = result.design.endpoint.results.count
    groups = {}
    for name in ("posterior_predictive", "observed_data"):
        groups[name] = tree[name].to_dataset().stack(group=("stratum", "arm")).reset_index("group")
    observed = groups["observed_data"]
    with style():
        figure, ax = pyplot.subplots(figsize=(WIDTH, 3.6), layout="constrained")
        arviz_plots.plot_ppc_interval(
            _tree(groups), var_names=[outcome],
            point_estimate="median", ci_kind="eti", ci_probs=INTERVALS,
            plot_collection=_placed(groups["posterior_predictive"], figure, [ax], by_chain=False),
            visuals={
                "trunk": {"color": BLUE, "width": 1.5},
                "twig": {"color": BLUE, "width": 5, "alpha": 0.5},
                "prediction_markers": {"edgecolor": BLUE, "facecolor": "none", "size": 90},
                "observed_markers": {"color": VERMILLION, "size": 30, "zorder": 3},
                "xlabel": False, "ylabel": False,
            },
        )  # fmt: skip
        labels = [
            f"{stratum}\n{arm}"
            for stratum, arm in zip(observed["stratum"].values, observed["arm"].values)
        ]
        ax.set_xticks(np.arange(len(labels)), labels, fontsize=8)
        ax.set_xlim(-0.5, len(labels) - 0.5)
        results = result.design.endpoint.results
        months = "" if results.planned else f" in the observed {results.size}"
        ax.set_ylabel(f"{outcome.capitalize()}{months}")
        ax.set_ylim(bottom=min(0, ax.get_ylim()[0]))
        handles = [
            pyplot.Line2D([], [], color=VERMILLION, marker="o", ms=5, ls=""),
            pyplot.Line2D([], [], color=BLUE, marker="o", ms=9, mfc="none", ls=""),
            pyplot.Line2D([], [], color=BLUE, lw=5, alpha=0.5),
            pyplot.Line2D([], [], color=BLUE, lw=1.5),
        ]
        named = ["observed", "predicted: median", *(f"{p:.0%} interval" for p in INTERVALS)]
        figure.legend(handles, named, loc="outside upper center", ncols=4, fontsize=9)
    return figure, ax


def worst(series: Dataset) -> Dataset:
    """Return the parameters themselves, or, of more than ten, those with the least bulk ESS first."""
    import arviz_stats

    if len(series.data_vars) <= MOST:
        return series
    ess = arviz_stats.ess(series, sample_dims=["chain", "draw"], method="bulk")
    return series[sorted(series.data_vars, key=lambda name: float(ess[name]))[:MOST]]


def _series(drawn: NutsPosterior) -> Dataset:
    """Return each component's parameter in each stratum, and the scalars that strata share."""
    sampled, own = drawn.sampled["posterior"].to_dataset(), {}
    for name in drawn.draws:
        for s, stratum in enumerate(drawn.design.strata):
            own[f"{name}\n{stratum}"] = sampled[name][..., s]
    for name, variable in sampled.data_vars.items():
        if variable.ndim == 2 and not name.endswith("__"):
            own[name.replace("_", "\n", 1)] = variable
    plain = {name: (("chain", "draw"), variable.values) for name, variable in own.items()}
    return sampled[["chain", "draw"]].assign(plain)


def _tree(groups: Mapping[str, Dataset]) -> DataTree:
    from xarray import DataTree

    return DataTree.from_dict(dict(groups))


def _placed(data: Dataset, figure, axes, by_chain: bool = True):
    """Return a collection of plots of arviz_plots, each variable in a panel that is there already."""
    from arviz_plots import PlotCollection
    from xarray import DataArray, Dataset, DataTree

    panels = {name: DataArray(np.array(ax, dtype=object)) for name, ax in zip(data.data_vars, axes)}
    place = DataTree.from_dict({
        "/": Dataset({"figure": DataArray(np.array(figure, dtype=object))}), "plot": Dataset(panels),
    })  # fmt: skip
    if not by_chain:
        return PlotCollection(data, place, backend="matplotlib")
    aes = {"color": ["chain"], "overlay": ["chain"]}
    return PlotCollection(data, place, aes=aes, backend="matplotlib", color=list(CHAINS))


def _trace(tree: DataTree, place) -> None:
    import arviz_plots

    quiet = {"title": False, "xlabel": False, "ticklabels": False}
    arviz_plots.plot_trace(
        tree, plot_collection=place,
        visuals={"trace": {"width": 0.3, "alpha": 0.8}, "divergence": {"color": "black"}, **quiet},
    )  # fmt: skip


def _rank(tree: DataTree, place) -> None:
    import arviz_plots

    known = inspect.signature(arviz_plots.plot_rank).parameters
    new = {"envelope_prob": ENVELOPE, "method": "envelope", "thin": False}
    options = new if "envelope_prob" in known else {"ci_prob": ENVELOPE}
    arviz_plots.plot_rank(
        tree, plot_collection=place, **options,
        visuals={
            "title": False, "xlabel": False, "remove_axis": False,
            "credible_interval": {"color": GREY, "alpha": 0.25}, "ecdf_lines": {"width": 1.0},
        },
    )  # fmt: skip
