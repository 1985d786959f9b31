"""The design prior in the ladder of follow-ups: drawn truths, assurance, and its limits."""

import alarm
import numpy as np
import pytest
from helpers import component, evidence, half_normal, hierarchical, independent, normal, pooled
from scipy import stats
from survival_designs import WEAK, hazard_ratio, relapse, survival

from trialdesign.errors import SpecificationError
from trialdesign.simulation.trials.truths import drawn_parameters, truths_drawn
from trialdesign.sizing.follow_up import follow_up_for_width, required_follow_up

pytestmark = pytest.mark.properties

TRUTH = {"control": 0.03, "treatment": 0.012}


def tight(sigma: float) -> dict:
    parts = {arm: normal(np.log(hazard), sigma) for arm, hazard in TRUTH.items()}
    return {arm: component(independent(prior)) for arm, prior in parts.items()}


def values(found, scenario: str, quantity: str) -> dict:
    return {r.stratum: r for r in found.rows if (r.scenario, r.quantity) == (scenario, quantity)}


# Drawn truths


def test_hierarchical_truths_have_the_moments_of_their_prior():
    prior = {"treatment": component(hierarchical(normal(-4.0, 0.6), half_normal(0.5)))}
    design = relapse(10, None, strata=3, design_prior=prior)
    drawn = drawn_parameters(truths_drawn(design), 3, 20_000)["treatment"]
    alarm.mean(drawn.mean(), np.sqrt((0.36 + 0.25 / 3) / 20_000), -4.0)
    covariance = np.cov(drawn.T)
    # tau^2 has mean 0.25 under HalfNormal(0.5); the strata share the variance of the mean
    np.testing.assert_allclose(np.diag(covariance), 0.36 + 0.25, rtol=0.04)
    np.testing.assert_allclose(covariance[np.triu_indices(3, 1)], 0.36, rtol=0.06)


@pytest.mark.parametrize(("sd", "slack"), [(0.02, 0.25), (0.1, 0.02)])
def test_strata_that_hardly_differ_have_truths_that_hardly_differ(sd, slack):
    prior = {"treatment": component(hierarchical(normal(-4.0, 0.6), sd))}
    drawn = drawn_parameters(truths_drawn(relapse(10, None, strata=2, design_prior=prior)), 3, 5000)
    scatter = np.std(drawn["treatment"][:, 0] - drawn["treatment"][:, 1]) / np.sqrt(2)
    assert scatter == pytest.approx(sd, rel=slack)


def test_independent_truths_have_the_distribution_of_their_prior():
    design = relapse(10, 5, design_prior=tight(0.7))
    drawn = drawn_parameters(truths_drawn(design), 3, 10_000)
    for arm, hazard in TRUTH.items():
        assert stats.kstest(drawn[arm][:, 0], stats.norm(np.log(hazard), 0.7).cdf).pvalue > 1e-4


def test_an_effect_is_added_to_the_control():
    prior = {
        "control": component(pooled(normal(-3.5, 0.3))),
        "effect": component(pooled(normal(-1.0, 1e-3))),
    }
    design = relapse(10, 5, model=prior, design_prior=prior, strata=2)
    drawn = drawn_parameters(truths_drawn(design), 3, 2000)
    np.testing.assert_allclose(drawn["treatment"] - drawn["control"], -1.0, atol=0.01)
    np.testing.assert_allclose(drawn["control"][:, 0], drawn["control"][:, 1], atol=1e-9)


# Assurance


@pytest.mark.parametrize("sigma", [1e-3, 0.03])
def test_assurance_tends_to_power_as_the_design_prior_tightens(sigma):
    design = relapse(60, 30, [TRUTH], strata=2, design_prior=tight(sigma))
    found = required_follow_up(design, 0.5, ladder=(6, 18), trials=2000)
    power, assurance = (
        {(r.follow_up, r.stratum): r for r in found.asked if r.scenario == name}
        for name in ("0", "design prior")
    )
    assert power.keys() == assurance.keys()
    for key, row in power.items():
        assert abs(row.value - assurance[key].value) < 4 * np.hypot(row.mcse, assurance[key].mcse) + 0.01


def test_assurance_is_that_of_trials_simulated_by_hand():
    # one arm, a gamma prior that stays a gamma; the truth is log-normal around 0.012
    gamma = {"dist": "Gamma", "alpha": 1.0, "beta": 60.0}
    design = relapse(
        40, None, [{"treatment": 0.012}], model={"treatment": component(independent(gamma))},
        decision=[survival()], design_prior={"treatment": component(independent(normal(-4.4, 0.5)))},
    )  # fmt: skip
    found = required_follow_up(design, 0.5, ladder=(24,), trials=4000)
    rng, n_trials, span = np.random.default_rng(8), 20_000, 40 / 6
    hazard = np.exp(rng.normal(-4.4, 0.5, n_trials))
    event = rng.standard_exponential((n_trials, 40)) / hazard[:, None]
    left = span + 24 - span * rng.random((n_trials, 40))
    d, months = (event <= left).sum(axis=1), np.minimum(event, left).sum(axis=1)
    limit = -np.log(0.7) / 24  # survival above 0.7 is a hazard below this
    success = stats.gamma(1 + d, scale=1 / (60 + months)).cdf(limit) > 0.9
    right = np.exp(-24 * hazard) > 0.7
    wanted = {
        "assurance": success.mean(),
        "probability_effective": right.mean(),
        "power": success[right].mean(),
        "type_i_error": success[~right].mean(),
    }
    for quantity, value in wanted.items():
        row = values(found, "design prior", quantity)["SLE"]
        assert abs(row.value - value) < 4.5 * row.mcse * np.sqrt(1 + 4000 / 20_000), quantity


def test_assurance_is_power_and_error_weighed_by_how_often_each_is_true():
    design = relapse(40, 20, [TRUTH], strata=2, design_prior=tight(0.8))
    found = required_follow_up(design, 0.5, ladder=(12,), trials=1000)
    of = lambda quantity: values(found, "design prior", quantity)["SLE"].value
    share = of("probability_effective")
    assert 0.1 < share < 0.99
    assert of("assurance") == pytest.approx(share * of("power") + (1 - share) * of("type_i_error"))


def test_drawn_truths_have_streams_of_their_own():
    one = relapse(40, 20, [TRUTH], design_prior=tight(0.5))
    two = relapse(40, 20, [TRUTH, {"control": 0.02, "treatment": 0.02}], design_prior=tight(0.5))
    plain = relapse(40, 20, [TRUTH])
    first, second, third = (
        required_follow_up(each, 0.5, ladder=(12,), trials=600) for each in (one, two, plain)
    )
    prior = [[r for r in found.rows if r.scenario == "design prior"] for found in (first, second)]
    assert prior[0] == prior[1] and prior[0]
    assert set(third.rows) <= set(first.rows)


def test_the_ladder_answers_under_the_design_prior():
    design = relapse(60, 30, [TRUTH], design_prior=tight(0.2))
    found = required_follow_up(design, 0.7, "design prior", "SLE", (3, 12, 24, 36), trials=800)
    own = [r for r in found.asked if (r.scenario, r.stratum) == ("design prior", "SLE")]
    curve = {r.follow_up: r.value for r in own}
    later = [months for months in curve if all(curve[m] >= 0.7 for m in curve if m >= months)]
    assert found.answer == min(later)


def test_widths_are_averaged_over_the_design_prior_too():
    prior = {"treatment": component(independent(normal(np.log(0.012), 1e-3)))}
    design = relapse(40, None, [{"treatment": 0.012}], decision=[survival()], design_prior=prior)
    rows = follow_up_for_width(design, 0.2, ladder=(24,), trials=1000).rows
    width = {r.scenario: r for r in rows if r.stratum == "SLE"}
    assert abs(width["0"].value - width["design prior"].value) < 5 * width["0"].mcse


# What must be refused


def test_a_design_prior_is_checked_as_strictly_as_the_model():
    wrong = {
        "control": component(independent({"SLE": normal(-4, 1)})),
        "treatment": component(
            independent({"dist": "Beta", "alpha": 1.0, "beta": 1.0}), evidence([("SLE", 8, 8)])
        ),
    }
    with pytest.raises(SpecificationError) as error:
        relapse(20, 10, [TRUTH], strata=2, design_prior=wrong)
    paths = [problem.path for problem in error.value.problems]
    assert all(path[0] == "design_prior" for path in paths)
    text = str(error.value)
    for words in ("IIM is missing", "a prior on a probability", "evidence must be on a time_to_event"):
        assert words in text


def test_a_design_prior_has_the_arms_of_the_trial():
    with pytest.raises(SpecificationError, match="`design_prior` must have `control`"):
        relapse(20, 10, [TRUTH], design_prior={"treatment": component(WEAK)})
    with pytest.raises(SpecificationError, match="`design_prior` must leave out `control`"):
        relapse(20, None, design_prior=tight(1.0), decision=[survival()])


def test_a_scenario_may_not_bear_the_name_of_the_prior():
    with pytest.raises(SpecificationError, match="must not be that of the results under `design_prior`"):
        relapse(20, 10, scenarios=[TRUTH | {"name": "design prior"}], design_prior=tight(1.0))


def test_composites_are_not_drawn_and_that_is_said():
    losses = {"months": 1.5, "manufacturing_failure": 0.1, "counted": "event"}
    design = relapse(
        40, 20, [TRUTH], design_prior=tight(0.2), before_infusion=losses, decision=[hazard_ratio()]
    )
    found = required_follow_up(design, 0.5, ladder=(12,), trials=300)
    assert {r.scenario for r in found.rows} == {"0"}
    assert any("no answer under `design_prior`" in text for text in found.warnings)
