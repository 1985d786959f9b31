"""Calibrated thresholds: the smallest that control the error, by sum, by simulation and by proof.

Here, too, are tested: trialdesign.cli.sizing.calibrate, trialdesign.sizing.calibration,
trialdesign.report.sections.calibrate.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers import beta, binary, component, criterion, hierarchical, independent, normal
from scipy import special, stats

from trialdesign.errors import SpecificationError
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.sizing.calibrate import STEP, calibrate
from trialdesign.sizing.proof.certify import certify

SHARED = hierarchical(normal(-0.5, 1.0), {"dist": "HalfNormal", "sigma": 0.5})
NULLS = [(0.3, None), ({"SLE": 0.3, "IIM": 0.7}, None)]


def design(threshold=0.9, n=14, **more):
    decision = [criterion("response", 0.3, threshold)]
    return binary({"treatment": component(SHARED)}, n, None, decision, NULLS, strata=2, **more)


def with_threshold(one, threshold):
    return replace(one, decision=[replace(each, probability=threshold) for each in one.decision])


def error(one, quantity):
    return max(row.value for row in operating_characteristics(one).rows if row.quantity == quantity)


@pytest.mark.parametrize(("family_wise", "quantity"),
                         [(False, "type_i_error"), (True, "family_wise_error")])  # fmt: skip
def test_the_threshold_controls_the_error_and_the_next_smaller_does_not(family_wise, quantity):
    found = calibrate(design(), 0.05, family_wise)
    assert error(with_threshold(design(), found.threshold), quantity) <= 0.05
    assert error(with_threshold(design(), found.threshold - STEP), quantity) > 0.05
    assert found.error == pytest.approx(error(with_threshold(design(), found.threshold), quantity))
    assert found.stated_error == pytest.approx(error(design(), quantity))


def test_one_arm_has_the_threshold_of_its_beta_posterior():
    """25 patients, Beta(1, 1), p0 0.3: k responders are the fewest with an error of at most 0.025."""
    decision = [criterion("response", 0.3, 0.9)]
    model = {"treatment": component(independent(beta(1, 1)))}
    one = binary(model, 25, None, decision, [(0.3, None)], strata=1)
    k = next(k for k in range(26) if stats.binom.sf(k - 1, 25, 0.3) <= 0.025)
    just_below = special.betaincc(k, 27 - k, 0.3)  # with k - 1 responders
    found = calibrate(one, 0.025)
    assert found.threshold == pytest.approx(np.ceil(just_below / STEP) * STEP, abs=1e-9)
    assert found.error == pytest.approx(stats.binom.sf(k - 1, 25, 0.3), abs=1e-9)


def test_a_certified_threshold_is_proven_and_no_smaller_than_that_of_the_scenarios():
    proven = calibrate(design(), 0.05, True, "certified")
    assert certify(with_threshold(design(), proven.threshold), 0.05, gap=1e-4).alpha_held
    below = certify(with_threshold(design(), proven.threshold - 2 * STEP), gap=1e-4)
    assert below.bound > 0.05 - 0.002
    assert proven.threshold >= calibrate(design(), 0.05, True).threshold


def test_simulated_trials_give_about_the_same_threshold():
    """Other trials have at that threshold the error that was asked for, within 4.5 standard errors."""
    decision = [criterion("response", 0.3, 0.9)]
    one = binary({"treatment": component(SHARED)}, 90, None, decision, [(0.3, None)], strata=4)
    found = calibrate(one, 0.1, trials=4000)
    assert found.method == "simulation"
    again = operating_characteristics(with_threshold(one, found.threshold), trials=4000, seed=99)
    worst = max(row.value for row in again.rows if row.quantity == "type_i_error")
    assert abs(worst - 0.1) < 4.5 * np.sqrt(2 * 0.1 * 0.9 / 4000)


def test_a_prior_that_succeeds_alone_has_no_threshold():
    model = {"treatment": component(independent(normal(6.0, 0.01)))}
    one = binary(model, 3, None, [criterion("response", 0.3, 0.9)], [(0.2, None)], strata=1)
    found = calibrate(one, 0.025)
    assert found.threshold is None and "succeeds on its prior" in found.warnings[-1]


@pytest.mark.parametrize(
    ("asked", "text"),
    [({"alpha": 1.0}, "`alpha` must"), ({"over": "x"}, "`over` must"), ({"seconds": -1}, "`seconds`")],
)
def test_what_cannot_be_asked_is_refused(asked, text):
    with pytest.raises(SpecificationError, match=text):
        calibrate(design(), **asked)


def test_criteria_must_share_their_threshold_and_a_scenario_must_be_null():
    two = [criterion("response", 0.3, 0.9), criterion("response", 0.2, 0.95)]
    one = binary({"treatment": component(SHARED)}, 10, None, two, [(0.9, None)], strata=2)
    with pytest.raises(SpecificationError) as caught:
        calibrate(one)
    assert "one `probability` for all criteria" in str(caught.value)
    assert "must have a null stratum" in str(caught.value)


def test_the_command_prints_the_threshold_in_every_form():
    from click.testing import CliRunner

    from trialdesign.cli import cli

    run = lambda *more: CliRunner().invoke(cli, ["calibrate", "cart-single-arm", *more])
    found = json.loads(run("--family-wise", "--certified", "--json").stdout)
    assert (found["over"], found["quantity"]) == ("certified", "family_wise_error")
    assert found["answer"] == pytest.approx(0.9891, abs=2e-4)
    assert {row["threshold"] for row in found["results"]} == {found["answer"], found["stated"]}
    assert "Smallest threshold" in run().stdout
    assert run("--csv").stdout.startswith("threshold,scenario,stratum,quantity")
