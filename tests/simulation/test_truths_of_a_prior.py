"""Assurance: closed forms, simulation, limits, and the arithmetic between its rows."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import beta, binary, component, criterion, hierarchical, independent, normal
from scipy import special

from trialdesign.errors import SpecificationError
from trialdesign.simulation.assurance import assurance
from trialdesign.simulation.operating_characteristics import operating_characteristics

RESPONSE = [criterion("response", 0.4, 0.9)]
BETTER = [criterion("difference", 0.0, 0.9)]
WEAK = independent(normal(0.0, 1.5))
SHARED = hierarchical(normal(-0.5, 0.8), {"dist": "HalfNormal", "sigma": 0.4})


def rows(found):
    return {(row.stratum, row.quantity): row for row in found.rows}


def two_arms(model, design_prior, n=12, decision=BETTER, strata=2):
    return binary(model, n, n - 2, decision, strata=strata, design_prior=design_prior)


def test_one_arm_with_a_beta_prior_is_a_sum_of_beta_binomials():
    """Analysis Beta(1, 1), truth Beta(6, 5), 25 patients: success from the fewest responders on."""
    n, a, b = 25, 6.0, 5.0
    design = binary(
        {"treatment": component(independent(beta(1, 1)))}, n, None, RESPONSE, strata=1,
        design_prior={"treatment": component(independent(beta(a, b)))},
    )  # fmt: skip
    y = np.arange(n + 1)
    met = special.betaincc(1 + y, 1 + n - y, 0.4) > 0.9
    choose = -special.betaln(y + 1, n - y + 1) - np.log(n + 1)
    chance = np.exp(choose + special.betaln(a + y, b + n - y) - special.betaln(a, b))
    right = chance * special.betaincc(a + y, b + n - y, 0.4)
    works = special.betaincc(a, b, 0.4)
    found = rows(assurance(design))
    of = lambda quantity: found["SLE", quantity].value
    assert of("assurance") == pytest.approx(chance[met].sum(), abs=1e-7)
    assert of("probability_effective") == pytest.approx(works, abs=1e-7)
    assert of("power") == pytest.approx(right[met].sum() / works, abs=1e-7)
    assert of("type_i_error") == pytest.approx((chance - right)[met].sum() / (1 - works), abs=1e-7)
    assert of("positive_predictive_value") == pytest.approx(
        right[met].sum() / chance[met].sum(), abs=1e-7
    )
    wrong = (chance - right)[met].sum() + right[~met].sum()
    assert of("correct_decision") == pytest.approx(1 - wrong, abs=1e-7)


ARM_BASED = {"treatment": component(SHARED), "control": component(WEAK)}
CONTROLS_SHARE = {"treatment": component(WEAK), "control": component(SHARED)}
BOTH_SHARE = {"treatment": component(SHARED), "control": component(SHARED)}
CONTRAST = {"control": component(WEAK), "effect": component(SHARED)}
SEPARATE = {"treatment": component(WEAK), "control": component(WEAK)}


FORMS = {
    "arm-based": ARM_BASED, "controls share": CONTROLS_SHARE, "both share": BOTH_SHARE,
    "contrast": CONTRAST, "separate": SEPARATE,
}  # fmt: skip
FAST = {("arm-based", "contrast"), ("contrast", "arm-based"), ("controls share", "both share")}
PAIRS = [
    pytest.param(FORMS[model], FORMS[truth], id=f"{model}, truth {truth}",
                 marks=[] if (model, truth) in FAST else [pytest.mark.slow])
    for model in FORMS for truth in FORMS if model != "both share"
]  # fmt: skip


@pytest.mark.parametrize(("model", "truth"), PAIRS)
def test_every_form_of_analysis_and_of_truth_is_that_of_simulated_trials(model, truth):
    """Within 4.5 Monte Carlo standard errors of 4,000 trials, all strata together and alone."""
    design = two_arms(model, truth, 6)
    exact = assurance(design, reference=False)
    simulated = assurance(design, "simulation", trials=4000, seed=3, reference=False)
    assert (exact.method, simulated.method) == ("exact", "simulation")
    ours, theirs = rows(exact), rows(simulated)
    for key, row in theirs.items():
        assert abs(row.value - ours[key].value) < 4.5 * max(row.mcse, 1e-3), key


@pytest.mark.parametrize("sd", [0.3, 0.03])
def test_assurance_tends_to_power_as_the_design_prior_tightens(sd):
    truth = {"treatment": component(independent(normal(0.2, sd)))}
    design = binary(
        {"treatment": component(SHARED)}, 15, None, RESPONSE, [(float(special.expit(0.2)), None)],
        strata=3, design_prior=truth,
    )  # fmt: skip
    power = {(row.stratum, row.quantity): row.value for row in operating_characteristics(design).rows}
    found = rows(assurance(design, reference=False))
    for stratum in design.strata:
        assert found[stratum, "assurance"].value == pytest.approx(power[stratum, "power"], abs=0.3 * sd)
    for which in ("any", "all"):
        assert found[which, "assurance"].value == pytest.approx(power[which, "success"], abs=0.3 * sd)


def test_the_rows_add_up():
    found = rows(assurance(two_arms(CONTRAST, BOTH_SHARE, 7), reference=False))
    for stratum in ("SLE", "IIM"):
        of = lambda quantity, stratum=stratum: found[stratum, quantity].value
        works = of("probability_effective")
        assert of("assurance") == pytest.approx(works * of("power") + (1 - works) * of("type_i_error"))
        assert of("positive_predictive_value") == pytest.approx(works * of("power") / of("assurance"))
        right = works * of("power") + (1 - works) * (1 - of("type_i_error"))
        assert of("correct_decision") == pytest.approx(right)


@pytest.mark.slow
def test_the_grid_of_the_design_prior_is_fine_enough(monkeypatch):
    """Twice as fine moves nothing by more than 1e-5."""
    from trialdesign.simulation import success as module
    from trialdesign.simulation.exact import measures

    design = two_arms(ARM_BASED, CONTRAST, 7)
    found = rows(assurance(design, reference=False))
    monkeypatch.setattr(module, "OF_TRUTHS", module.OF_TRUTHS.doubled())
    monkeypatch.setattr(measures, "MOST", 600)
    for key, row in rows(assurance(design, reference=False)).items():
        assert row.value == pytest.approx(found[key].value, abs=1e-5)


def test_the_analysis_prior_never_takes_the_place_of_a_design_prior():
    with pytest.raises(SpecificationError, match="`design_prior` must say what is believed to be true"):
        assurance(binary({"treatment": component(WEAK)}, 20, None, RESPONSE))


def test_the_share_of_the_prior_is_shown_by_the_same_design_without_borrowing():
    found = assurance(two_arms(ARM_BASED, ARM_BASED, 7))
    assert found.alone is not None
    assert [row.stratum for row in found.alone] == [row.stratum for row in found.rows]
    assert assurance(two_arms(SEPARATE, ARM_BASED, 7)).alone is None
