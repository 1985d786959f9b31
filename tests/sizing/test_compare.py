"""Two designs side by side: keys that differ, quantities that move, and what cannot be compared.

Here, too, are tested: trialdesign.cli.sizing.compare, trialdesign.report.sections.compare.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from helpers import binary, component, criterion, hierarchical, normal

from trialdesign.errors import SpecificationError
from trialdesign.simulation.operating_characteristics import operating_characteristics
from trialdesign.sizing.compare import compare

SHARED = hierarchical(normal(-0.5, 1.0), {"dist": "HalfNormal", "sigma": 0.5})
WIDER = hierarchical(normal(-0.5, 1.0), {"dist": "HalfNormal", "sigma": 2.0})


def design(shared=SHARED, n=12, threshold=0.9):
    decision = [criterion("response", 0.3, threshold)]
    scenarios = [(0.3, None), (0.6, None)]
    return binary({"treatment": component(shared)}, n, None, decision, scenarios, strata=2)


def test_a_design_against_itself_differs_in_nothing():
    found = compare(design(), design())
    assert not found.differences
    assert not any(row.moves or row.difference for row in found.rows)


def test_keys_that_differ_are_named_and_what_moves_is_the_difference_of_both():
    found = compare(design(), design(WIDER, 15))
    assert {each.key: (each.first, each.second) for each in found.differences} == {
        "model.treatment.strata.sd.sigma": (0.5, 2.0), "sample_size.treatment": (12, 15),
    }  # fmt: skip
    ours, theirs = (operating_characteristics(each) for each in (design(), design(WIDER, 15)))
    for row, a, b in zip(found.rows, ours.rows, theirs.rows, strict=True):
        assert (row.first, row.second) == (a.value, b.value)
        assert row.difference == pytest.approx(b.value - a.value)
        assert row.moves == (abs(row.difference) > 5e-5)


def test_simulated_differences_carry_their_error():
    found = compare(design(), design(threshold=0.9001), "simulation", trials=400)
    power = next(row for row in found.rows if row.quantity == "power")
    assert power.mcse > 0 and not power.moves


def test_scenarios_of_one_alone_are_told_and_none_in_common_is_refused():
    one = design()
    fewer = replace(one, scenarios=one.scenarios[:1])
    assert "only one of the two has the scenarios 1" in compare(one, fewer).warnings[-1]
    named = replace(one, scenarios=[replace(each, name=f"x{each.name}") for each in one.scenarios])
    with pytest.raises(SpecificationError, match="must share a name"):
        compare(one, named)


def test_the_command_prints_both_in_every_form():
    from click.testing import CliRunner

    from trialdesign.cli import cli

    run = lambda *more: CliRunner().invoke(cli, ["compare", "cart-single-arm", "cart-single-arm", *more])
    found = json.loads(run("--json").stdout)
    assert found["differences"] == [] and found["other"]["design_hash"] == found["design_hash"]
    assert run("--csv").stdout.startswith("scenario,stratum,quantity,first,second,difference,mcse,moves")
    assert "Keys that differ" in run().stdout
