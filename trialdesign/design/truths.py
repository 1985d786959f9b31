"""What is true in a scenario: true values of estimands, and whether success is right."""

from __future__ import annotations

from trialdesign.design.criterion import Criterion
from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario


def true_values(design: Design, scenario, criterion: Criterion) -> tuple[float, ...]:
    """Return the true value of a criterion's estimand in each stratum."""
    truths = {arm: design.truths(scenario, arm) for arm in design.arms}
    true_value = design.estimand(criterion).true_value
    return tuple(true_value(*pair) for pair in zip(*design.compared(truths)))


def is_effective(design: Design, scenario: Scenario) -> list[bool]:
    """Return, one per stratum, whether the truth lies in the success region of every criterion."""
    held = [
        [criterion.holds(value) for value in true_values(design, scenario, criterion)]
        for criterion in design.decision
    ]
    return [all(column) for column in zip(*held)]
