"""What must not change a result, over random data and evidence."""

import numpy as np
import pytest
from checks import invariance, outcomes, streams
from helpers import STRATA
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.properties

ALONE = ("independent", "arm-wise, independent", "contrast, independent")
small, few = st.integers(1, 4), st.integers(0, 1)
orders = st.permutations(STRATA[:3])
responders = st.fixed_dictionaries({s: st.integers(0, 1) for s in STRATA[:3]})
counts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
rows = st.lists(
    st.tuples(st.sampled_from(STRATA[:3]), counts).map(lambda row: (row[0], *row[1])),
    min_size=1,
    max_size=4,
)
other_rows = rows.map(lambda found: [(STRATA[1 + i % 2], n, y) for i, (_, n, y) in enumerate(found)])
inner = st.sampled_from(
    [
        {"kind": "full"},
        {"kind": "power", "exponent": 0.5},
        {"kind": "drift", "sd": 0.5},
        {"kind": "meta_analytic", "sd": {"dist": "HalfNormal", "sigma": 0.5}},
    ]
)


@pytest.mark.parametrize("name", outcomes.MODELS)
@settings(max_examples=2)
@given(orders, responders, responders)
def test_permuting_strata_permutes_posteriors(name, order, treatment, control):
    invariance.permuting_strata_permutes_posteriors(name, order, treatment, control)


@pytest.mark.parametrize("name", outcomes.MODELS)
def test_permuting_strata_permutes_operating_characteristics(name):
    invariance.permuting_strata_permutes_operating_characteristics(name, ("SSc", "SLE", "IIM"))


@pytest.mark.parametrize("name", invariance.BORROWING)
@settings(max_examples=3)
@given(rows)
def test_exponent_zero_is_no_borrowing_to_the_last_digit(name, rows):
    invariance.exponent_zero_is_no_borrowing(name, rows)


@pytest.mark.parametrize("name", invariance.BORROWING)
@settings(max_examples=3)
@given(rows)
def test_exponent_one_is_full_use_to_the_last_digit(name, rows):
    invariance.exponent_one_is_full_use(name, rows)


@settings(max_examples=8)
@given(rows, rows, inner)
def test_vague_weight_one_ignores_evidence_to_the_last_digit(rows, others, inner):
    invariance.vague_weight_one_ignores_evidence(rows, others, inner)


@pytest.mark.parametrize("name", ALONE)
@settings(max_examples=2)
@given(
    other_rows,
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
)
def test_without_borrowing_other_strata_are_ignored_to_the_last_digit(name, rows, sizes, responders):
    invariance.without_borrowing_other_strata_are_ignored(name, rows, sizes, responders)


@pytest.mark.parametrize("name", ALONE)
@settings(max_examples=3)
@given(other_rows, inner)
def test_without_borrowing_evidence_on_other_strata_is_ignored_to_the_last_digit(name, rows, discount):
    check = invariance.without_borrowing_evidence_on_other_strata_is_ignored
    check(name, rows, discount, method="exact")
    check(name, rows, discount, method="simulation", trials=200)


@pytest.mark.xfail(strict=True, reason="mixes `vague` into strata of which the source says nothing")
def test_without_borrowing_a_robust_source_on_other_strata_is_ignored():
    robust = {"kind": "robust", "weight": 0.5, "vague": {"dist": "Normal", "mu": 0, "sigma": 2}}
    invariance.without_borrowing_evidence_on_other_strata_is_ignored(
        "independent", [("IIM", 20, 15)], robust, method="exact"
    )


def test_blocks_of_trials_differ():
    streams.blocks_of_trials_differ()


def test_scenarios_have_streams_of_their_own():
    streams.scenarios_have_streams_of_their_own()


def test_seeds_have_streams_of_their_own():
    streams.seeds_have_streams_of_their_own()


def test_strata_and_arms_have_draws_of_their_own():
    streams.strata_and_arms_have_draws_of_their_own()


@pytest.mark.parametrize("name", ["arm-wise", "arm-wise, independent"])
def test_short_run_is_a_prefix_of_a_longer_one(name):
    streams.short_run_is_a_prefix_of_a_longer_one(name)


def test_order_and_batching_of_trials_change_nothing():
    streams.order_and_batching_change_nothing("arm-wise")
    streams.order_and_batching_change_nothing("contrast")


def test_equal_seeds_give_equal_rows():
    design = outcomes.design("arm-wise")
    one, other = (streams.rows(design, seed=5) for _ in range(2))
    assert one == other
    assert all(np.isfinite(row.value) for row in one)
