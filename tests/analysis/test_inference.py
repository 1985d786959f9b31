"""The planned analysis against closed forms: independent beta priors have beta posteriors.

Here, too, are tested: trialdesign.analysis.accuracy, trialdesign.analysis.summaries,
trialdesign.analysis.threads, trialdesign.analysis.sampling.drawn.
"""

from __future__ import annotations

from dataclasses import asdict, replace

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
)
from scipy import integrate, special, stats

import trialdesign.analysis.analyse as inference
from trialdesign.analysis.analyse import analyse
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.sampling import pymc_backend as seam
from trialdesign.analysis.sampling.nuts import NutsPosterior, allocate
from trialdesign.errors import SpecificationError
from trialdesign.probability.tails.quantiles import LEVELS, find_quantiles

pytestmark = pytest.mark.reference

PRIORS = {"SLE": (1, 1), "IIM": (4, 2), "SSc": (0.5, 0.5)}
COUNTS = {"SLE": (20, 16), "IIM": (20, 10), "SSc": (7, 7)}
TAILS = {"SLE": (20, 5), "IIM": (20, 1), "SSc": (9, 0)}
ALONE = component(independent({stratum: beta(*shapes) for stratum, shapes in PRIORS.items()}))


def data(design, **counts) -> TrialData:
    """Return data from (n, responders) by stratum of each arm."""
    return TrialData.of(
        design,
        [
            {"arm": arm, "stratum": stratum, "n": n, "responders": responders}
            for arm, rows in counts.items()
            for stratum, (n, responders) in rows.items()
        ],
    )


def closed_form(counts, stratum):
    (alpha, gamma), (n, responders) = PRIORS[stratum], counts[stratum]
    return stats.beta(alpha + responders, gamma + n - responders)


def rows(result) -> dict:
    return {(row["stratum"], row["estimand"]): row for row in result.posterior}


@pytest.fixture(scope="module")
def single():
    decision = [
        criterion("response", 0.6, 0.9),
        {"estimand": "response", "less_than": 0.9, "probability": 0.1},
    ]
    design = binary({"treatment": ALONE}, 20, decision=decision)
    return analyse(design, data(design, treatment=COUNTS))


@pytest.fixture(scope="module")
def controlled():
    decision = [
        criterion("difference", 0.2),
        criterion("log_odds_ratio", 0.0),
        criterion("difference", 0.1),
    ]
    design = binary({"control": ALONE, "treatment": ALONE}, 20, 20, decision)
    return analyse(design, data(design, treatment=COUNTS, control=TAILS))


@pytest.mark.parametrize("stratum", PRIORS)
def test_responses_have_their_beta_posterior(single, stratum):
    exact, row = closed_form(COUNTS, stratum), rows(single)[stratum, "response"]
    assert row["mean"] == pytest.approx(exact.mean(), abs=1e-6)
    assert row["sd"] == pytest.approx(exact.std(), abs=1e-6)
    for name, level in LEVELS.items():
        assert exact.cdf(row[name]) == pytest.approx(level, abs=1e-6)


@pytest.mark.parametrize("stratum", PRIORS)
def test_logits_have_the_posterior_of_a_logit_beta(single, stratum):
    exact, row = closed_form(COUNTS, stratum), rows(single)[stratum, "treatment"]
    alpha, gamma = exact.args
    # of SSc's posterior, 1e-4 lies beyond a logit of 16 and counts there
    slack = 0.01 if stratum == "SSc" else 1e-5
    assert row["mean"] == pytest.approx(special.digamma(alpha) - special.digamma(gamma), abs=slack)
    variance = special.polygamma(1, alpha) + special.polygamma(1, gamma)
    assert row["sd"] == pytest.approx(np.sqrt(variance), abs=2 * slack)
    for name, level in LEVELS.items():
        assert exact.cdf(special.expit(row[name])) == pytest.approx(level, abs=1e-6)


@pytest.mark.parametrize("stratum", PRIORS)
def test_criteria_are_beta_tails_and_success_needs_them_all(single, stratum):
    exact = closed_form(COUNTS, stratum)
    first, second = (row for row in single.results if row["stratum"] == stratum)
    assert first["criterion"] == "P(response > 0.6) > 0.9"
    assert first["probability"] == pytest.approx(exact.sf(0.6), abs=1e-6)
    assert second["criterion"] == "P(response < 0.9) > 0.1"
    assert second["probability"] == pytest.approx(exact.cdf(0.9), abs=1e-6)
    assert (first["met"], second["met"]) == (exact.sf(0.6) > 0.9, exact.cdf(0.9) > 0.1)
    assert single.success[stratum] == (first["met"] and second["met"])


@pytest.mark.parametrize("stratum", PRIORS)
def test_differences_have_their_convolved_distribution(controlled, stratum):
    new, old = closed_form(COUNTS, stratum), closed_form(TAILS, stratum)

    def below(x: float) -> float:
        inside = sorted({0.0, float(np.clip(x, 0, 1)), float(np.clip(1 + x, 0, 1)), 1.0})
        parts = [
            integrate.quad(lambda p: new.pdf(p) * old.sf(p - x), a, b, epsabs=1e-10, limit=200)[0]
            for a, b in zip(inside, inside[1:], strict=False)
        ]
        return sum(parts)

    row = rows(controlled)[stratum, "difference"]
    assert row["mean"] == pytest.approx(new.mean() - old.mean(), abs=1e-6)
    assert row["sd"] == pytest.approx(np.hypot(new.std(), old.std()), abs=1e-6)
    for name, level in LEVELS.items():
        assert below(row[name]) == pytest.approx(level, abs=2e-6)
    (first, *_) = (each for each in controlled.results if each["stratum"] == stratum)
    assert first["probability"] == pytest.approx(1 - below(0.2), abs=2e-6)


def test_each_estimand_and_component_has_one_row_a_stratum(controlled):
    named = [row["estimand"] for row in controlled.posterior if row["stratum"] == "IIM"]
    assert named == ["difference", "log_odds_ratio", "control", "treatment"]
    assert len(controlled.results) == 9


def test_a_contrast_reports_control_and_effect():
    model = {name: component(independent(normal(0, 2))) for name in ("control", "effect")}
    design = binary(model, 20, 20)
    found = rows(analyse(design, data(design, treatment=COUNTS, control=TAILS)))
    assert [name for stratum, name in found if stratum == "SLE"] == ["difference", "control", "effect"]
    mean = found["SLE", "control"]["mean"] + found["SLE", "effect"]["mean"]
    assert special.expit(mean) == pytest.approx(0.79, abs=0.03)  # the treated: 16 of 20


@pytest.mark.slow
@pytest.mark.parametrize(("form", "within"), [("single", 3e-5), ("effect", 1e-4), ("treatment", 1e-5)])
def test_quantiles_hold_although_no_criterion_cuts_there(form, within):
    shared = component(hierarchical(normal(0, 2), {"dist": "HalfCauchy", "beta": 0.3}))
    name, estimand = ("treatment", "response") if form == "single" else (form, "difference")
    model, sizes, trial = {name: shared}, [20], {"treatment": COUNTS}
    if form != "single":
        model["control"] = component(independent(normal(-2, 2)))
        sizes, trial = [20, 20], trial | {"control": TAILS}
    design = binary(model, *sizes, decision=[criterion(estimand, 0.5)])
    found = rows(analyse(design, data(design, **trial)))
    for quantile, level in list(LEVELS.items())[::2]:
        at = [found[stratum, estimand][quantile] for stratum in PRIORS]
        cut = binary(model, *sizes, decision=[criterion(estimand, x) for x in at])
        tails = analyse(cut, data(cut, **trial)).results[:: len(at) + 1]  # each stratum's own
        assert [row["probability"] for row in tails] == pytest.approx([1 - level] * 3, abs=within)


def test_success_is_strict(single):
    (first, *_) = single.results
    level = first["probability"]
    for probability, met in ((level, False), (np.nextafter(level, 0), True)):
        design = replace(
            single.design,
            decision=[
                replace(single.design.decision[0], probability=float(probability)),
                replace(single.design.decision[1], probability=1e-9),
            ],
        )
        result = analyse(design, data(design, treatment=COUNTS))
        assert result.results[0]["met"] is met
        assert result.success["SLE"] is met


def test_without_patients_the_posterior_is_the_prior():
    design = binary({"treatment": ALONE}, 20)
    nobody = data(design, treatment=dict.fromkeys(PRIORS, (0, 0)))
    for (stratum, name), row in rows(analyse(design, nobody)).items():
        if name == "response":
            cdf = stats.beta(*PRIORS[stratum]).cdf([row[name] for name in LEVELS])
            assert cdf == pytest.approx(list(LEVELS.values()), abs=1e-6)


def test_more_patients_than_planned_get_a_finer_grid():
    larger = {stratum: (2000, 1500) for stratum in PRIORS}
    decision = [criterion("response", 0.76)]
    planned, small = (binary({"treatment": ALONE}, n, decision=decision) for n in (2000, 5))
    one, other = (analyse(design, data(design, treatment=larger)) for design in (planned, small))
    assert one.results == other.results
    assert one.results[0]["probability"] == pytest.approx(stats.beta(1501, 501).sf(0.76), abs=1e-6)


def test_implausibly_many_patients_are_refused():
    design = binary({"treatment": ALONE}, 20)
    wrong = data(design, treatment=COUNTS | {"IIM": (900_000, 7)})
    with pytest.raises(SpecificationError, match="at most 10000 patients .* in IIM, treatment"):
        analyse(design, wrong)


def test_data_of_another_trial_are_refused(controlled):
    single_arm = binary({"treatment": ALONE}, 20)
    with pytest.raises(SpecificationError, match="the design's arms and strata"):
        analyse(controlled.design, data(single_arm, treatment=COUNTS))
    with pytest.raises(SpecificationError, match="`engine` must be one of quadrature, nuts"):
        analyse(single_arm, data(single_arm, treatment=COUNTS), engine="mcmc")


def test_tables_are_data_frames(single):
    assert list(single.to_dataframe()) == ["stratum", "criterion", "probability", "met"]
    assert list(single.posterior_to_dataframe()) == ["stratum", "estimand", "mean", "sd", *LEVELS]


def test_a_sampler_that_missed_its_targets_says_so(monkeypatch, single):
    draws = np.random.default_rng(1).standard_normal((400, 3))
    missed = seam.Diagnostics(rhat=1.2, ess_bulk=37.0, ess_tail=np.nan, divergences=3)
    found = NutsPosterior(
        design=single.design, draws={"treatment": draws}, chains=4, diagnostics=missed, sampler="nutpie"
    )
    monkeypatch.setattr(inference, "sample_posterior", lambda *args, **more: found)
    result = analyse(single.design, data(single.design, treatment=COUNTS), engine="nuts")
    assert not result.converged
    assert [text.partition(".")[0] for text in result.warnings] == [
        "NUTS has not converged: R-hat is 1",
        "NUTS has not converged: the bulk ESS is 37, below 400",
        "NUTS has not converged: the tail ESS is nan, below 400",
        "NUTS has not converged: 3 transitions diverged",
    ]
    assert result.diagnostics == {"sampler": "nutpie", "chains": 4, "draws": 100} | asdict(missed)


@pytest.mark.slow
def test_the_engines_agree():
    past = evidence([("SLE", 8, 8), ("IIM", 3, 3), ("SSc", 4, 4)], {"kind": "power", "exponent": 0.5})
    model = {
        "control": component(independent(normal(-1, 1))),
        "treatment": component(hierarchical(normal(0, 2), half_normal(1)), past),
    }
    design = binary(model, 20, 20, [criterion("ratio", 2.0)])
    trial = data(design, treatment=COUNTS, control=TAILS)
    one, other = (analyse(design, trial, engine=engine, seed=5) for engine in inference.ENGINES)
    assert (other.seed, one.seed, other.converged) == (5, None, True)
    n = other.diagnostics["ess_bulk"]
    for exact, drawn in zip(one.results, other.results, strict=True):
        p = exact["probability"]
        assert abs(drawn["probability"] - p) < 4 * np.sqrt(p * (1 - p) / n)
    for exact, drawn in zip(one.posterior, other.posterior, strict=True):
        assert (exact["stratum"], exact["estimand"]) == (drawn["stratum"], drawn["estimand"])
        assert abs(drawn["mean"] - exact["mean"]) < 4 * exact["sd"] / np.sqrt(n)
        assert drawn["sd"] == pytest.approx(exact["sd"], rel=4 / np.sqrt(n))


def test_alternatives_are_drawn_by_their_weights():
    n = 40_000
    shares = np.array([[0.2, 1.0], [0.5, 0.0], [0.3, 0.0]])  # (A, S)
    with np.errstate(divide="ignore"):
        log_weights = np.broadcast_to(np.log(shares) + 7, (2, n, 3, 2))
    values = np.broadcast_to(np.arange(3.0)[:, None, None] + [[0.0], [10.0]], (2, n, 3, 2, 1))
    values = np.broadcast_to(values, (2, n, 3, 2, 2))
    drawn = allocate(values, log_weights, np.random.default_rng(3))
    assert drawn.shape == (2, n, 2, 2)
    assert np.array_equal(drawn[:, :, 1], drawn[:, :, 0] + 10)  # a group moves together
    found = [(drawn[:, :, 0] == a).mean(axis=(0, 1)) for a in range(3)]
    assert np.array(found) == pytest.approx(shares, abs=4 * 0.5 / np.sqrt(2 * n))


def test_quantiles_of_any_distribution_function_are_found():
    families = [stats.cauchy(3, 2), stats.lognorm(3), stats.beta(0.3, 8), stats.norm(-40, 1e-3)]
    levels = (1e-3, 0.025, 0.5, 0.975)

    def below(x: float) -> np.ndarray:
        return np.array([family.cdf(x) for family in families])

    found = find_quantiles(below, np.linspace(-1e5, 1e5, 9), levels)
    for family, each in zip(families, found, strict=True):
        assert family.cdf(each) == pytest.approx(levels, abs=1e-9)


def test_a_quantile_at_a_jump_is_the_point_of_the_jump():
    def below(x: float) -> np.ndarray:
        return np.array([0.3 * (x >= 0.25) + 0.7 * (x >= 0.5)])

    found = find_quantiles(below, (0.0, 1.0), (0.1, 0.5))
    assert found == pytest.approx(np.array([[0.25, 0.5]]), abs=1e-12)
    assert find_quantiles(below, (0.3, 0.4), (0.1, 0.5)).tolist() == [[0.3, 0.4]]
