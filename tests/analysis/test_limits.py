"""Limits in which one model becomes another, and directions in which a result must move.

Here, too, are tested: trialdesign.analysis.extremes, trialdesign.borrowing.pooled,
trialdesign.discounting.drift.
"""

import numpy as np
import pytest
from checks import outcomes
from helpers import (
    FINE,
    STRATA,
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
    posterior,
    table,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trialdesign.analysis.build import assemble
from trialdesign.probability.belief import marginals, update
from trialdesign.simulation.operating_characteristics import operating_characteristics

pytestmark = pytest.mark.properties

N = (12, 7, 9)
counts = st.tuples(*(st.integers(0, n) for n in N))
PAST = [("SLE", 8, 8), ("IIM", 6, 2), ("SLE", 5, 3)]


def single(strata, *used, n=N, at=0.4):
    return binary({"treatment": component(strata, *used)}, n, None, [criterion("response", at, 0.9)])


def summary(design, y, assembled=None):
    post = posterior(design, y, assembled=assembled)
    return np.array([[post.probability(s), post.mean(s), post.sd(s)] for s in range(3)])


def assert_same(one, other, y, tolerance):
    np.testing.assert_allclose(summary(one, y), summary(other, y), rtol=0, atol=tolerance)


@settings(max_examples=5)
@given(counts)
def test_strata_that_hardly_scatter_are_pooled(y):
    prior = normal(0.2, 1.3)
    one, other = (
        posterior(single(strata), y, resolution=FINE)
        for strata in (hierarchical(prior, 1e-4), pooled(prior))
    )
    for s in range(3):
        assert one.probability(s) == pytest.approx(other.probability(s), abs=1e-6)
        assert one.mean(s) == pytest.approx(other.mean(s), abs=1e-6)


@pytest.mark.xfail(strict=True, reason="panels resolve one stratum's likelihood, not that of all")
def test_strata_that_hardly_scatter_and_differ_are_pooled_on_the_default_grid():
    prior = normal(0.2, 1.3)
    assert_same(single(hierarchical(prior, 1e-3)), single(pooled(prior)), (2, 6, 9), 1e-5)


@settings(max_examples=5)
@given(counts)
def test_strata_that_scatter_without_bound_are_independent(y):
    """The correlation of two strata is 0.02^2 / (0.02^2 + 2^2) = 1e-4."""
    wide = single(hierarchical(normal(0.3, 0.02), 2.0))
    alone = single(independent(normal(0.3, float(np.hypot(2.0, 0.02)))))
    assert_same(wide, alone, y, 3e-4)


@settings(max_examples=5)
@given(counts)
def test_exnex_without_the_nonexchangeable_part_is_hierarchical(y):
    prior, sd = normal(0.0, 2.0), half_normal(1.0)
    mixed = single(exnex(prior, sd, normal(1.0, 1.0), weight=1.0))
    assert_same(mixed, single(hierarchical(prior, sd)), y, 1e-6)


@settings(max_examples=5)
@given(counts)
def test_exnex_without_the_exchangeable_part_is_independent(y):
    mixed = single(exnex(normal(0.0, 2.0), half_normal(1.0), normal(1.0, 1.0), weight=0.0))
    assert_same(mixed, single(independent(normal(1.0, 1.0))), y, 1e-6)


@pytest.mark.parametrize(
    "tight",
    [
        {"kind": "drift", "sd": 1e-3},
        {"kind": "meta_analytic", "sd": 1e-3},
        {"kind": "robust", "weight": 0.0, "vague": normal(0.0, 2.0)},
    ],
)
def test_discount_that_forgives_nothing_is_full_use(tight):
    strata = hierarchical(normal(0.0, 2.0), half_normal(1.0))
    assert_same(single(strata, evidence(PAST, tight)), single(strata, evidence(PAST)), (6, 2, 5), 1e-5)


def test_drift_without_bound_is_no_borrowing():
    strata = independent(normal(0.0, 1.5))
    loose = evidence(PAST, {"kind": "drift", "sd": 1000.0})
    assert_same(single(strata, loose), single(strata), (6, 2, 5), 1e-3)


@settings(max_examples=5)
@given(counts, counts)
def test_two_updates_are_one_with_the_sum_of_the_data(first, second):
    design = single(hierarchical(normal(0.0, 2.0), half_normal(1.0)))
    belief = assemble(design).model.focus
    logs = [
        design.endpoint.log_likelihood(np.array([N, y], dtype=float).T, belief.grid.nodes)
        for y in (first, second)
    ]
    twice = marginals(update(update(belief, logs[0]), logs[1]))
    np.testing.assert_allclose(twice, marginals(update(belief, logs[0] + logs[1])), rtol=0, atol=1e-12)


@settings(max_examples=4)
@given(counts)
def test_past_patients_in_full_use_count_like_new_ones(y):
    strata = hierarchical(normal(0.0, 2.0), half_normal(1.0))
    known = [(stratum, n, r) for stratum, n, r in zip(STRATA, N, y)]
    later = single(strata, evidence(known), n=(6, 6, 6))
    at_once = single(strata, n=tuple(n + 6 for n in N))
    one, other = summary(later, (3, 1, 5)), summary(at_once, (y[0] + 3, y[1] + 1, y[2] + 5))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


@settings(max_examples=4)
@given(st.permutations(PAST))
def test_order_and_grouping_of_sources_change_nothing(rows):
    strata = hierarchical(normal(0.0, 2.0), half_normal(1.0))
    apart = [evidence([row], name=f"source {i}") for i, row in enumerate(rows)]
    assert_same(single(strata, *apart), single(strata, evidence(PAST)), (6, 2, 5), 1e-12)


@pytest.mark.parametrize(
    "strata",
    [
        independent(beta(1.0, 1.0)),
        pooled(normal(0.0, 2.0)),
        hierarchical(normal(0.0, 2.0), half_normal(1.0)),
        exnex(normal(0.0, 2.0), half_normal(1.0), normal(0.0, 2.0)),
    ],
)
def test_doubling_patients_and_responders_narrows_every_interval(strata):
    y = (4, 3, 6)
    widths = []
    for factor in (1, 2, 4):
        post = posterior(single(strata, n=[factor * n for n in N]), [factor * r for r in y])
        ends = [[post.quantile(s, q, (1e-6, 1 - 1e-6)) for s in range(3)] for q in (0.025, 0.975)]
        widths.append(np.subtract(ends[1], ends[0]))
    assert (np.diff(widths, axis=0) < 0).all()


@pytest.mark.parametrize("name", ["exnex", "pooled", "arm-wise", "contrast"])
def test_raising_the_probability_threshold_lowers_power_and_error(name):
    rates = [_rates(name, probability=p) for p in (0.5, 0.75, 0.95)]
    _assert_falling(rates)


@pytest.mark.parametrize("name", ["exnex", "pooled", "arm-wise", "contrast"])
def test_raising_the_margin_lowers_the_chance_of_success(name):
    rates = [_rates(name, margin=m) for m in (0.01, 0.1, 0.25)]
    _assert_falling(rates)


def _rates(name, probability=0.7, margin=0.1):
    model, treatment, control = outcomes.MODELS[name]
    estimand = "response" if control is None else "difference"
    decision = [criterion(estimand, margin, probability)]
    truths = [(0.6, control and 0.3), ((0.9, 0.1, 0.5), control and 0.1)]
    found = table(
        operating_characteristics(binary(model, treatment, control, decision, truths), "exact")
    )
    # a truth may cross the margin: its rate is then called an error, of the same event
    kept = ("power", "type_i_error", "success")
    return [(k[:2], value) for k, value in found.items() if k[2] in kept]


def _assert_falling(rates):
    for lower, higher in zip(rates, rates[1:]):
        assert [k for k, _ in lower] == [k for k, _ in higher]
        assert all(a >= b for (_, a), (_, b) in zip(lower, higher))
    assert any(a > b for (_, a), (_, b) in zip(rates[0], rates[-1]))


@pytest.mark.parametrize("y", [(250, 0, 125), (250, 250, 0), (0, 0, 0)])
def test_pooled_strata_that_contradict_each_other_keep_their_posterior(y):
    """The evidence of such data is 1e-200 of the largest."""
    assert_conjugate(250, y)


@pytest.mark.xfail(strict=True, reason="0 / 0 where the evidence leaves the range of double precision")
def test_pooled_strata_that_contradict_each_other_beyond_double_precision_keep_their_posterior():
    assert_conjugate(900, (900, 0, 450))


def assert_conjugate(n, y):
    want = stats.beta(1 + sum(y), 3 * n + 1 - sum(y))
    for probability, mean, sd in summary(single(pooled(beta(1.0, 1.0)), n=(n, n, n), at=0.5), y):
        assert probability == pytest.approx(want.sf(0.5), abs=1e-5)
        assert (mean, sd) == pytest.approx((want.mean(), want.std()), abs=1e-6)


def test_opposite_criteria_share_all_probability():
    strata = hierarchical(normal(0.0, 2.0), half_normal(1.0))
    model = {"control": component(independent(beta(1.0, 2.0))), "treatment": component(strata)}
    above = criterion("ratio", 1.1)
    below = {"estimand": "ratio", "less_than": 1.1, "probability": 0.5}
    post = posterior(binary(model, N, N, [above, below]), (6, 2, 5), (3, 3, 1))
    for s in range(3):
        assert post.probability(s, 0) + post.probability(s, 1) == pytest.approx(1, abs=1e-12)
