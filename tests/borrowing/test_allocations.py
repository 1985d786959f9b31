"""Sums over allocations (trialdesign.borrowing._allocations): their groups, and what is kept."""

from __future__ import annotations

from itertools import combinations

import pytest

from trialdesign.borrowing._allocations import ALLOCATED, FEWEST, SPANNED, _groups, kept_each


@pytest.mark.parametrize("n_strata", range(1, 8))
def test_groups_are_the_sets_of_two_strata_or_more(n_strata):
    sets = [each for size in range(2, n_strata + 1) for each in combinations(range(n_strata), size)]
    assert _groups(n_strata) == len(sets)


def test_nodes_are_kept_as_far_as_their_sum_fits():
    n_strata, n_points = 3, 1000
    each_node = 4 * n_strata * n_points  # three pairs and the whole
    fits = int(ALLOCATED / each_node)
    assert kept_each([fits], n_strata, n_points) is None
    kept = kept_each([fits + 1, fits + 1, fits + 1, fits + 1, fits + 1, fits + 1, fits + 1], 3, n_points)
    assert kept == fits // 7 and FEWEST < kept < SPANNED
    assert kept_each([fits + 1], n_strata, n_points) == SPANNED
    assert kept_each([fits + 1] * 1000, n_strata, n_points) == FEWEST
