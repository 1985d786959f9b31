"""Proven bounds: never below any point of a grid, tight, and honest where they cannot be tight.

Here, too, are tested: trialdesign.cli.sizing.certify, trialdesign.sizing.proof.certificate,
trialdesign.report.sections.certify.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers import beta, binary, component, criterion, hierarchical, independent, normal
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from trialdesign.errors import SpecificationError
from trialdesign.probability.resolution import Resolution
from trialdesign.simulation.exact.decided import decide
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.simulation.trials.probes import accurate_groups
from trialdesign.sizing.proof.bernstein import diagonal, restricted, value
from trialdesign.sizing.proof.certify import certify
from trialdesign.sizing.proof.null_region import Null
from trialdesign.sizing.proof.supremum import Search, Table

RESPONSE = Null(lambda control, treatment: special.expit(treatment), 0.3, 1)
DIFFERENCE = Null(lambda control, treatment: special.expit(treatment) - special.expit(control), 0.1, 1)
SLE = ("treatment", 0)
rates = st.floats(0.0, 1.0)


# ---- the arithmetic


@settings(max_examples=40)
@given(st.integers(0, 2**31), rates, rates, rates, rates, rates, rates)
def test_coefficients_on_a_box_enclose_the_polynomial_and_are_it_at_the_corners(seed, a, b, c, d, u, v):
    table = np.random.default_rng(seed).random((6, 4)) < 0.5
    box = [tuple(sorted((a, b))), tuple(sorted((c, d)))]
    point = [low + share * (high - low) for (low, high), share in zip(box, (u, v))]
    by_hand = stats.binom.pmf(np.arange(6), 5, point[0]) @ table @ stats.binom.pmf(range(4), 3, point[1])
    found = restricted(table.astype(float), box)
    assert value(table.astype(float), point) == pytest.approx(by_hand, abs=1e-12)
    assert found.min() - 1e-12 <= by_hand <= found.max() + 1e-12
    corner = [box[0][1], box[1][0]]
    assert found[-1, 0] == pytest.approx(value(table.astype(float), corner), abs=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 2**31), rates, rates, rates, rates, rates)
def test_coefficients_along_a_diagonal_are_those_of_the_polynomial_there(seed, a, b, c, d, u):
    """At u of the way along both axes, as one polynomial of degree n + m."""
    table = np.random.default_rng(seed).random((6, 4))
    along = diagonal(restricted(table, [(a, b), (c, d)]), 0, 1)
    assert along.size == 9
    point = [a + u * (b - a), c + u * (d - c)]
    assert stats.binom.pmf(np.arange(9), 8, u) @ along == pytest.approx(value(table, point), abs=1e-12)


# ---- one search


def test_one_arm_is_worst_at_the_edge_of_its_null_region():
    met = (np.arange(31) >= 15)[:, None]  # no private axis: one column
    found = Search(Table((SLE,), {}, [met]), {0: RESPONSE}).supremum(1e-4, np.inf)
    exact = stats.binom.sf(14, 30, 0.3)
    assert exact <= found.bound <= exact + 1.1e-4
    assert found.at[SLE] == pytest.approx(0.3, abs=1e-8)


NULLS = [
    DIFFERENCE,
    Null(DIFFERENCE.value, -0.1, 1),
    Null(DIFFERENCE.value, 0.2, -1),
    Null(lambda c, t: t - c, 0.5, 1),
    Null(lambda c, t: t - c, -0.7, -1),
    Null(lambda c, t: special.expit(t) / special.expit(c), 1.3, 1),
]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(NULLS), st.booleans())
def test_no_pair_of_rates_exceeds_the_bound_whatever_the_table(seed, null, monotone):
    """Random tables, monotone or wild, of 6 and 5 patients; a grid of 201 x 201 rates."""
    rng = np.random.default_rng(seed)
    if monotone:
        y = np.arange(7)[:, None] / 6 - np.arange(6) / 5
        met = null.sign * (y + rng.normal(0, 0.02, 6)) > rng.uniform(-0.2, 0.6)
    else:
        met = rng.random((7, 6)) < 0.4
    table = Table((SLE,), {0: ("control", 0)}, [met])
    found = Search(table, {0: null}).supremum(1e-3, np.inf)
    grid = np.linspace(1e-6, 1 - 1e-6, 201)
    t, c = (
        stats.binom.pmf(np.arange(7)[:, None], 6, grid),
        stats.binom.pmf(np.arange(6)[:, None], 5, grid),
    )
    errors = t.T @ met @ c  # (treatment, control)
    linear = special.logit(grid)
    margin = null.sign * (null.value(linear[None, :], linear[:, None]) - null.threshold)
    largest = errors[margin <= 1e-9].max()
    assert largest <= found.bound + 1e-12
    assert found.bound - found.found <= 1.1e-3
    assert found.found <= found.bound


def test_an_arm_without_patients_still_has_a_rate_that_may_be_anything():
    """With no controls a treatment that all respond to is null where all controls would respond."""
    met = (np.arange(7) >= 6)[:, None]
    found = Search(Table((SLE,), {0: ("control", 0)}, [met]), {0: DIFFERENCE}).supremum(1e-3, np.inf)
    assert found.found == pytest.approx(1.0, abs=2e-3)
    assert found.bound >= found.found


# ---- designs


def decisions(design):
    """Return the decisions of each group of strata that inform each other, as `power` has them."""
    groups, _ = accurate_groups(design, Resolution(sharp_truths=False), 1e-5, 1, cut_truths=False)
    return list(zip([group.design for group in groups], decide(groups)))


def family_wise(groups, truth):
    """Return the family-wise error at a truth {(arm, stratum): rate}: a sum over every outcome."""
    spared = 1.0
    for design, met in groups:
        none, chances = 1.0, []
        for s, stratum in enumerate(design.strata):
            pmf = {
                name: stats.binom.pmf(np.arange(arm.sizes[s] + 1), arm.sizes[s], truth[name, stratum])
                for name, arm in design.arms.items()
            }
            linear = {name: special.logit(truth[name, stratum]) for name in pmf}
            c, t = (np.array([each]) for each in design.compared(linear))
            works = all(each.holds(design.estimand(each).value(c, t)[0]) for each in design.decision)
            if design.model.effect is not None:
                own, private = np.outer(pmf["control"], pmf["treatment"]).ravel(), np.ones(1)
            else:
                own, private = pmf["treatment"], pmf.get("control", np.ones(1))
                if "control" in pmf and design.model.control.strata.couples:
                    own, private = private, own
            chances.append(own)
            none = none * (1.0 if works else 1 - met[s] @ private)
        none = np.broadcast_to(none, [own.size for own in chances])
        for own in reversed(chances):
            none = none @ own
        spared *= none
    return 1 - float(spared)


def brute(design, truths=1500):
    """Return the largest family-wise error at random truths.

    Half of them have rates of both arms near each other, where the null region ends.
    """
    rng, arms, n = np.random.default_rng(1), list(design.arms), len(design.strata)
    rates_of = rng.beta(0.6, 0.6, (truths, len(arms), n)) * 0.998 + 0.001
    if len(arms) > 1:
        near = rng.random(truths) < 0.5
        shift = rng.normal(0.0, 0.15, (truths, n))
        rates_of[near, 1] = np.clip(rates_of[near, 0] + shift[near], 0.001, 0.999)
    groups = decisions(design)
    keys = [(arm, stratum) for arm in arms for stratum in design.strata]
    return max(family_wise(groups, dict(zip(keys, each.ravel()))) for each in rates_of)


DECISIONS = [
    {"estimand": "difference", "greater_than": 0.1}, {"estimand": "ratio", "greater_than": 1.2},
    {"estimand": "log_odds_ratio", "greater_than": -0.3}, {"estimand": "difference", "less_than": -0.1},
    {"estimand": "response", "less_than": 0.4},
]  # fmt: skip


def random_design(seed):
    """Single arms, arms of their own of which either may borrow, contrasts; arms without patients."""
    rng = np.random.default_rng(seed)
    shared = hierarchical(normal(float(rng.normal(0, 0.7)), 1.2),
                          {"dist": "HalfNormal", "sigma": float(rng.uniform(0.2, 1))})  # fmt: skip
    weak, probability = component(independent(beta(1, 1))), float(rng.uniform(0.7, 0.95))
    kind, strata = seed % 4, 2 if seed % 4 == 0 or seed % 3 == 0 else 1
    n = int(rng.integers(3, 9 if strata == 1 or kind == 0 else 5))
    if kind == 0:
        decision = [criterion("response", float(rng.uniform(0.2, 0.6)), probability)]
        return binary({"treatment": component(shared)}, n, None, decision, [(0.5, None)], strata=2)
    model = {"treatment": component(shared), "control": weak}
    if kind == 2:
        model = {"effect": component(shared), "control": weak}
    if kind == 3:
        model = {"treatment": weak, "control": component(shared)}
    decision = [{**DECISIONS[int(rng.integers(len(DECISIONS)))], "probability": probability}]
    return binary(model, n, int(rng.integers(0, 5)), decision, [(0.5, 0.4)], strata=strata)


@pytest.mark.parametrize(
    "seed", [*(0, 1, 2, 3, 5), *(pytest.param(s, marks=pytest.mark.slow) for s in (4, *range(6, 50)))]
)
def test_no_truth_exceeds_the_bound_of_a_random_design(seed):
    design = random_design(seed)
    found = certify(design, gap=1e-3, seconds=20)
    assert brute(design) <= found.bound + 2e-6
    assert found.largest_found <= found.bound
    if len(design.strata) == 1 or len(design.arms) == 1:  # else the bound may stay the strata's sum
        assert found.closed
        assert found.bound - found.largest_found <= 2.1e-3


def test_what_is_attained_is_the_error_at_that_truth():
    design = random_design(0)
    found = certify(design)
    treatment = {stratum: rates["treatment"] - 2e-9 for stratum, rates in found.attained_at.items()}
    exact = operating_characteristics(
        replace(design, scenarios=[{"name": "worst", "treatment": treatment}]), "exact"
    )
    (worst,) = [row.value for row in exact.rows if row.quantity == "family_wise_error"]
    assert worst == pytest.approx(found.largest_found, abs=1e-6)


def test_independent_strata_multiply():
    """1 - (1 - a)(1 - b), each bound a closed form."""
    model = {"treatment": component(independent(beta(1, 1)))}
    design = binary(model, 20, None, [criterion("response", 0.3, 0.95)], [(0.5, None)], strata=2)
    y = np.arange(21)
    met = special.betaincc(1 + y, 21 - y, 0.3) > 0.95
    one = stats.binom.pmf(y, 20, 0.3) @ met
    assert certify(design).bound == pytest.approx(1 - (1 - one) ** 2, abs=2.1e-3)


@pytest.mark.slow
def test_a_design_of_four_strata_is_worst_at_a_partial_null():
    """35 patients each, p0 0.1, threshold 0.85 (Berry et al. 2013): far above the global null."""
    model = {
        "treatment": component(hierarchical(normal(-1.5, 2.0), {"dist": "HalfNormal", "sigma": 1.0}))
    }
    design = binary(model, 35, None, [criterion("response", 0.1, 0.85)], [(0.1, None)], strata=4)
    found = certify(design, gap=5e-3, seconds=400)
    worst = max(found.rows, key=lambda row: row.largest_found)
    together = next(row for row in found.rows if len(row.null) == 4)
    assert len(worst.null) < 4
    assert worst.largest_found > together.largest_found + 0.02


def test_a_search_that_runs_out_of_time_keeps_a_bound_that_holds():
    model = {"treatment": component(hierarchical(normal(0, 1), {"dist": "HalfNormal", "sigma": 0.5})),
             "control": component(independent(beta(1, 1)))}  # fmt: skip
    design = binary(model, 8, 5, [criterion("difference", 0.1, 0.9)], [(0.5, 0.4)], strata=2)
    hasty, patient = certify(design, seconds=1e-3), certify(design, gap=5e-3, seconds=8)
    assert not hasty.closed and not hasty.accurate and "the bounds hold" in hasty.warnings[-1]
    assert hasty.bound >= patient.largest_found
    pair = patient.rows[-1]
    assert pair.bound <= sum(row.bound for row in patient.rows[:2]) + 1e-12


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"alpha": 2.0}, "`alpha` must be"),
        ({"gap": 0.0}, "`gap` must be"),
        ({"seconds": 0}, "`seconds`"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked, text):
    with pytest.raises(SpecificationError, match=text):
        certify(random_design(0), **asked)


def test_a_design_that_cannot_be_enumerated_has_no_certificate():
    model = {"treatment": component(hierarchical(normal(0, 1), {"dist": "HalfNormal", "sigma": 0.5}))}
    design = binary(model, 400, None, [criterion("response", 0.3, 0.9)], [(0.5, None)], strata=3)
    with pytest.raises(SpecificationError, match="whose outcomes are enumerated"):
        certify(design)


def test_the_command_says_whether_a_level_is_held(tmp_path):
    from click.testing import CliRunner

    from trialdesign.cli import cli

    run = lambda *more: CliRunner().invoke(cli, ["certify", "cart-single-arm", *more])
    found = json.loads(run("--alpha", "0.025", "--json").stdout)
    assert found["alpha_held"] is True
    assert found["largest_found"] <= found["bound"] <= 0.0225
    assert set(found["attained_at"]) == {"SLE", "IIM", "SSc"}
    assert "Level 0.02: exceeded." in run("--alpha", "0.02").stdout
    assert run("--csv").stdout.splitlines()[0] == "null,quantity,bound,largest_found,boxes"
