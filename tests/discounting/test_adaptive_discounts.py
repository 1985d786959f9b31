"""Discounts whose strength is itself unknown, against integrals written out.

Here, too, are tested: trialdesign.discounting.normalised_power,
trialdesign.discounting.spike_and_slab.
"""

import numpy as np
import pytest
from helpers import (
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
)
from pydantic import ValidationError
from scipy import special

from trialdesign.analysis.axes import component_axis
from trialdesign.analysis.build import past_of
from trialdesign.priors.summary import priors_of
from trialdesign.probability.belief import marginals
from trialdesign.probability.belief import posterior as belief_posterior
from trialdesign.specification.registry import kinds

pytestmark = pytest.mark.reference

NATURAL = [criterion("response", 0.5, 0.9)]
X = np.linspace(-13, 13, 1601)
STATED = np.exp(-0.5 * (X / 2) ** 2)


def learned(discount, rows, prior=None):
    strata = independent(prior or normal(0.0, 2.0))
    model = {"treatment": component(strata, evidence(rows, discount))}
    return priors_of(binary(model, 30, None, NATURAL, strata=1))[0].analysis


def log_likelihood(rows):
    return sum(r * special.log_expit(X) + (n - r) * special.log_expit(-X) for _, n, r in rows)


def assert_is(found, density):
    density = density / density.sum()
    for f in (lambda x: x, lambda x: x**2, special.expit, lambda x: special.expit(x) ** 2):
        assert found.mean(f) == pytest.approx(float(density @ f(X)), abs=3e-6)


@pytest.mark.parametrize(
    "rows", [[("SLE", 40, 10)], [("SLE", 8, 8)], [("SLE", 20, 5), ("SLE", 15, 9)]], ids=str
)
@pytest.mark.parametrize("shapes", [(1.0, 1.0), (0.5, 0.5), (2.0, 5.0)])
def test_the_normalised_power_prior_averages_over_the_exponent(rows, shapes):
    discount = {"kind": "normalised_power", "initial": normal(0.0, 2.0), "exponent": beta(*shapes)}
    log = log_likelihood(rows)
    t, w = np.polynomial.legendre.leggauss(300)
    r = (1 + t) / 2
    exponent, rest = special.betainc(6, 6, r), special.betainc(6, 6, 1 - r)
    weights = w * (r * (1 - r)) ** 5 * exponent ** (shapes[0] - 1) * rest ** (shapes[1] - 1)
    powered = STATED * np.exp(exponent[:, None] * (log - log.max()))
    density = (weights / weights.sum()) @ (powered / powered.sum(axis=1, keepdims=True))
    assert_is(learned(discount, rows), density)


def test_exponents_far_below_their_prior_count_where_evidence_contradicts_all_else():
    """500 of 500 against N(-1.5, 0.3): the exponent is near 0.005, the 1e-8 quantile of its prior."""
    prior, exponent = normal(-1.5, 0.3), beta(5.5, 5.4)
    discount = {"kind": "normalised_power", "initial": normal(2.0, 1.0), "exponent": exponent}
    log = 500 * special.log_expit(X)
    t, w = np.polynomial.legendre.leggauss(400)
    v = -16 + 16 * (1 + t) / 2  # log exponent
    initial = np.exp(-0.5 * (X - 2.0) ** 2)
    powered = np.exp(np.exp(v)[:, None] * log)
    weights = w * np.exp(5.5 * v + 4.4 * np.log(-np.expm1(v)))
    density = np.exp(-0.5 * ((X + 1.5) / 0.3) ** 2)
    density *= (weights / (powered @ initial)) @ powered
    found = learned(discount, [("SLE", 500, 500)], prior)
    assert found.mean() == pytest.approx(float(density @ X / density.sum()), abs=1e-5)


def test_an_exponent_that_is_known_is_a_power_prior():
    rows = [("SLE", 40, 10)]
    known = beta(3e5, 7e5)  # 0.3 +- 0.0005
    found = learned({"kind": "normalised_power", "initial": normal(0.0, 2.0), "exponent": known}, rows)
    power = learned({"kind": "power", "exponent": 0.3}, rows)
    assert found.mean() == pytest.approx(power.mean(), abs=1e-3)


def test_constants_of_the_likelihood_do_not_move_the_exponent():
    """Ten patients in one row or in ten: the likelihoods differ by a factor only."""
    one, ten = [("SLE", 10, 3)], [("SLE", 1, int(i < 3)) for i in range(10)]
    discount = {"kind": "normalised_power", "initial": normal(0.0, 2.0)}
    assert learned(discount, one).mean() == pytest.approx(learned(discount, ten).mean(), abs=1e-9)


@pytest.mark.parametrize("slab", [1.5, half_normal(1.5)], ids=["fixed", "with a prior"])
def test_spike_and_slab_mixes_two_drifts(slab):
    rows = [("SLE", 30, 20), ("SLE", 12, 10)]
    found = learned({"kind": "spike_and_slab", "probability": 0.6, "spike": 0.1, "slab": slab}, rows)
    z = np.linspace(-7, 7, 121)
    weight = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()

    def blurred(sd):
        total = 1.0
        for _, n, r in rows:
            past = X[:, None] + sd * z
            log = r * special.log_expit(past) + (n - r) * special.log_expit(-past)
            total = total * (np.exp(log) @ weight)
        return total

    scales = [(1.0, 1.5)]
    if not isinstance(slab, float):
        t, w = np.polynomial.legendre.leggauss(40)
        nodes = 1.5 * 3.5 * (1 + t)
        heights = w * np.exp(-0.5 * (nodes / 1.5) ** 2)
        scales = list(zip(heights / heights.sum(), nodes, strict=True))
    wide = sum(share * blurred(sd) for share, sd in scales)
    assert_is(found, STATED * (0.6 * blurred(0.1) + 0.4 * wide))


def test_a_certain_spike_is_a_drift():
    rows = [("SLE", 30, 20)]
    spike = {"kind": "spike_and_slab", "spike": 0.3, "slab": 2.0}
    for probability, sd in ((1.0, 0.3), (0.0, 2.0)):
        found = learned(spike | {"probability": probability}, rows)
        drift = learned({"kind": "drift", "sd": sd}, rows)
        assert found.mass == pytest.approx(drift.mass, abs=1e-12)


def test_a_spike_must_be_narrower_than_its_slab():
    with pytest.raises(ValidationError, match="`spike` must be narrower than `slab`; got 2 and 1"):
        learned(
            {"kind": "spike_and_slab", "probability": 0.5, "spike": 2.0, "slab": 1.0}, [("SLE", 8, 8)]
        )


def test_strata_do_not_share_an_unknown_exponent():
    """Independent strata stay independent: evidence on one says nothing about another."""
    discount = {"kind": "normalised_power", "initial": normal(0.0, 2.0)}
    designs = []
    for responders in (1, 8):
        used = evidence([("SLE", 8, responders), ("IIM", 5, 3)], discount)
        model = {"treatment": component(independent(normal(0.0, 2.0)), used)}
        designs.append(parse(binary_document(model)))
    one, two = (priors_of(design)[1].analysis for design in designs)
    assert np.array_equal(one.mass, two.mass)


def binary_document(model):
    return {
        "title": "a test",
        "strata": ["SLE", "IIM"],
        "endpoint": {"kind": "binary"},
        "sample_size": {"treatment": 30},
        "model": model,
        "decision": NATURAL,
    }


def examples() -> list:
    """Return the examples of every kind of discount."""
    return [
        pytest.param(example, id=f"{kind}{i or ''}")
        for kind, cls in kinds("trialdesign.discounting").items()
        for i, example in enumerate(cls.examples)
    ]


@pytest.mark.parametrize("discount", examples())
def test_a_likelihood_says_what_learning_says(discount):
    """Where a discount multiplies masses by one likelihood, the priors follow from that alone."""
    rows = [("SLE", 8, 7), ("SLE", 6, 3), ("IIM", 3, 2)]
    strata = hierarchical(normal(0.0, 1.5), half_normal(1.0))
    model = {"treatment": component(strata, evidence(rows, discount))}
    design = binary(model, 12, None, NATURAL, strata=3)
    axis = component_axis(design, "treatment")
    (use,) = design.model.treatment.evidence
    past, belief = past_of(design, use, axis), design.model.treatment.strata.belief(design.strata, axis)
    likelihood = use.discount.likelihood(past, axis)
    if likelihood is None:
        assert use.discount.kind in ("robust", "meta_analytic")
        return
    (found,) = belief_posterior(belief, likelihood[None])
    assert found == pytest.approx(marginals(use.discount.learn(belief, past, axis)), abs=1e-12)


def test_evidence_that_nothing_can_overrule_is_told_from_all_other():
    """Full, a power of 1, and a robust prior without its vague component around one of these."""

    def whole(discount):
        used = evidence([("SLE", 8, 7)], discount)
        model = {"treatment": component(independent(normal(0.0, 2.0)), used)}
        design = binary(model, 12, None, NATURAL, strata=1)
        return design.model.treatment.evidence[0].discount.whole()

    robust = {"kind": "robust", "vague": normal(0.0, 2.0)}
    power = {"kind": "power", "exponent": 1.0}
    assert all(map(whole, [{"kind": "full"}, power, {**robust, "weight": 0.0, "discount": power}]))
    drift = {"kind": "drift", "sd": 0.3}
    others = [
        {**power, "exponent": 0.9},
        {**robust, "weight": 0.1},
        {**robust, "weight": 0.0, "discount": drift},
        drift,
    ]
    assert not any(map(whole, others))
