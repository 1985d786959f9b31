"""Each arm on its natural scale: closed forms, numerical integration, and the criteria's own rows."""

from __future__ import annotations

import numpy as np
import pytest
from checks.families import FAMILIES, design, months
from helpers import beta, binary, component, criterion, independent, normal
from scipy import special, stats
from survival_designs import relapse, survival

from trialdesign.analysis.analyse import analyse
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.probability.tails.quantiles import LEVELS

pytestmark = pytest.mark.reference

PRIOR = {"treatment": (4, 2), "control": (1, 3)}
COUNTS = {"treatment": (20, 12), "control": (15, 0)}


def test_arms_with_beta_priors_have_beta_posteriors():
    model = {arm: component(independent(beta(*shapes))) for arm, shapes in PRIOR.items()}
    made = binary(model, 20, 15, [criterion("difference", 0.2)], strata=1)
    found = analyse(made, responders(made, COUNTS)).arms
    assert [(row["arm"], row["estimand"]) for row in found] == [
        ("treatment", "response"), ("control", "response"),
    ]  # fmt: skip
    for row in found:
        (n, r), (a, b) = COUNTS[row["arm"]], PRIOR[row["arm"]]
        exact = stats.beta(a + r, b + n - r)
        assert row["mean"] == pytest.approx(exact.mean(), abs=1e-5)
        assert row["sd"] == pytest.approx(exact.std(), abs=1e-5)
        for name, level in LEVELS.items():
            assert exact.cdf(row[name]) == pytest.approx(level, abs=1e-5)


def test_arms_of_a_contrast_model_are_its_double_integral():
    model = {"control": component(independent(normal(-1, 1))),
             "effect": component(independent(normal(0.3, 0.8)))}  # fmt: skip
    made = binary(model, 20, 15, [criterion("difference", 0.2)], strata=1)
    found = {row["arm"]: row for row in analyse(made, responders(made, COUNTS)).arms}
    h, g = np.linspace(-9, 6, 1501)[:, None], np.linspace(-6, 7, 1301)
    log = stats.norm.logpdf(h, -1, 1) + stats.norm.logpdf(g, 0.3, 0.8)
    for at, (n, r) in ((h, COUNTS["control"]), (h + g, COUNTS["treatment"])):
        log = log + r * special.log_expit(at) + (n - r) * special.log_expit(-at)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    for arm, at in (("control", h + 0 * g), ("treatment", h + g)):
        rate = special.expit(at)
        mean = (mass * rate).sum()
        assert found[arm]["mean"] == pytest.approx(mean, abs=1e-5)
        assert found[arm]["sd"] == pytest.approx(np.sqrt((mass * (rate - mean) ** 2).sum()), abs=1e-5)
        for name, level in LEVELS.items():  # the mesh is 0.01 wide
            assert mass[rate <= found[arm][name]].sum() == pytest.approx(level, abs=5e-3)


def test_survival_of_an_exponential_arm_is_told_at_the_month_of_the_criterion():
    model = {"treatment": component(independent({"dist": "Gamma", "alpha": 2, "beta": 40}))}
    made = relapse(30, model=model, decision=[survival(24, 0.5)])
    rows = [{"stratum": "SLE", "events": 6, "exposure": 300.0}]
    (row,) = analyse(made, TrialData.of(made, rows)).arms
    exact = stats.gamma(2 + 6, scale=1 / (40 + 300))
    assert row["estimand"] == "survival(24)"
    assert row["mean"] == pytest.approx((340 / (340 + 24)) ** 8, abs=1e-5)
    for name, level in LEVELS.items():
        assert exact.sf(-np.log(row[name]) / 24) == pytest.approx(level, abs=1e-5)


@pytest.mark.parametrize("at", [12.0, 24.0])
def test_survival_of_an_arm_with_a_shape_is_that_of_its_criterion(at):
    made = design(FAMILIES["weibull"], decision=[survival(at, 0.3)])
    result = analyse(made, patients(made))
    (arm,) = result.arms
    (own,) = [row for row in result.posterior if row["estimand"] == arm["estimand"]]
    assert arm["estimand"] == f"survival({at:g})"
    assert {key: own[key] for key in LEVELS} == {key: arm[key] for key in LEVELS}


def test_arms_with_the_same_shape_prior_and_data_have_the_same_survival():
    made = design(FAMILIES["weibull"], "arm-wise")
    treatment, control = analyse(made, patients(made)).arms
    assert (treatment["estimand"], control["estimand"]) == ("survival(12)", "survival(12)")
    for key in ("mean", "sd", *LEVELS):
        assert treatment[key] == pytest.approx(control[key], abs=1e-4)


@pytest.mark.slow
def test_arms_agree_with_draws_by_nuts():
    model = {"control": component(independent(normal(-1, 1))),
             "effect": component(independent(normal(0.3, 0.8)))}  # fmt: skip
    made = binary(model, 20, 15, [criterion("difference", 0.2)], strata=1)
    grid, nuts = (analyse(made, responders(made, COUNTS), engine, seed=3).arms
                  for engine in ("quadrature", "nuts"))  # fmt: skip
    for ours, theirs in zip(grid, nuts, strict=True):
        assert ours["mean"] == pytest.approx(theirs["mean"], abs=5 * ours["sd"] / np.sqrt(2000))


def responders(made, counts) -> TrialData:
    """Return data of one stratum from (n, responders) of each arm."""
    rows = [{"stratum": "SLE", "arm": arm, "n": n, "responders": r} for arm, (n, r) in counts.items()]
    return TrialData.of(made, rows)


def patients(made) -> TrialData:
    """Return the same 30 patients in each arm."""
    time, event = months(7)
    rows = [
        {"stratum": "SLE", "arm": arm, "time": t, "event": int(e)}
        for arm in made.arms
        for t, e in zip(time, event)
    ]
    return TrialData.of(made, rows)
