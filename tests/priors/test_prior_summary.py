"""Prior summaries: the MAP prior, quantiles against finer grids, what is told of all-success data."""

import numpy as np
import pytest
from helpers import (
    beta,
    binary,
    component,
    criterion,
    evidence,
    exnex,
    half_normal,
    hierarchical,
    independent,
    normal,
    pooled,
    reference,
)
from scipy import special

from trialdesign import load_design
from trialdesign.analysis.axes import component_axis
from trialdesign.design.evidence.readings import with_reading
from trialdesign.errors import SpecificationError
from trialdesign.priors.fitted import fit_priors
from trialdesign.priors.notes import prior_notes
from trialdesign.priors.readings import fit_over_readings, priors_over_readings
from trialdesign.priors.summary import QUANTILES, grounds_of, priors_of
from trialdesign.probability.marginal import blend
from trialdesign.probability.resolution import WHOLE, Resolution

pytestmark = pytest.mark.reference

MAP = reference("map_prior")
NATURAL = [criterion("response", 0.5, 0.9)]
MUELLER = [("SLE", 8, 8), ("IIM", 3, 3), ("SSc", 4, 4)]


def single(strata, *used, n_strata=1, size=24):
    return binary({"treatment": component(strata, *used)}, size, None, NATURAL, strata=n_strata)


def robust(weight, **inner):
    discount = {"kind": "robust", "weight": weight, "vague": normal(0.0, 2.0)} | inner
    return single(
        hierarchical(normal(0.0, 2.0), half_normal(1.0)), evidence(MUELLER, discount), n_strata=3
    )


def test_the_map_prior_of_eight_control_arms():
    rows = [("SLE", arm["n"], arm["r"]) for arm in MAP["rbest_default"]["inputs"]["data"]]
    used = evidence(rows, {"kind": "meta_analytic", "sd": half_normal(1.0)})
    linear, natural = fit_priors(single(independent(normal(0.0, 2.0)), used)).rows
    for row, want in ((linear, MAP["exact"]["link"]), (natural, MAP["exact"]["response"])):
        assert row.mean == pytest.approx(want["mean"], abs=1e-7)
        assert row.sd == pytest.approx(want["sd"], abs=1e-7)
        assert row.quantiles == pytest.approx(list(want["q"].values()), abs=1e-4)


@pytest.mark.parametrize(
    "prior",
    [
        normal(2.0, 0.2),
        normal(0.0, 3.0),
        beta(4.0, 16.0),
        beta(1.0, 1.0),
        {"dist": "Uniform", "lower": -1, "upper": 2},
        {"dist": "LogNormal", "mu": 0, "sigma": 0.5},
    ],
    ids=str,
)
def test_the_curve_of_a_stated_prior_is_its_distribution(prior):
    own = priors_of(single(independent(prior)))[0]
    stated = own.analysis
    design = single(independent(prior))
    given = design.model.treatment.strata.prior
    x = np.linspace(-5, 5, 201)
    assert stated.cumulative(x) == pytest.approx(given.cumulative(x), abs=1e-6)
    inside = np.linspace(*stated.quantiles(np.array([0.05, 0.95])), 31)[1:-1]
    assert stated.density(inside) == pytest.approx(given.density(inside), rel=2e-3)


@pytest.mark.parametrize(
    "strata",
    [
        pytest.param(
            hierarchical(normal(0.0, 2.0), half_normal(1.0)), id="hierarchical", marks=pytest.mark.slow
        ),
        pytest.param(
            exnex(normal(0.0, 2.0), half_normal(1.0), normal(0.0, 2.0)),
            id="exnex",
            marks=pytest.mark.slow,
        ),
        pytest.param(pooled(normal(0.0, 2.0)), id="pooled"),
    ],
)
def test_quantiles_hold_on_finer_grids(strata):
    """A coupled belief is a comb of nodes: its quantiles are those of other combs within 1e-6."""
    design = single(strata, evidence([("SLE", 8, 7), ("IIM", 3, 2)]), n_strata=2)
    coarse, fine = (
        priors_of(design),
        priors_of(design, resolution=Resolution(widest=0.5, scale_nodes=32)),
    )
    for one, other in zip(coarse, fine, strict=True):
        at = one.analysis.quantiles(np.array(QUANTILES))
        assert other.analysis.cumulative(at) == pytest.approx(QUANTILES, abs=1e-6)


def test_components_have_rows_of_both_scales():
    design = load_design("cart-three-diseases")
    rows = fit_priors(design, "control").rows
    assert [(row.stratum, row.scale) for row in rows[:2]] == [("SLE", "linear"), ("SLE", "natural")]
    assert (rows[0].mean, rows[0].sd) == pytest.approx((0, 2.5), abs=1e-5)
    assert set(rows[0].to_dict()) == {
        "component", "stratum", "scale", "mean", "sd", "q2.5", "q25", "q50", "q75", "q97.5",
    }  # fmt: skip


def test_the_natural_scale_of_an_effect_is_a_ratio():
    model = {
        "control": component(independent(normal(-1.0, 1.0))),
        "effect": component(independent(normal(0.5, 0.5))),
    }
    rows = fit_priors(binary(model, 20, 20, strata=1), "effect").rows
    assert rows[1].mean == pytest.approx(np.exp(0.5 + 0.125), rel=1e-6)
    assert rows[1].quantiles[2] == pytest.approx(np.exp(0.5), rel=1e-6)


def test_a_component_that_is_not_there_is_refused():
    with pytest.raises(SpecificationError, match="one that the design has \\(treatment\\)"):
        fit_priors(single(independent(normal(0.0, 1.0))), "control")


def test_evidence_without_patients_is_refused():
    with pytest.raises(SpecificationError, match="past has one without in SLE. Delete the row"):
        fit_priors(single(independent(normal(0.0, 1.0)), evidence([("SLE", 0, 0)])))


def test_the_analysis_prior_is_the_informative_one_mixed_with_the_vague_one():
    """What is left once the vague part is taken away is what the evidence alone gives."""
    rows, stated = evidence([("SLE", 8, 8)])["source"], independent(normal(0.0, 2.0))

    def prior(weight):
        discount = {"kind": "robust", "weight": weight, "vague": normal(0.0, 2.0)}
        return priors_of(single(stated, {"source": rows, "discount": discount}))[0]

    trusted = prior(0.0).analysis.mass
    for weight in (0.3, 0.95):
        own = prior(weight)
        assert own.informative.mass == pytest.approx(trusted, abs=1e-12)
        assert blend(own.informative, own.vague, weight).mass == pytest.approx(
            own.analysis.mass, abs=1e-12
        )


def test_evidence_that_all_responded_is_told_with_the_share_of_what_was_stated():
    design = robust(0.5)
    priors = priors_of(design)
    note = prior_notes(design, priors)[0]
    assert note.startswith("treatment, SLE: all 8 patients of the evidence responded")
    assert (
        f"{100 * priors[0].stated_weight:.0f} % of the analysis prior rests on the stated priors" in note
    )
    assert "(50 % is the vague component)" in note


def test_the_share_is_the_weight_of_a_normal_prior_in_its_posterior():
    """With precise evidence it vanishes; without evidence it is everything."""
    plain = priors_of(single(independent(normal(0.0, 2.0))))[0]
    assert plain.stated_weight == pytest.approx(1)
    known = priors_of(single(independent(normal(0.0, 2.0)), evidence([("SLE", 4000, 2000)])))[0]
    assert known.stated_weight == pytest.approx(1 / (1 + 4000 / 4 * 4), rel=2e-3)
    robustly = priors_of(
        single(
            independent(normal(0.0, 2.0)),
            evidence(
                [("SLE", 4000, 2000)], {"kind": "robust", "weight": 0.3, "vague": normal(0.0, 2.0)}
            ),
        )
    )[0]
    assert robustly.stated_weight == pytest.approx(0.3 + 0.7 * known.stated_weight, rel=1e-6)


def test_a_stratum_without_evidence_is_told_so():
    design = single(independent(normal(0.0, 2.0)), evidence([("SLE", 8, 8)]), n_strata=2)
    notes = prior_notes(design, priors_of(design))
    assert "no evidence of its own" in notes[1]


@pytest.mark.slow
def test_bounded_exposure_is_read_in_three_ways_and_more_of_it_lowers_the_hazard():
    design = load_design("cart-durability")
    rows = fit_over_readings(design, grounds_of(design, "treatment"))
    medians = {
        row.exposure: row.row.quantiles[2]
        for row in rows
        if row.row.stratum == "SLE" and row.row.scale == "natural"
    }
    assert list(medians) == ["lower", "middle", "upper"]
    assert medians["lower"] > medians["middle"] > medians["upper"]
    plain = load_design("cart-three-diseases")
    assert fit_over_readings(plain, grounds_of(plain)) == []


@pytest.mark.slow
def test_the_readings_share_one_grid_which_changes_no_number():
    """Each reading on the grid of the longest exposures is as on a grid of its own, twice as fine."""
    design = load_design("cart-durability-single-arm")
    for reading, priors in priors_over_readings(design, grounds_of(design), priors_of(design)):
        own = priors_of(with_reading(design, "treatment", reading), resolution=WHOLE.doubled())
        for one, other in zip(priors, own, strict=True):
            at = one.analysis.quantiles(np.array(QUANTILES))
            assert other.analysis.cumulative(at) == pytest.approx(QUANTILES, abs=1e-6)


def test_quantiles_are_found_in_the_tails_too():
    curve = priors_of(single(independent(normal(-1.0, 0.7))))[0].analysis
    at = np.array([1e-6, 1e-3, 0.5, 0.999, 1 - 1e-6])
    assert curve.cumulative(curve.quantiles(at)) == pytest.approx(at, abs=1e-10)
    assert curve.quantiles(at) == pytest.approx(-1 + 0.7 * special.ndtri(at), abs=1e-3)


def test_the_axis_of_an_effect_reaches_as_far_as_its_prior():
    model = {
        "control": component(independent(normal(-1.0, 1.0))),
        "effect": component(independent(normal(0.5, 0.5))),
    }
    axis = component_axis(binary(model, 20, 20, strata=1), "effect", WHOLE)
    assert special.ndtr((axis.low - 0.5) / 0.5) < 1e-9


@pytest.mark.parametrize(
    ("prior", "mean", "sd"),
    [
        ({"dist": "Beta", "alpha": 0.5, "beta": 0.5}, 0.0, np.pi),
        (
            {"dist": "Beta", "alpha": 0.05, "beta": 0.2},
            special.digamma(0.05) - special.digamma(0.2),
            np.sqrt(special.polygamma(1, 0.05) + special.polygamma(1, 0.2)),
        ),
        ({"dist": "StudentT", "nu": 5, "mu": 1, "sigma": 2.5}, 1.0, 2.5 * np.sqrt(5 / 3)),
        ({"dist": "Normal", "mu": -3, "sigma": 30}, -3.0, 30.0),
    ],
)
def test_moments_of_a_logit_hold_where_no_likelihood_changes(prior, mean, sd):
    """Digamma and trigamma functions, and Student's variance nu / (nu - 2)."""
    design = single({"kind": "independent", "prior": prior})
    linear = fit_priors(design).rows[0]
    assert linear.mean == pytest.approx(mean, abs=1e-6)
    assert linear.sd == pytest.approx(sd, rel=1e-6)
