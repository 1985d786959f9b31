"""Mixture approximations: what EM finds, what RBesT reads and writes, and what is refused.

Here, too, are tested: trialdesign.priors.mixtures.most_likely.
"""

import json
from functools import cache

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
    normal,
    reference,
)
from pydantic import TypeAdapter
from scipy import special

from trialdesign.errors import SpecificationError
from trialdesign.priors.ess.definitions import METHODS, effective_sample_size
from trialdesign.priors.mixtures.fit import NOMINAL_DRAWS, PENALTY, fit_mixture
from trialdesign.priors.mixtures.mixture import ConjugateMixture, combine, from_prior, update_beta
from trialdesign.priors.mixtures.rbest_json import (
    StoredMixture,
    parse_mixture,
    read_mixture,
    write_mixture,
)
from trialdesign.priors.summary import priors_of
from trialdesign.probability.distributions.prior import Prior

pytestmark = pytest.mark.reference

DATA, MAP = reference("mixture_priors"), reference("map_prior")
NATURAL = [criterion("response", 0.5, 0.9)]


def prior_of(prior, *used):
    model = {"treatment": component(independent(prior), *used)}
    return priors_of(binary(model, 24, None, NATURAL, strata=1))[0]


@cache
def map_prior():
    rows = [("SLE", arm["n"], arm["r"]) for arm in MAP["rbest_default"]["inputs"]["data"]]
    return prior_of(normal(0.0, 2.0), evidence(rows, {"kind": "meta_analytic", "sd": half_normal(1.0)}))


@pytest.mark.parametrize("stored", DATA["postmix_beta"].values(), ids=DATA["postmix_beta"])
def test_posterior_mixtures_are_those_of_rbest(stored):
    rob = DATA["beta_priors"]["rob_fix"]
    (after,) = update_beta(
        ConjugateMixture("beta", rob["w"], rob["p1"], rob["p2"]), stored["r"], stored["n"]
    )
    assert after.weight == pytest.approx(stored["w"], abs=1e-9)
    assert after.first == pytest.approx(stored["p1"])
    assert after.second == pytest.approx(stored["p2"])
    assert (after.mean(), after.sd()) == pytest.approx((stored["mean"], stored["sd"]), abs=1e-9)
    above = after.weight @ special.betaincc(after.first, after.second, 0.3)
    assert above == pytest.approx(stored["P_gt_0.3"], abs=1e-9)


def test_a_beta_prior_is_found_again():
    own = prior_of(beta(7.0, 3.0))
    fit = fit_mixture(own.analysis, "beta", own.natural)
    assert fit.mixture.weight.size == 1
    assert (fit.mixture.first[0], fit.mixture.second[0]) == pytest.approx((7, 3), abs=1e-5)
    assert fit.divergence < 1e-9


def test_a_normal_prior_has_its_moments():
    own = prior_of(normal(-1.0, 0.7))
    fit = fit_mixture(own.analysis, "normal", lambda x: x)
    assert (fit.mixture.mean(), fit.mixture.sd()) == pytest.approx((-1, 0.7), abs=1e-7)


def test_well_separated_parts_are_found_again():
    parts = [{"weight": 0.3, **beta(10.0, 40.0)}, {"weight": 0.7, **beta(60.0, 15.0)}]
    own = prior_of({"mixture": parts})
    fit = fit_mixture(own.analysis, "beta", own.natural, 2)
    assert fit.mixture.weight == pytest.approx([0.7, 0.3], abs=1e-3)
    assert fit.mixture.first == pytest.approx([60, 10], rel=1e-2)
    assert fit.divergence < 1e-6


def test_the_map_prior_needs_three_parts_and_keeps_its_moments():
    own = map_prior()
    fit = fit_mixture(own.analysis, "beta", own.natural)
    exact = MAP["exact"]["response"]
    assert fit.mixture.weight.size == 3
    assert fit.divergence < 1e-3
    assert fit.mixture.mean() == pytest.approx(exact["mean"], abs=2e-4)
    assert fit.mixture.sd() == pytest.approx(exact["sd"], abs=2e-4)
    cumulative = [
        fit.mixture.weight @ special.betainc(fit.mixture.first, fit.mixture.second, x)
        for x in exact["q"].values()
    ]
    assert cumulative == pytest.approx([float(q) for q in exact["q"]], abs=5e-3)


def test_the_divergence_is_that_of_quadrature_and_falls_with_every_part():
    own = map_prior()
    fits = [fit_mixture(own.analysis, "beta", own.natural, n) for n in (1, 2, 3)]
    assert np.diff([fit.divergence for fit in fits]).max() < 0
    x = np.linspace(-9, 6, 40001)
    p = special.expit(x)
    density = own.analysis.density(x)
    ours = np.exp(fits[1].mixture.log_density(p)) * p * (1 - p)
    kept = density > 1e-12
    divergence = (density * np.log(np.where(kept, density, 1) / ours))[kept].sum() * (x[1] - x[0])
    assert fits[1].divergence == pytest.approx(divergence, abs=1e-5)


def test_a_part_is_added_only_if_it_pays_for_its_parameters():
    own = map_prior()
    chosen = fit_mixture(own.analysis, "beta", own.natural)
    others = [fit_mixture(own.analysis, "beta", own.natural, n) for n in (1, 2)]
    assert chosen.aic < min(fit.aic for fit in others)
    assert 2 * NOMINAL_DRAWS * chosen.divergence < 3 * PENALTY  # so four cannot pay either


def test_the_same_prior_gives_the_same_mixture():
    own = map_prior()
    one, two = (fit_mixture(own.analysis, "beta", own.natural, 2).mixture for _ in range(2))
    assert np.array_equal(one.weight, two.weight)
    assert np.array_equal(one.first, two.first)


def test_no_beta_part_has_a_pole():
    own = prior_of(normal(0.0, 2.0), evidence([("SLE", 8, 8)]))
    fit = fit_mixture(own.analysis, "beta", own.natural)
    assert min(fit.mixture.first.min(), fit.mixture.second.min()) >= 1


def test_a_mixture_is_a_prior_that_a_design_can_name():
    stored = ConjugateMixture("beta", [0.8, 0.2], [4, 1], [16, 1])
    prior = TypeAdapter(Prior).validate_python(stored.to_dict())
    assert prior == stored.to_prior()
    again = from_prior(prior)
    assert again.first == pytest.approx(stored.first)
    assert (
        from_prior(TypeAdapter(Prior).validate_python({"dist": "StudentT", "nu": 3, "sigma": 1})) is None
    )


def test_mixtures_are_mixed():
    both = combine(
        ConjugateMixture("beta", [1.0], [4], [16]), ConjugateMixture("beta", [1.0], [1], [1]), 0.2
    )
    assert both.weight == pytest.approx([0.8, 0.2])


WRITTEN = """
{"meta":{"dim":[3,4],"dimnames":[["w","a","b"],["map1","map2","map3","robust"]],"link":["identity"],
"class":["betaMix","mix"],"likelihood":["binomial"]},
"comp":[[0.496,0.232,0.072,0.2],[19,6.9,1.26,1],[51.6,17.4,2.49,1]]}
"""


def test_a_mixture_written_by_rbest_has_its_effective_sample_sizes(tmp_path):
    path = tmp_path / "rob.json"
    path.write_text(WRITTEN)
    stored = read_mixture(path)
    for method in METHODS:
        found = effective_sample_size(stored.mixture, method, stored.unit())
        want = DATA["beta_priors"]["rob_fix"]["ess"][method]
        assert found == pytest.approx(want, abs=2e-3 if method == "elir" else 1e-6)


@pytest.mark.parametrize(
    "stored",
    [
        StoredMixture(ConjugateMixture("beta", [0.8, 0.2], [4, 1.5], [16, 1]), "binomial"),
        StoredMixture(ConjugateMixture("gamma", [1.0], [20], [4]), "exp"),
        StoredMixture(ConjugateMixture("normal", [0.3, 0.7], [0, -2.5], [2, 0.1]), "normal", 5.0),
    ],
)
def test_what_is_written_is_read_again(stored):
    again = parse_mixture(write_mixture(stored))
    assert (again.likelihood, again.sigma) == (stored.likelihood, stored.sigma)
    for name in ("weight", "first", "second"):
        assert np.array_equal(getattr(again.mixture, name), getattr(stored.mixture, name))


def test_it_is_written_as_r_reads_it():
    content = json.loads(
        write_mixture(StoredMixture(ConjugateMixture("beta", [1.0], [4], [16]), "binomial"))
    )
    assert content == {
        "meta": {
            "dim": [3, 1],
            "dimnames": [["w", "a", "b"], ["comp1"]],
            "link": ["identity"],
            "class": ["betaMix", "mix"],
            "likelihood": ["binomial"],
        },
        "comp": [[1.0], [4.0], [16.0]],
    }


@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_names_are_never_an_array_of_arrays_of_one_length(parts):
    """R's jsonlite makes a matrix of such, and RBesT needs the list."""
    shapes = np.arange(1, parts + 1)
    mixture = ConjugateMixture("beta", np.full(parts, 1 / parts), shapes, shapes)
    written = write_mixture(StoredMixture(mixture, "binomial"))
    names = json.loads(written)["meta"]["dimnames"]
    assert isinstance(names, dict) or len({len(each) for each in names}) == 2
    assert list(map(len, names.values() if isinstance(names, dict) else names)) == [3, parts]
    assert parse_mixture(written).mixture.weight.size == parts


def test_weights_are_rescaled_as_rbest_does():
    assert parse_mixture(WRITTEN.replace("0.496", "0.248")).mixture.weight.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0.496", "-0.496", "must be 0 or more; got -0.496. A difference"),
        ("0.496,0.232,0.072,0.2", "0,0,0,0", "must not all be 0"),
        ("betaMix", "mvnormMix", "`class` must be betaMix, gammaMix, normMix"),
        ('"identity"', '"logit"', "`link` must be identity"),
        ('"binomial"', '"poisson"', "`likelihood` of a beta mixture must be binomial"),
        ("51.6", "0", "`beta` of a beta mixture must be positive"),
        ("51.6", "NaN", "finite numbers"),
        ("51.6", "1" + 400 * "0", "finite numbers"),
        ("51.6", "1" + 5000 * "0", "finite numbers"),
        ("51.6", '"x"', "three rows of numbers"),
        ("[19,6.9,1.26,1],", "", "three rows of numbers"),
        ('"comp"', '"components"', "`meta` and `comp`"),
        ("{", "[", "must be JSON"),
    ],
)
def test_a_faulty_mixture_is_refused_with_reason_and_remedy(old, new, reason):
    with pytest.raises(SpecificationError, match=reason.replace("(", r"\(")) as caught:
        parse_mixture(WRITTEN.replace(old, new))
    assert str(caught.value).count(".") >= 1


def test_rows_without_numbers_are_refused_as_such():
    empty = json.dumps({**json.loads(WRITTEN), "comp": [[], [], []]})
    with pytest.raises(SpecificationError, match="three rows of numbers"):
        parse_mixture(empty)


def test_a_normal_mixture_needs_its_scale_for_a_sample_size():
    with pytest.raises(SpecificationError, match="`sigma` must be given"):
        StoredMixture(ConjugateMixture("normal", [1.0], [0], [1]), "normal").unit()


@pytest.mark.parametrize(
    ("family", "weight", "first", "second", "reason"),
    [
        ("cauchy", [1.0], [0], [1], "`family` must be one of"),
        ("beta", [0.5, 0.6], [1, 1], [1, 1], "must sum to 1; got 1.1"),
        ("beta", [1.0], [1, 2], [1, 2], "one weight"),
        ("beta", [], [], [], "list of finite numbers"),
    ],
)
def test_a_mixture_that_is_none_is_refused(family, weight, first, second, reason):
    with pytest.raises(SpecificationError, match=reason):
        ConjugateMixture(family, weight, first, second)
