"""The memory foretold of a design is what it takes, and what does not fit is refused.

Here, too, are tested: trialdesign.analysis.cost, trialdesign.probability.cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from helpers import binary, component, evidence, half_normal, hierarchical, independent, normal, parse

from trialdesign.errors import SpecificationError
from trialdesign.simulation.cost import simulation_work
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.simulation.trials.blocks import MOST
from trialdesign.simulation.trials.streams import BLOCK

pytestmark = pytest.mark.properties

SHIPPED = (
    "cart-three-diseases", "cart-single-arm", "cart-against-rituximab", "cart-durability",
    "cart-durability-single-arm", "cart-three-diseases-error-controlled",
    "cart-three-diseases-no-borrowing", "lupus-sri4-historical-control",
)  # fmt: skip
MEASURE = """
import json, resource, sys
from trialdesign.design.file import load_design
from trialdesign.probability.resolution import SIMULATED, Resolution
from trialdesign.simulation import cost
from trialdesign.simulation.exact.countable import obstacle
design = load_design(sys.argv[1])
resolution = SIMULATED if design.looks else Resolution()
work = cost.foretold(design, resolution, design.simulation.trials, bool(obstacle(design)))
operating_characteristics(design)
print(json.dumps([work.bytes, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_the_memory_foretold_is_the_memory_taken_within_a_factor(name):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURE, name], capture_output=True, text=True, check=True
    )
    foretold, taken = json.loads(done.stdout)
    assert 0.7 < foretold / taken < 2.5, (foretold, taken)


def many_strata(n: int, patients: int, published: int) -> dict:
    """Return a hierarchical design, a row of evidence in each stratum."""
    names = [f"D{i}" for i in range(n)]
    robust = {"kind": "robust", "weight": 0.5, "vague": normal(0, 2)}
    uses = [evidence([(name, published, published // 2) for name in names], robust)]
    return {
        "title": "many",
        "strata": names,
        "endpoint": {"kind": "binary"},
        "sample_size": {"treatment": patients},
        "model": {"treatment": {"strata": hierarchical(normal(0, 2), half_normal(1)), "evidence": uses}},
        "decision": [{"estimand": "response", "greater_than": 0.3, "probability": 0.9}],
        "scenarios": [{"name": "works", "treatment": 0.5}],
    }


@pytest.mark.parametrize("case", [(100, 20, 10), (2, 20, 1_000_000)])
def test_what_does_not_fit_in_memory_is_refused_before_the_work(case):
    design, before = parse(many_strata(*case)), time.process_time()
    with pytest.raises(SpecificationError, match="`treatment` must be computable within 2.0 GB.*Use "):
        operating_characteristics(design)
    assert time.process_time() - before < 3


@pytest.mark.parametrize(("strata", "arms"), [(1, 1), (1, 2), (3, 1), (3, 2)])
def test_drawn_outcomes_take_memory_by_stratum_and_arm(strata, arms):
    """The trials of a block are held twice, two statistics an arm; of more trials no more are held."""
    flat = component(independent(normal(0, 1)))
    model = {"treatment": flat} | ({"control": flat} if arms == 2 else {})
    design = binary(model, 20, 20 if arms == 2 else None, strata=strata)
    one, many = (simulation_work(design, [], trials).numbers for trials in (1, 10**6))
    assert one == 2 * BLOCK * strata * arms * 2
    assert many == MOST * one
