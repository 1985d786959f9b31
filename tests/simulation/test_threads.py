"""The library limits the threads of the linear algebra by itself, and gives them back."""

from __future__ import annotations

import pytest
from helpers import DESIGNS
from threadpoolctl import threadpool_info, threadpool_limits

from trialdesign.design.file import load_design
from trialdesign.simulation.operating_characteristics import operating_characteristics

pytestmark = pytest.mark.properties


def threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_matrix_products_run_on_one_thread_and_afterwards_as_before():
    seen = []
    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        operating_characteristics(
            load_design(DESIGNS / "trusting.yaml"), progress=lambda done: seen.append(threads())
        )
        assert threads() == before
    assert seen and all(each == {1} for each in seen)
