"""What the shipped designs say of their own error is what they do, on a grid of truths."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from trialdesign import load_design, operating_characteristics
from trialdesign.design.design import Scenario


def errors(design, controls, margin: float = 0.2, strong: float = 0.9) -> dict[float, tuple]:
    """Return the largest family-wise error, and the largest of one disease, at each control rate:
    every disease is at the margin or responds in ``strong``, at least one at the margin."""
    truths = []
    for control, *null in product(controls, *[(True, False)] * len(design.strata)):
        if any(null):
            rates = [control + margin if at_margin else strong for at_margin in null]
            name = f"{control:g} {null}"
            treatment = dict(zip(design.strata, rates))
            truths.append(Scenario(name=name, control=control, treatment=treatment))
    rows = operating_characteristics(replace(design, scenarios=truths)).rows
    largest = lambda control, quantity: max(
        row.value for row in rows
        if row.quantity == quantity and row.scenario.startswith(f"{control:g} ")
    )  # fmt: skip
    return {c: (largest(c, "family_wise_error"), largest(c, "type_i_error")) for c in controls}


@pytest.mark.slow
def test_the_trusting_design_states_its_family_wise_error():
    design = load_design("cart-three-diseases")
    found = {control: each[0] for control, each in errors(design, (0.1, 0.2, 0.3, 0.4)).items()}
    assert found == pytest.approx({0.1: 0.039, 0.2: 0.138, 0.3: 0.284, 0.4: 0.421}, abs=6e-4)


@pytest.mark.slow
def test_the_controlled_design_keeps_the_error_that_it_states():
    design = load_design("cart-three-diseases-error-controlled")
    found = errors(design, (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4))
    family_wise = {control: each[0] for control, each in found.items()}
    assert max(family_wise.values()) == family_wise[0.4] == pytest.approx(0.053, abs=6e-4)
    assert max(value for control, value in family_wise.items() if control <= 0.3) < 0.0405
    assert max(each[1] for each in found.values()) < 0.0205
    rows = operating_characteristics(design).rows
    power = [r.value for r in rows if r.scenario == "all diseases work" and r.quantity == "power"]
    assert power == pytest.approx([0.91, 0.78, 0.79], abs=6e-3)
