"""Effective sample sizes: numbers of RBesT, closed forms, and predictive consistency.

Here, too, are tested: trialdesign.priors.ess.density, trialdesign.priors.ess.readings.
"""

import json

import numpy as np
import pytest
from helpers import (
    beta,
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    independent,
    mixture,
    normal,
    parse,
    reference,
)
from scipy import special, stats

from trialdesign import load_design
from trialdesign.endpoints.binary import Binary
from trialdesign.errors import SpecificationError
from trialdesign.priors.ess.definitions import METHODS, effective_sample_size, linear_sample_size, mode
from trialdesign.priors.ess.elir import elir, expectation, linear_elir
from trialdesign.priors.ess.expected import density_after, expected_ess, prior_after
from trialdesign.priors.ess.information import BINOMIAL, EXPONENTIAL, LOGIT, POISSON, gaussian
from trialdesign.priors.ess.of_design import density_sizes, ess_over_weights, worth
from trialdesign.priors.ess.worth_of_design import prior_ess
from trialdesign.priors.mixtures.mixture import ConjugateMixture
from trialdesign.priors.summary import priors_of
from trialdesign.probability.resolution import WHOLE

pytestmark = pytest.mark.reference

PRIORS = reference("mixture_priors")["beta_priors"]
MAP = reference("map_prior")["rbest_default"]
NATURAL = [criterion("response", 0.5, 0.9)]


def beta_mixture(stored) -> ConjugateMixture:
    weight = np.atleast_1d(stored["w"]).astype(float)
    first, second = np.atleast_1d(stored["p1"]), np.atleast_1d(stored["p2"])
    return ConjugateMixture("beta", weight / weight.sum(), first, second)


def one(family, first, second) -> ConjugateMixture:
    return ConjugateMixture(family, [1.0], [first], [second])


@pytest.mark.parametrize("name", PRIORS)
@pytest.mark.parametrize("method", ["moment", "morita"])
def test_moment_and_morita_are_those_of_rbest(name, method):
    found = effective_sample_size(beta_mixture(PRIORS[name]), method, BINOMIAL)
    assert found == pytest.approx(PRIORS[name]["ess"][method], abs=1e-9)


@pytest.mark.parametrize("name", PRIORS)
def test_elir_is_that_of_rbest_within_the_error_of_its_integration(name):
    """RBesT integrates to a relative 1.2e-4, and leaves out 1e-6 of a flat part: 2e-3."""
    found = effective_sample_size(beta_mixture(PRIORS[name]), "elir", BINOMIAL)
    flat = 1 in np.atleast_1d(PRIORS[name]["p1"])
    assert found == pytest.approx(PRIORS[name]["ess"]["elir"], abs=2e-3 if flat else 1e-4)


def test_a_fitted_mixture_of_rbest_has_its_sizes():
    fitted = beta_mixture(MAP["automixfit"])
    for method in METHODS:
        found = effective_sample_size(fitted, method, BINOMIAL)
        assert found == pytest.approx(MAP["ess"][method], abs=1e-6)


@pytest.mark.parametrize(("mean", "variance", "size"), [(0, 0.4, 11.1070), (2, 0.04, 241.910)])
def test_elir_of_a_logit_normal(mean, variance, size):
    prior = one("normal", mean, np.sqrt(variance))
    assert elir(prior, LOGIT) == pytest.approx(size, abs=1e-3)
    terms = np.exp([mean + variance / 2, -mean + variance / 2]).sum()
    assert elir(prior, LOGIT) == pytest.approx((2 + terms) / variance, rel=1e-9)


@pytest.mark.parametrize("weights", [(0.8, 0.2), (0.05, 0.95)])
def test_two_ways_to_integrate_elir_agree(weights):
    """Where no parameter is near 1 the definition itself converges; else it is integrated by parts."""
    prior = ConjugateMixture("beta", weights, [19, 6.9], [51.6, 17.4])
    directly = expectation(prior, lambda p: prior.information(p) * p * (1 - p))
    assert elir(prior, BINOMIAL) == pytest.approx(directly, rel=1e-9)
    assert linear_elir(prior, BINOMIAL) == pytest.approx(directly, rel=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (9, 1), (9, 1.001), (4, 16), (0.5, 0.5)])
def test_on_the_linear_scale_a_beta_is_worth_the_sum_of_its_parameters(alpha, beta):
    assert linear_elir(one("beta", alpha, beta), BINOMIAL) == pytest.approx(alpha + beta, rel=1e-9)


def test_a_gamma_is_worth_its_rate_in_exposure_and_its_shape_in_events():
    prior = one("gamma", 20, 4)
    for method in METHODS[:2]:
        assert effective_sample_size(prior, method, POISSON) == pytest.approx(4, rel=1e-9)
        assert linear_sample_size(prior, method, EXPONENTIAL) == pytest.approx(20, rel=1e-9)
    assert effective_sample_size(prior, "elir", EXPONENTIAL) == pytest.approx(19, rel=1e-9)


def test_a_normal_is_worth_its_precision_in_patients():
    prior = one("normal", 3, 0.5)
    for method in METHODS[:2]:
        assert effective_sample_size(prior, method, gaussian(10)) == pytest.approx(400, rel=1e-9)
    assert effective_sample_size(prior, "morita", gaussian(10)) == pytest.approx(400 * 0.99, rel=1e-9)


@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 3), (3, 0.9)])
def test_elir_diverges_where_the_density_has_a_pole(alpha, beta):
    assert np.isnan(effective_sample_size(one("beta", alpha, beta), "elir", BINOMIAL))


def test_the_mode_is_the_highest_of_several():
    assert mode(ConjugateMixture("beta", [0.4, 0.6], [10, 40], [40, 10])) == pytest.approx(
        0.8125, abs=2e-4
    )


@pytest.mark.parametrize("n", [5, 40])
@pytest.mark.parametrize("name", ["map_fix", "rob_fix", "rob4", "lancet"])
def test_elir_is_predictively_consistent(name, n):
    """Its mean over the data that the prior predicts is that of the prior, plus n."""
    prior, y = beta_mixture(PRIORS[name]), np.arange(n + 1)
    choose = -special.betaln(y + 1, n - y + 1) - np.log(n + 1)
    parts = special.betaln(prior.first[:, None] + y, prior.second[:, None] + n - y)
    predicted = prior.weight @ np.exp(
        choose + parts - special.betaln(prior.first, prior.second)[:, None]
    )
    adds = predicted @ prior_after(prior, BINOMIAL, Binary(), n)
    assert adds == pytest.approx(linear_elir(prior, BINOMIAL), abs=1e-6)


def test_elir_of_a_normal_prior_is_predictively_consistent():
    prior, n = one("normal", -1.0, 0.8), 20
    z = np.linspace(-12, 10, 20001)
    density = np.exp(prior.log_density(z)) * (z[1] - z[0])
    y = np.arange(n + 1)[:, None]
    choose = -special.betaln(y + 1, n - y + 1) - np.log(n + 1)
    predicted = np.exp(choose + y * special.log_expit(z) + (n - y) * special.log_expit(-z)) @ density
    assert predicted @ prior_after(prior, LOGIT, Binary(), n) == pytest.approx(
        elir(prior, LOGIT), abs=1e-6
    )


def sizes(design, **selected) -> dict[str, float]:
    return {row.method: row.ess for row in prior_ess(design, **selected).rows}


@pytest.mark.parametrize("name", ["rob4", "map_fix"])
def test_a_prior_stated_as_a_beta_mixture_is_taken_as_it_is(name):
    stored = PRIORS[name]
    parts = [beta(float(a), float(b)) for a, b in zip(stored["p1"], stored["p2"], strict=True)]
    prior = mixture([float(w) for w in stored["w"]], parts)
    found = sizes(binary({"treatment": component(independent(prior))}, 24, None, NATURAL, strata=1))
    for method in METHODS:
        assert found[method] == pytest.approx(
            stored["ess"][method], abs=1e-6 if method != "elir" else 1e-4
        )


def test_a_prior_stated_as_a_normal_has_the_elir_of_the_formula():
    prior = independent(normal(2.0, 0.2))
    found = sizes(binary({"treatment": component(prior)}, 24, None, NATURAL, strata=1))
    assert found["elir"] == pytest.approx(241.910, abs=1e-3)


def test_the_map_prior_is_worth_about_what_rbest_says():
    """The mixtures differ: RBesT's is fitted to 4,000 draws, this one to the prior itself."""
    rows = [("SLE", arm["n"], arm["r"]) for arm in MAP["inputs"]["data"]]
    used = evidence(rows, {"kind": "meta_analytic", "sd": half_normal(1.0)})
    design = binary(
        {"treatment": component(independent(normal(0.0, 2.0)), used)}, 24, None, NATURAL, strata=1
    )
    found, exact = sizes(design), reference("map_prior")["exact"]["response"]
    assert found["elir"] == pytest.approx(MAP["ess"]["elir"], rel=0.02)
    moment = exact["mean"] * (1 - exact["mean"]) / exact["sd"] ** 2 - 1
    assert found["moment"] == pytest.approx(moment, abs=1e-3)


def robust(weight):
    vague = normal(0.0, 2.0)
    used = evidence([("SLE", 8, 7)], {"kind": "robust", "weight": weight, "vague": vague})
    model = {"treatment": component(independent(normal(0.0, 2.0)), used)}
    return binary(model, 20, None, NATURAL, [(0.9, None), (0.3, None)], strata=1)


def test_after_nothing_but_successes_a_beta_prior_is_worth_them_all():
    used = evidence([("SLE", 8, 8)])
    model = {"treatment": component(independent(beta(1.0, 1.0)), used)}
    found = sizes(binary(model, 20, None, NATURAL, strata=1))
    assert found["elir"] == pytest.approx(10, abs=1e-3)
    assert found["moment"] == pytest.approx(10, abs=1e-5)


def test_the_weight_of_the_vague_component_takes_patients_away():
    own = worth(robust(0.5))
    curves = ess_over_weights(robust(0.5), own, np.linspace(0, 1, 5))
    assert (np.diff(curves["SLE"]["elir"]) < 0).all()
    assert own[0].sizes["elir"] == pytest.approx(curves["SLE"]["elir"][2], rel=0.1)


def test_what_is_borrowed_depends_on_what_is_found():
    design = robust(0.2)
    rows = {(r.scenario, r.stratum): r for r in expected_ess(design, worth(design))}
    assert rows["0", "SLE"].expected > rows["0", "SLE"].prior * 0.5  # 0.9: as the evidence said
    assert rows["1", "SLE"].expected < rows["0", "SLE"].expected  # 0.3: in conflict


def test_time_to_event_is_counted_in_events_and_has_no_list_of_outcomes():
    document = {
        "title": "a test",
        "strata": ["SLE"],
        "endpoint": {"kind": "time_to_event"},
        "sample_size": {"treatment": 30},
        "accrual": {"rate": 5},
        "follow_up": 12,
        "model": {"treatment": component(independent({"dist": "Gamma", "alpha": 6, "beta": 100}))},
        "decision": [criterion("hazard", 0.1, 0.9) | {"less_than": 0.1}],
    }
    del document["decision"][0]["greater_than"]
    design = parse(json.loads(json.dumps(document)))
    (own,) = worth(design)
    assert own.unit.name == "events"
    assert own.sizes["moment"] == pytest.approx(6, rel=1e-6)
    with pytest.raises(SpecificationError, match="can be listed"):
        expected_ess(design, [own])


def informed(prior, rows, **other):
    model = {"treatment": component(independent(prior), evidence(rows))}
    return binary(model, 20, None, NATURAL, strata=1, **other)


@pytest.mark.parametrize(("alpha", "beta_"), [(1.0, 1.0), (2.0, 3.0), (0.5, 0.5)])
def test_a_beta_prior_that_has_met_patients_is_worth_them_and_its_own(alpha, beta_):
    """Its linear elir is the sum of its parameters; its morita is known in closed form."""
    found = sizes(informed(beta(alpha, beta_), [("SLE", 30, 12)]))
    a, b = alpha + 12, beta_ + 18
    assert found["elir"] == pytest.approx(a + b, abs=1e-3)
    variance = special.polygamma(1, a) + special.polygamma(1, b)
    p = a / (a + b)  # the mode of the logit
    assert found["morita"] == pytest.approx(a + b - 1 / (100 * variance * p * (1 - p)), rel=2e-3)


def test_the_density_of_a_normal_prior_has_its_elir():
    """All but its extreme 1e-4 on either side, where a normal prior on the logit keeps some."""
    model = {"treatment": component(independent(normal(1.0, 0.7)))}
    design = binary(model, 20, None, NATURAL, strata=1)
    (own,) = worth(design)
    found = density_sizes(design, own.prior, own.prior.analysis)
    exact = (2 + np.exp([1 + 0.245, -1 + 0.245]).sum()) / 0.49
    assert found["elir"] == pytest.approx(exact, rel=2e-3)
    assert found["moment"] == pytest.approx(own.sizes["moment"], rel=1e-9)
    one = special.expit(1) * special.expit(-1)
    assert found["morita"] == pytest.approx(0.99 / 0.49 / one, rel=5e-3)


@pytest.mark.slow
def test_sizes_of_a_coupled_prior_hold_on_finer_grids():
    design = load_design("cart-three-diseases")
    pairs = zip(
        priors_of(design, "treatment"),
        priors_of(design, "treatment", WHOLE.doubled()),
        strict=True,
    )
    for coarse, fine in pairs:
        one, other = (density_sizes(design, own, own.analysis) for own in (coarse, fine))
        assert list(one.values()) == pytest.approx(list(other.values()), rel=5e-3)


def test_what_a_robust_prior_adds_comes_from_its_density():
    """0.7 N(-1, 0.5^2) + 0.3 N(0, 2^2), which nothing approximates here: sums over a dense mesh."""
    stated = mixture((0.7, 0.3), (normal(-1.0, 0.5), normal(0.0, 2.0)))
    model = {"treatment": component(independent(stated))}
    (prior,) = priors_of(binary(model, 20, None, strata=1))
    z = np.linspace(-9.0, 9.0, 36_001)
    parts = [0.7 * stats.norm(-1, 0.5).pdf(z), 0.3 * stats.norm(0, 2).pdf(z)]
    pull = [-(z + 1) / 0.25, -z / 4]
    bend = [p**2 - 1 / v for p, v in zip(pull, (0.25, 4.0))]
    f = sum(parts)
    slope, curve = (sum(a * b for a, b in zip(parts, each)) / f for each in (pull, bend))
    ratio = (slope**2 - curve) / (special.expit(z) * special.expit(-z))
    inside = (np.cumsum(f) / f.sum() > 1e-4) & (np.cumsum(f) / f.sum() < 1 - 1e-4)
    y = np.arange(21)[:, None]
    log = y * special.log_expit(z) + (20 - y) * special.log_expit(-z)
    weight = np.exp(log - log.max(axis=1, keepdims=True)) * f * inside
    want = weight @ ratio / weight.sum(axis=1)
    assert density_after(prior.analysis, Binary(), 20) == pytest.approx(want, abs=0.02)


@pytest.mark.parametrize("rate", [2.5, 80.0])
def test_morita_of_one_gamma_is_known_in_closed_form(rate):
    """At the mode x = (a - 1) / b the information is (a - 1) / x^2.

    The flat prior's is (1/100 - 1) / x^2 for events and (x/100 - 1) / x^2 for exposure, of which a unit
    has the information 1 / x^2 and mean / x^2.  The mode is found to 1e-4.
    """
    prior = ConjugateMixture("gamma", np.ones(1), np.array([4.0]), np.array([rate]))
    assert effective_sample_size(prior, "morita", EXPONENTIAL) == pytest.approx(4 - 0.01, rel=1e-3)
    mode, mean = 3 / rate, 4 / rate
    flat = mode / 100 - 1
    assert effective_sample_size(prior, "morita", POISSON) == pytest.approx((3 - flat) / mean, rel=1e-3)
