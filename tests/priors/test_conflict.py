"""Conflict, drift, tipping points: closed forms, brute force and the shipped evidence.

Here, too, are tested: trialdesign.priors.conflict.prior_conflict, trialdesign.priors.vagueness,
trialdesign.probability.intervals.
"""

import numpy as np
import pytest
from helpers import (
    DESIGNS,
    beta,
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    hierarchical,
    independent,
    normal,
    parse,
    posterior,
)
from scipy import optimize, special, stats

from trialdesign import load_design, load_evidence
from trialdesign.errors import SpecificationError
from trialdesign.priors.conflict.adaptive_weights import (
    adaptive_curve,
    empirical_bayes_weights,
    self_adapting_weights,
)
from trialdesign.priors.conflict.against_published import confront
from trialdesign.priors.conflict.predictive import planned, predict
from trialdesign.priors.conflict.sweet_spot import DriftCurve, drift_curve
from trialdesign.priors.conflict.tipping import tipping_curves, with_robust_weight
from trialdesign.priors.published import published_results
from trialdesign.priors.summary import priors_of

pytestmark = pytest.mark.reference

NATURAL = [criterion("response", 0.5, 0.9)]


def design_of(strata, *used, size=12, n_strata=1):
    return binary({"treatment": component(strata, *used)}, size, None, NATURAL, strata=n_strata)


def robust(weight=0.2, rows=(("SLE", 20, 4),), vague=None):
    """Beta(1, 1), updated by 4 of 20 to Beta(5, 17), robust with Beta(1, 1): all in closed form."""
    vague = vague or beta(1.0, 1.0)
    used = evidence(rows, {"kind": "robust", "weight": weight, "vague": vague})
    return design_of(independent(beta(1.0, 1.0)), used)


def beta_binomial(alpha, beta, n):
    y = np.arange(n + 1)
    choose = -special.betaln(y + 1, n - y + 1) - np.log(n + 1)
    return np.exp(choose + special.betaln(alpha + y, beta + n - y) - special.betaln(alpha, beta))


def expected(design, stratum=0):
    return planned(design, priors_of(design)[stratum])


def test_a_uniform_prior_expects_every_count_alike():
    own = expected(design_of(independent(beta(1.0, 1.0))))
    assert own.probability == pytest.approx(1 / 13, abs=1e-10)
    assert own.box_p_values() == pytest.approx(1)
    assert own.mean() == pytest.approx(6)


def test_the_predictive_distribution_is_beta_binomial():
    own = expected(robust())
    informative, vague = beta_binomial(5, 17, 12), beta_binomial(1, 1, 12)
    assert own.probability == pytest.approx(0.8 * informative + 0.2 * vague, abs=1e-9)
    assert own.under(own.prior.informative) == pytest.approx(informative, abs=1e-9)


def test_boxs_p_value_is_the_probability_of_what_is_no_more_likely():
    own = expected(robust())
    for p_values, m in (
        (own.box_p_values(), own.probability),
        (own.conflict(), own.under(own.prior.informative)),
    ):
        for y in own.count:
            assert p_values[y] == pytest.approx(m[m <= m[y] * (1 + 1e-9)].sum(), abs=1e-12)


def test_the_vague_component_gains_weight_by_the_marginal_likelihoods():
    own = expected(robust())
    informative, vague = 0.8 * beta_binomial(5, 17, 12), 0.2 * beta_binomial(1, 1, 12)
    assert own.vague_weights() == pytest.approx(vague / (vague + informative), abs=1e-8)


def test_without_a_vague_component_there_is_no_weight():
    assert expected(design_of(independent(beta(1.0, 1.0)))).vague_weights() is None


def test_the_shipped_evidence_conflicts_with_the_cohort():
    """8 of 8, then 12 of 15, then 45 of 64: each further from what the cohort expects."""
    design = load_design(DESIGNS / "trusting.yaml")
    priors = priors_of(design, "treatment")
    (early,) = confront(design, priors, load_evidence("feng-2025-doris"))
    (review,) = confront(design, priors, load_evidence("sr-2025-doris"))
    assert (early.size, early.count, review.size, review.count) == (15, 12, 64, 45)
    assert 0.05 < early.conflict < 0.15
    assert review.conflict < 0.01
    assert 0.2 < early.vague_weight < review.vague_weight < 0.9
    assert early.lower + early.upper == pytest.approx(1 + early.probability)


@pytest.mark.slow
def test_the_published_relapse_conflicts_with_none_in_the_cohort():
    design = load_design("cart-durability")
    (found,) = confront(design, priors_of(design, "treatment"), load_evidence("iim-jo1-relapse-2025"))
    assert (found.size, found.count) == (9, 1)
    assert found.conflict < 0.05
    assert found.vague_weight > 0.7
    assert found.lower == pytest.approx(1, abs=0.1)


def time_to_event(prior, distribution="exponential", *used):
    """One arm, one stratum, 30 patients."""
    return parse(
        {
            "title": "a test",
            "strata": ["SLE"],
            "endpoint": {"kind": "time_to_event", "distribution": distribution},
            "sample_size": {"treatment": 30},
            "accrual": {"rate": 5},
            "follow_up": 12,
            "model": {"treatment": component(independent(prior), *used)},
            "decision": [{"estimand": "hazard", "less_than": 0.1, "probability": 0.9}],
        }
    )


def test_events_at_a_changing_hazard_have_no_predictive_distribution():
    design = time_to_event(normal(-3.0, 1.0), "weibull")
    with pytest.raises(SpecificationError, match="constant hazard; got a time_to_event endpoint with"):
        predict(design, priors_of(design)[0], 40.0)


def test_published_events_are_told_whatever_the_family():
    row = {"stratum": "SLE", "study": "past", "n": 10, "events": 3, "exposure": 90}
    source = {
        "name": "past",
        "citation": "made up for a test",
        "endpoint": {"kind": "time_to_event", "name": "flare"},
        "arm": "treatment",
        "grade": "B",
        "data": [row],
    }
    for family in ("exponential", "weibull"):
        design = time_to_event(
            normal(-3.0, 1.0), family, {"source": source, "discount": {"kind": "full"}}
        )
        (found,) = published_results(design, design.model.treatment.evidence)
        assert (found.told, found.estimate) == ("3 in 90 months", pytest.approx(3 / 90))


def test_counts_of_events_are_predicted_as_a_gamma_prior_does():
    """Poisson counts under a Gamma prior are negative binomial."""
    design = time_to_event({"dist": "Gamma", "alpha": 3.0, "beta": 60.0})
    own = predict(design, priors_of(design)[0], 40.0)
    y, p = own.count[:20], 60 / 100
    log = special.gammaln(3 + y) - special.gammaln(3) - special.gammaln(y + 1)
    assert own.probability[:20] == pytest.approx(np.exp(log) * p**3 * (1 - p) ** y, abs=1e-9)
    assert own.probability.sum() == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("iim-jo1-relapse-2025", "must be on a binary endpoint"),
        ("doris-placebo", "on an arm and stratum"),
    ],
)
def test_a_result_of_another_endpoint_or_arm_is_refused(source, reason):
    design = load_design("cart-three-diseases")
    with pytest.raises(SpecificationError, match=reason):
        confront(design, priors_of(design, "treatment"), load_evidence(source))


@pytest.mark.parametrize(("size", "reason"), [(0, "1 patient or more"), (30_000, "at most")])
def test_a_size_without_a_predictive_distribution_is_refused(size, reason):
    design = robust()
    with pytest.raises(SpecificationError, match=reason):
        predict(design, priors_of(design)[0], size)


def test_an_effect_has_no_predictive_distribution():
    model = {
        "control": component(independent(normal(-1.0, 1.0))),
        "effect": component(independent(normal(0.5, 0.5))),
    }
    design = binary(model, 20, 20, strata=1)
    with pytest.raises(SpecificationError, match="counts in one arm; got an effect"):
        planned(design, priors_of(design, "effect")[0])


def test_errors_over_the_truth_are_those_of_every_outcome():
    own = expected(robust())
    curve = drift_curve(own)
    y, at = np.arange(13), 120
    truth = curve.truth[at]
    informative, vague = 0.8 * beta_binomial(5, 17, 12), 0.2 * beta_binomial(1, 1, 12)
    mean = (informative * (5 + y) / 34 + vague * (1 + y) / 14) / (informative + vague)
    probability = special.comb(12, y) * truth**y * (1 - truth) ** (12 - y)
    assert curve.borrowing[at] == pytest.approx(np.sqrt(probability @ (mean - truth) ** 2), abs=1e-9)
    alone = (1 + y) / 14
    assert curve.alone[at] == pytest.approx(np.sqrt(probability @ (alone - truth) ** 2), abs=1e-9)
    assert curve.centre == pytest.approx(5 / 22)


def test_borrowing_helps_between_the_ends_of_the_sweet_spot():
    curve = drift_curve(expected(robust()))
    low, high = curve.sweet_spot()
    assert low < curve.centre < high < 0.6
    inside = (curve.truth > low) & (curve.truth < high)
    assert (curve.borrowing < curve.alone)[inside].all()
    beyond = (curve.truth > high + 0.01) & (curve.truth < high + 0.1)
    assert (curve.borrowing > curve.alone)[beyond].all()


def test_a_prior_without_evidence_has_no_sweet_spot():
    with pytest.raises(SpecificationError, match="prior with evidence"):
        drift_curve(expected(design_of(independent(beta(1.0, 1.0)))))


def test_self_adapting_weights_are_likelihood_ratios():
    own = expected(robust())
    weights, y, centre = self_adapting_weights(own, 0.15), 4, 5 / 22

    def likelihood(p):
        return p**y * (1 - p) ** (12 - y)

    ratio = likelihood(centre) / max(likelihood(centre - 0.15), likelihood(centre + 0.15))
    assert weights[y] == pytest.approx(ratio / (1 + ratio), rel=1e-9)
    assert weights[12] < 0.01 < 0.5 < weights[3]


def test_empirical_bayes_weights_are_all_or_nothing():
    own = expected(robust())
    weights = empirical_bayes_weights(own)
    assert weights.tolist() == (beta_binomial(5, 17, 12) >= 1 / 13).astype(float).tolist()


def test_an_adaptive_weight_that_is_constant_is_a_robust_prior():
    own = expected(robust())
    adaptive = adaptive_curve(own, np.full(13, 0.8))
    assert adaptive.borrowing == pytest.approx(drift_curve(own).borrowing, abs=1e-9)


@pytest.mark.parametrize(("margin", "reason"), [(0.0, "between 0 and 1"), (0.9, "Lower it")])
def test_a_margin_that_leaves_no_rate_is_refused(margin, reason):
    with pytest.raises(SpecificationError, match=reason):
        self_adapting_weights(expected(robust()), margin)


def coupled(weight):
    used = evidence(
        [("SLE", 8, 8), ("IIM", 3, 3)], {"kind": "robust", "weight": weight, "vague": normal(0.0, 2.0)}
    )
    return design_of(hierarchical(normal(0.0, 2.0), half_normal(1.0)), used, n_strata=2)


@pytest.mark.slow
def test_the_decision_over_the_weight_is_that_of_the_whole_analysis():
    from helpers import outcomes

    design, responders = coupled(0.2), (6, 9)
    curves = tipping_curves(design, "treatment", outcomes(design, responders))
    for i in (0, 3, 10):
        weight = float(curves[0].weight[i])
        whole = posterior(with_robust_weight(design, "treatment", weight), responders)
        for s, curve in enumerate(curves):
            assert curve.probability[i, 0] == pytest.approx(whole.probability(s), abs=2e-5)


@pytest.mark.slow
def test_the_decision_changes_at_the_tipping_point():
    from helpers import outcomes

    design, responders = coupled(0.2), (7, 8)
    curves = tipping_curves(design, "treatment", outcomes(design, responders))
    tipped = [(s, at) for s, curve in enumerate(curves) for at in curve.tips_at]
    assert tipped, "the data must tip one decision"
    for s, at in tipped:
        sides = [
            posterior(with_robust_weight(design, "treatment", w), responders).probability(s)
            for w in (at - 0.01, at + 0.01)
        ]
        assert (sides[0] > 0.9) != (sides[1] > 0.9)


def test_a_design_without_a_vague_component_has_no_tipping_point():
    design = design_of(independent(beta(1.0, 1.0)), evidence([("SLE", 8, 8)]))
    with pytest.raises(SpecificationError, match="must have a vague component"):
        with_robust_weight(design, "treatment", 0.5)


@pytest.mark.parametrize(
    ("gains", "spot"),
    [
        ([-1, -1, 3, 1, -3], (0.3125, 0.8125)),  # between the points, where the lines cross zero
        ([1, 2, 3, 1, 0], (0.0, 1.0)),
        ([2, 1, 1, 1, 1], (0.0, 1.0)),
        ([1, 1, 0, 1, 1], None),
        ([1, 1, -1, 1, 1], None),
    ],
)
def test_the_sweet_spot_ends_where_the_errors_cross(gains, spot):
    alone = np.full(5, 4.0)
    curve = DriftCurve(None, 0.55, np.linspace(0, 1, 5), alone - np.array(gains), alone)
    assert curve.sweet_spot() == (spot and pytest.approx(spot, abs=1e-12))


def test_the_tipping_point_of_a_beta_prior_is_that_of_its_closed_form():
    """Of 10 patients 3 respond, after 8 of 8: Beta posteriors, weighted by beta-binomial predictions.

    The grid's probabilities agree to 1e-5, and so the weight at which one is the threshold.
    """
    from helpers import outcomes

    used = evidence([("SLE", 8, 8)], {"kind": "robust", "weight": 0.3, "vague": beta(1.0, 1.0)})
    model = {"treatment": component(independent(beta(1.0, 1.0)), used)}
    design = binary(model, 10, None, [criterion("response", 0.5, 0.3)], strata=1)
    (curve,) = tipping_curves(design, "treatment", outcomes(design, (3,)))

    def closed(weight):
        after = [
            (1 - weight) * stats.betabinom(10, 9, 1).pmf(3),
            weight * stats.betabinom(10, 1, 1).pmf(3),
        ]
        tails = [stats.beta(12, 8).sf(0.5), stats.beta(4, 8).sf(0.5)]
        return np.dot(after, tails) / np.sum(after)

    assert curve.component == "treatment" and curve.stratum == "SLE"
    assert curve.weight == pytest.approx(np.arange(11) / 10)
    assert curve.probability[:, 0] == pytest.approx([closed(w) for w in curve.weight], abs=1e-5)
    assert list(curve.success) == [closed(w) > 0.3 for w in curve.weight]
    at = optimize.brentq(lambda weight: closed(weight) - 0.3, 0, 1)
    assert curve.tips_at == (pytest.approx(at, abs=1e-4),)
    assert set(curve.to_dict()) == set("component stratum weight probability success tips_at".split())
