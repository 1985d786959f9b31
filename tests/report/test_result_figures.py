"""Figures of results: labelled axes, legends beside the data, densities that are drawn to their ends."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from helpers import beta, binary, component, criterion, independent, normal
from scipy import stats

from trialdesign.analysis.analyse import analyse
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.report.figures.operating_characteristics import success_by_scenario
from trialdesign.report.figures.posterior import densities_of, estimand_densities
from trialdesign.simulation.operating_characteristics import operating_characteristics

pytestmark = pytest.mark.properties

COUNTS = [20, 12, 0]  # of 20, 20 and 8: one curve ends at 1, one at 0, one at neither
FLAT = component(independent(beta(1, 1)))


@pytest.fixture
def pyplot():
    """Return pyplot without a screen, closing what was drawn."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


@pytest.fixture(scope="module")
def single():
    design = binary({"treatment": FLAT}, [20, 20, 8], None, [criterion("response", 0.6, 0.9)])
    rows = [
        {"stratum": stratum, "n": n, "responders": r}
        for stratum, n, r in zip(design.strata, design.arms["treatment"].sizes, COUNTS)
    ]
    return analyse(design, TrialData.of(design, rows))


@pytest.fixture(scope="module")
def ratio():
    alone = component(independent(normal(-1, 1)))
    model = {"control": alone, "treatment": alone}
    design = binary(model, 20, 15, [criterion("ratio", 1.5), criterion("difference", 0.1)], strata=1)
    rows = [
        {"stratum": "SLE", "arm": arm, "n": n, "responders": r}
        for arm, n, r in (("treatment", 20, 12), ("control", 15, 1))
    ]
    return analyse(design, TrialData.of(design, rows))


@pytest.fixture(scope="module")
def characteristics():
    truths = [(0.2, 0.2), (0.7, 0.2)]
    model = {"control": FLAT, "treatment": FLAT}
    return operating_characteristics(binary(model, 6, 4, scenarios=truths, strata=2))


def test_the_density_of_a_response_is_its_beta(single):
    x, heights = densities_of(single, single.design.estimand(single.design.decision[0]))
    for n, r, height in zip((20, 20, 8), COUNTS, heights):
        exact = stats.beta(1 + r, 1 + n - r)
        np.testing.assert_allclose(height, exact.pdf(x), atol=0.01 * exact.pdf(x).max())


def test_densities_end_where_they_have_come_down_or_where_their_range_does(single, ratio):
    for result in (single, ratio):
        for each in result.design.decision:
            estimand = result.design.estimand(each)
            x, heights = densities_of(result, estimand)
            step, faded = x[1] - x[0], heights[:, [0, -1]].max(axis=0) <= 0.002 * heights.max()
            shown = heights.max(axis=0) > 0.002 * heights.max()
            assert shown.mean() > 0.3, "the drawing is no wider than its curves"
            assert faded[0] or x[0] - step <= estimand.range[0]
            assert faded[1] or x[-1] + step >= estimand.range[1]


def test_each_criterion_and_stratum_has_a_panel_with_its_threshold(pyplot, single, ratio):
    for result in (single, ratio):
        figure, axes = estimand_densities(result)
        figure.canvas.draw()
        cases = [(c, s) for c in result.design.decision for s in result.design.strata]
        for ax, (each, stratum) in zip(axes, cases, strict=True):
            assert ax.get_title(loc="left").startswith(stratum)
            drawn = [list(line.get_xdata()) for line in ax.lines]
            assert ax.get_xlabel() and [each.threshold] * 2 in drawn
            if result.design.estimand(each).range == (0.0, np.inf):
                assert ax.get_xlim() == tuple(ax.lines[0].get_xdata()[[0, -1]])
            shaded = ax.collections[0].get_paths()[0].vertices[:, 0]  # the side that is asked for
            ends = shaded.min(), max(shaded.max(), each.threshold)
            assert ends == (pytest.approx(each.threshold), max(ax.lines[0].get_xdata()))
        assert "density" in axes[0].get_ylabel()


def test_success_is_drawn_where_the_rows_have_it(pyplot, characteristics):
    figure, axes = success_by_scenario(characteristics, characteristics)
    figure.canvas.draw()
    titles = [ax.get_title(loc="left") for ax in axes]
    assert titles == ["SLE", "IIM", "any stratum", "any null: family-wise", "all strata"]
    assert figure.get_supxlabel() == "Probability of success" and not any(ax.get_legend() for ax in axes)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["power", "type I error", "any or all succeed", "without borrowing"]
    drawn = {
        (line.get_label(), int(line.get_ydata()[0])): line.get_xdata()[0]
        for line in axes[0].lines
        if line.get_label() in ("power", "type I error")
    }
    rows = {(row.scenario, row.stratum, row.quantity): row.value for row in characteristics.rows}
    assert drawn == {
        ("type I error", 0): rows["0", "SLE", "type_i_error"], ("power", 1): rows["1", "SLE", "power"],
    }  # fmt: skip
