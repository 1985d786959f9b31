"""Proven bounds: never below any point of a grid, tight, and honest where they cannot be tight.

Here, too, are tested: trialdesign.cli.sizing.certify, trialdesign.sizing.proof.certificate,
trialdesign.report.sections.certify.
"""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest
from helpers import beta, binary, component, criterion, hierarchical, independent, normal
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from trialdesign.errors import SpecificationError
from trialdesign.simulation.operating_characteristics import operating_characteristics
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
    met = (np.arange(31) >= 15)[:, None]
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


# ---- designs


def brute(design, points=13):
    """Return the largest family-wise error on a grid of truths, by `operating_characteristics`."""
    grid = np.linspace(0.02, 0.98, points)
    arms = ["treatment", "control"][: len(design.arms)]
    largest = 0.0
    chunk = []
    for rates_of in product(grid, repeat=len(design.strata) * len(arms)):
        each = np.reshape(rates_of, (len(arms), -1))
        chunk.append({arm: dict(zip(design.strata, map(float, own))) for arm, own in zip(arms, each)})
    from dataclasses import replace

    for start in range(0, len(chunk), 400):
        some = [{"name": str(i), **truth} for i, truth in enumerate(chunk[start : start + 400])]
        found = operating_characteristics(replace(design, scenarios=some), "exact")
        errors = [row.value for row in found.rows if row.quantity == "family_wise_error"]
        largest = max([largest, *errors])
    return largest


def random_design(seed):
    rng = np.random.default_rng(seed)
    shared = hierarchical(normal(float(rng.normal(0, 0.7)), 1.2),
                          {"dist": "HalfNormal", "sigma": float(rng.uniform(0.2, 1))})  # fmt: skip
    n = int(rng.integers(3, 9))
    kind = seed % 3
    if kind == 0:
        decision = [criterion("response", float(rng.uniform(0.2, 0.6)), float(rng.uniform(0.7, 0.95)))]
        return binary({"treatment": component(shared)}, n, None, decision, [(0.5, None)], strata=2)
    decision = [criterion("difference", float(rng.uniform(-0.1, 0.3)), float(rng.uniform(0.7, 0.95)))]
    control = component(independent(beta(1, 1)))
    model = {"treatment": component(shared), "control": control}
    if kind == 2:
        model = {"effect": component(shared), "control": control}
    return binary(model, n, int(rng.integers(2, 6)), decision, [(0.5, 0.4)], strata=1 + (kind == 0))


@pytest.mark.parametrize(
    "seed", [*range(5), *(pytest.param(s, marks=pytest.mark.slow) for s in range(5, 50))]
)
def test_no_truth_on_a_grid_exceeds_the_bound_of_a_random_design(seed):
    design = random_design(seed)
    found = certify(design, gap=1e-3)
    assert found.closed
    assert brute(design) <= found.bound + 2e-6
    assert found.bound - found.largest_found <= 2.1e-3


def test_what_is_attained_is_the_error_at_that_truth():
    design = random_design(0)
    found = certify(design)
    from dataclasses import replace

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
