"""Survival bands against the conjugate posterior, and the figures that show them."""

import matplotlib
import numpy as np
import pytest
from helpers import component, independent, normal
from scipy import stats
from survival_designs import relapse, survival

from trialdesign.analysis.data.running_trial import Interim
from trialdesign.report.figures.survival import event_timeline, predicted_survival, success_by_follow_up
from trialdesign.sizing.follow_up import required_follow_up
from trialdesign.timeline.forecast import forecast_events
from trialdesign.timeline.survival_bands import LEVELS, survival_bands

pytestmark = pytest.mark.properties

GAMMA = {"kind": "independent", "prior": {"dist": "Gamma", "alpha": 3, "beta": 120}}
MONTHS = np.array([0.0, 6.0, 24.0, 48.0])


def single_arm(**more):
    model = {"treatment": component(GAMMA)}
    return relapse(30, None, [{"treatment": 0.02}], model=model, decision=[survival()], **more)


def seen(events: int, exposure: float) -> Interim:
    arm = lambda value: {"treatment": np.array([value])}
    return Interim(8.0, arm(30), arm(30 - events), arm(events), arm(exposure))


@pytest.mark.parametrize("known", [None, seen(4, 150.0)], ids=["prior", "posterior"])
def test_bands_are_quantiles_of_the_conjugate_distribution(known):
    (band,) = survival_bands(single_arm(), MONTHS, known)
    events, exposure = (0, 0.0) if known is None else (4, 150.0)
    hazards = stats.gamma(3 + events, scale=1 / (120 + exposure)).ppf(1 - np.array(LEVELS))
    np.testing.assert_allclose(band.survival, np.exp(-np.multiply.outer(MONTHS, hazards)), atol=2e-5)


def test_bands_fall_and_do_not_cross():
    (band,) = survival_bands(single_arm(), np.linspace(0, 60, 61))
    assert (np.diff(band.survival, axis=0) <= 0).all() and (np.diff(band.survival, axis=1) >= 0).all()


CONTRAST = {
    "control": component(independent(normal(-3.5, 0.6))),
    "effect": component(independent(normal(-0.8, 0.5))),
}


def test_a_sum_of_normals_has_the_bands_of_a_normal():
    control, treatment = survival_bands(relapse(30, 30, model=CONTRAST), MONTHS)
    for band, mean, sd in ((control, -3.5, 0.6), (treatment, -4.3, np.hypot(0.6, 0.5))):
        hazards = np.exp(stats.norm(mean, sd).ppf(1 - np.array(LEVELS)))
        np.testing.assert_allclose(band.survival, np.exp(-np.multiply.outer(MONTHS, hazards)), atol=2e-5)


def test_bands_of_a_contrast_after_data_are_those_of_its_joint_posterior():
    known = Interim(
        12.0, *({"control": np.array([c]), "treatment": np.array([t])} for c, t in (
            (30, 30), (20, 25), (8, 3), (200.0, 240.0)
        ))
    )  # fmt: skip
    treatment = survival_bands(relapse(30, 30, model=CONTRAST), MONTHS, known)[1]
    h = np.linspace(-7.0, -0.5, 1301)  # the control's log hazard; x is the treatment arm's own
    x = np.linspace(-9.0, -0.5, 1701)
    log = stats.norm(-3.5, 0.6).logpdf(h) + 8 * h - 200 * np.exp(h)
    log = log[:, None] + stats.norm(-0.8, 0.5).logpdf(x - h[:, None]) + 3 * x - 240 * np.exp(x)
    below = np.cumsum(np.exp(log - log.max()).sum(axis=0))
    middle = (below - np.diff(below, prepend=0) / 2) / below[-1]
    hazards = np.exp(np.interp(1 - np.array(LEVELS), middle, x))
    want = np.exp(-np.multiply.outer(MONTHS, hazards))
    np.testing.assert_allclose(treatment.survival, want, atol=1e-4)


@pytest.fixture
def pyplot():
    """Return pyplot without a screen, closing what was drawn."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def labelled(figure, axes) -> None:
    """Assert that a figure can be drawn and says what its axes show."""
    figure.canvas.draw()
    across, up = figure.get_supxlabel(), figure.get_supylabel() or axes[0].get_ylabel()
    assert "onths" in across and up and figure.legends


def test_figures_name_their_axes_and_units(pyplot):
    design = single_arm()
    labelled(*predicted_survival(design, "0", seen(4, 150.0)))
    labelled(*event_timeline(forecast_events(design)))
    labelled(*success_by_follow_up(required_follow_up(design, 0.5, trials=100, ladder=(6, 12))))


def test_the_assumed_truth_is_the_one_that_was_asked_for(pyplot):
    design = single_arm()
    scenario = design.scenarios[-1]
    _, axes = predicted_survival(design, scenario.name)
    curves = design.truths(scenario, "treatment")
    for ax, curve in zip(axes, curves):
        (drawn,) = [line for line in ax.lines if line.get_label().startswith("assumed")]
        assert drawn.get_label() == f"assumed: {scenario.name}"
        np.testing.assert_allclose(drawn.get_ydata(), curve.survival(drawn.get_xdata()), atol=1e-12)
