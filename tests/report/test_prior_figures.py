"""Figures of priors: labelled axes, colours that everyone can tell apart, one panel a stratum."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import beta, binary, component, criterion, evidence, independent, normal
from survival_designs import relapse

from trialdesign.priors.conflict.against_published import confront
from trialdesign.priors.conflict.predictive import planned
from trialdesign.priors.conflict.sweet_spot import drift_curve
from trialdesign.priors.published import published_results
from trialdesign.priors.summary import priors_of
from trialdesign.report.figures.conflict import drift, predictive, vague_weights
from trialdesign.report.figures.priors import densities, ess_by_weight, forest
from trialdesign.report.figures.style import ACROSS, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION

pytestmark = [pytest.mark.properties, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
OKABE_ITO = {BLUE, SKY, ORANGE, GREEN, VERMILLION, PURPLE, GREY, "black", "0.8"}
ROWS = [("SLE", 8, 8), ("IIM", 3, 2), ("SSc", 4, 1), ("D4", 5, 3)]


@pytest.fixture(scope="module")
def drawn():
    """Return every figure of a design with four strata."""
    import matplotlib

    matplotlib.use("Agg")
    discount = {"kind": "robust", "weight": 0.2, "vague": beta(1.0, 1.0)}
    model = {"treatment": component(independent(beta(1.0, 1.0)), evidence(ROWS, discount))}
    design = binary(model, 10, None, [criterion("response", 0.5, 0.9)], strata=4)
    priors = priors_of(design)
    expected = [planned(design, prior) for prior in priors]
    uses = design.model.treatment.evidence
    found = confront(design, priors, uses[0].source)
    sizes = {prior.stratum: {"elir": np.linspace(9, 1, 3), "moment": np.ones(3)} for prior in priors}
    curves = [drift_curve(each) for each in expected]
    figures = {
        "forest": forest(design, priors, published_results(design, uses)),
        "densities": densities(design, priors),
        "ess_by_weight": ess_by_weight(
            np.linspace(0, 1, 3), sizes, "patients", {prior.stratum: 0.2 for prior in priors}
        ),
        "predictive": predictive(design, expected, found),
        "vague_weights": vague_weights(design, expected),
        "drift": drift(curves),
        "drift of one": drift(curves[:1]),
    }
    yield figures
    from matplotlib import pyplot

    pyplot.close("all")


NAMES = ["forest", "densities", "ess_by_weight", "predictive", "vague_weights", "drift"]


@pytest.mark.parametrize("name", NAMES)
def test_both_directions_are_labelled(drawn, name):
    figure, axes = drawn[name]
    assert figure.get_supxlabel() or all(ax.get_xlabel() for ax in axes)
    assert axes[0].get_ylabel() or [label.get_text() for label in axes[0].get_yticklabels()]


@pytest.mark.parametrize("name", ["densities", "ess_by_weight", "predictive", "drift"])
def test_there_is_a_panel_a_stratum_in_rows_of_three(drawn, name):
    figure, axes = drawn[name]
    assert [ax.get_title(loc="left") for ax in axes] == ["SLE", "IIM", "SSc", "D4"]
    assert len(figure.axes) == 2 * ACROSS
    assert not figure.axes[-1].axison


@pytest.mark.parametrize("name", NAMES)
def test_colours_can_be_told_apart(drawn, name):
    used = {line.get_color() for ax in drawn[name][1] for line in ax.get_lines()}
    assert used - {"0.9"} <= OKABE_ITO


def test_narrow_panels_have_three_ticks_and_a_wide_one_has_six(drawn):
    """Of several panels beside each other the labels would overlap."""
    for ax in drawn["drift"][1]:
        assert list(ax.get_xticks()) == [0, 0.5, 1]
    (ax,) = drawn["drift of one"][1]
    assert np.allclose(ax.get_xticks(), [0, 0.2, 0.4, 0.6, 0.8, 1])


def test_lines_of_strata_differ_in_more_than_colour(drawn):
    _, (ax,) = drawn["vague_weights"]
    looks = [(line.get_linestyle(), line.get_marker()) for line in ax.get_lines()[:4]]
    assert len(set(looks)) == 4


def test_published_results_stand_above_their_priors(drawn):
    _, (ax,) = drawn["forest"]
    labels = [label.get_text() for label in ax.get_yticklabels()][::-1]
    assert labels[:3] == ["SLE: past (8 of 8)", "SLE: informative prior", "SLE: analysis prior"]


def test_the_weight_of_the_design_is_marked(drawn):
    figure, axes = drawn["ess_by_weight"]
    for ax in axes:
        marked = [line for line in ax.get_lines() if line.get_label() == "this design"]
        assert [list(line.get_xdata()) for line in marked] == [[0.2, 0.2]]
    assert "this design" in [text.get_text() for text in figure.legends[0].get_texts()]


HEAVY = {"dist": "StudentT", "nu": 3.0, "mu": -3.0, "sigma": 0.5}


@pytest.mark.parametrize("prior", [normal(-3.0, 1.5), HEAVY])
def test_densities_of_hazards_are_drawn_until_they_have_come_down(prior):
    source = {
        "name": "past", "citation": "made up for a test", "arm": "treatment", "grade": "B",
        "endpoint": {"kind": "time_to_event", "name": "relapse"},
        "data": [{"stratum": "SLE", "events": 3, "exposure": 300.0}],
    }  # fmt: skip
    used = {"source": source, "discount": {"kind": "full"}}
    design = relapse(20, model={"treatment": component(independent(prior), used)}, strata=2)
    for ax in densities(design, priors_of(design))[1]:
        for line in ax.get_lines():
            height = line.get_ydata()
            assert max(height[0], height[-1]) < 0.005 * height.max()


def test_densities_of_proportions_are_drawn_over_all_of_them(drawn):
    for ax in drawn["densities"][1]:
        assert ax.get_xlim() == (0, 1)
        for line in ax.get_lines():
            assert line.get_xdata()[0] < 0.001 and line.get_xdata()[-1] > 0.999
