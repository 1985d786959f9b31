"""ArviZ's figures: a row for each parameter, chains that disagree leave the envelope, data are shown."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from helpers import binary, component, criterion, independent, normal
from xarray import Dataset, DataTree

from trialdesign import analyse
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.sampling.nuts_posterior import NutsPosterior
from trialdesign.analysis.sampling.pymc_backend import Diagnostics
from trialdesign.report.figures.sampling import MOST, chain_diagnostics, posterior_predictive

pytestmark = pytest.mark.properties

COUNTS = (12, 3)  # of 20


@pytest.fixture(autouse=True)
def pyplot():
    """Draw without a screen and close what was drawn."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def design_of(strata: int):
    model = {"treatment": component(independent(normal(0, 2)))}
    return binary(model, 20, None, [criterion("response", 0.5, 0.9)], strata=strata)


def chains(strata: int, apart: float = 0.0, stuck: int | None = None) -> NutsPosterior:
    """Return four chains of 1,000 draws that look sampled; the first lies apart."""
    rng, design = np.random.default_rng(1), design_of(strata)
    values = rng.normal(size=(4, 1000, strata))
    values[0] += apart
    if stuck is not None:
        values[..., stuck] = values[:, :1, stuck] + 0.01 * values[..., stuck]
    dims = ("chain", "draw", "treatment_dim_0")
    numbered = Dataset(coords={"chain": np.arange(4), "draw": np.arange(1000)})
    sampled = DataTree.from_dict({
        "posterior": numbered.assign(
            treatment=(dims, values), treatment_tau=(dims[:2], rng.normal(size=(4, 1000)))
        ),
        "sample_stats": numbered.assign(diverging=(dims[:2], np.zeros((4, 1000), bool))),
    })  # fmt: skip
    return NutsPosterior(
        design=design,
        draws={"treatment": values.reshape(-1, strata)},
        chains=4,
        diagnostics=Diagnostics(1.0, 1e3, 1e3, 0),
        sampler="pymc",
        sampled=sampled,
    )


def reach(ax) -> tuple[float, float]:
    """Return how far a panel's lines go from zero, and how far its envelope does."""
    lines = [np.abs(line.get_ydata()).max() for line in ax.lines]
    (band,) = ax.collections
    return max(lines), np.abs(band.get_paths()[0].vertices[:, 1]).max()


def test_each_parameter_has_a_row_with_four_traces_and_four_ranks():
    figure, axes = chain_diagnostics(chains(2))
    figure.canvas.draw()
    labels = [ax.get_ylabel() for ax in axes[:, 0]]
    assert labels == ["treatment\nSLE", "treatment\nIIM", "treatment\ntau"]
    for trace, ranks in axes:
        assert [len(line.get_xdata()) for line in trace.lines] == [1000] * 4
        assert len(ranks.lines) == 5  # and the line at zero
        assert reach(ranks)[0] < reach(ranks)[1]
    assert [ax.get_xlabel() for ax in axes[-1]] == ["Draw", "Fractional rank"]
    assert not any(ax.get_xlabel() for ax in axes[:-1].ravel())
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["chain 1", "chain 2", "chain 3", "chain 4", "99% envelope"]


def test_a_chain_that_lies_apart_leaves_the_envelope():
    _, axes = chain_diagnostics(chains(1, apart=0.7))
    farthest, envelope = reach(axes[0, 1])
    assert farthest > 1.2 * envelope


def test_of_many_parameters_the_worst_are_drawn():
    _, axes = chain_diagnostics(chains(11, stuck=7))
    assert len(axes) == MOST
    assert axes[0, 0].get_ylabel() == "treatment\nD8"


def test_predictions_stand_beside_what_was_observed():
    design = design_of(2)
    rows = [
        {"stratum": stratum, "n": 20, "responders": r}
        for stratum, r in zip(design.strata, COUNTS, strict=True)
    ]
    result = analyse(design, TrialData.of(design, rows))
    figure, ax = posterior_predictive(result)
    figure.canvas.draw()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["SLE\ntreatment", "IIM\ntreatment"]
    assert ax.get_ylabel() == "Responders"
    points = np.concatenate([np.asarray(each.get_offsets()) for each in ax.collections])
    assert {(0.0, 12.0), (1.0, 3.0)} <= {tuple(map(float, point)) for point in points}
    predicted = result.predictive()["posterior_predictive"]["responders"].sel(stratum="SLE")
    low, high = np.quantile(predicted, [0.025, 0.975])
    ends = {tuple(map(float, line.get_ydata())) for line in ax.lines if line.get_xdata()[0] == 0}
    assert (low, high) in ends
