"""Arms are data: what the two-arm spelling gives, and that the loops over arms hold for a third."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import binary, component, independent, normal
from survival_designs import relapse

from trialdesign.analysis.data.running_trial import Interim
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.design.arms import Arm, by_name
from trialdesign.design.conduct.before_infusion import Composite
from trialdesign.design.design import changed, restricted
from trialdesign.design.design_file import Scenario
from trialdesign.errors import SpecificationError
from trialdesign.probability.distributions.truth import TruthPerStratum
from trialdesign.report.words import patients, truth
from trialdesign.simulation.trials.draws import draw, watched
from trialdesign.simulation.trials.truths import assumed
from trialdesign.specification.types import specification
from trialdesign.timeline.event_counts import scenario_counts

pytestmark = pytest.mark.properties

FLAT = component(independent(normal(0, 2)))
TWO = {"control": FLAT, "treatment": FLAT}
THREE = by_name([
    Arm("treatment", "treatment", "CAR-T", (12, 8)),
    Arm("rituximab", "treatment", None, (9, 6)),
    Arm("control", "control", "standard of care", (5, 4)),
])  # fmt: skip
PATIENTS = (26, 18)
LOST = {"months": 1.5, "manufacturing_failure": 0.1, "counted": "event"}


@specification
class ThreeTruths(Scenario):
    """A scenario with the truth of a third arm, as a later spelling may have it."""

    rituximab: TruthPerStratum


def controlled(**more):
    return binary(TWO, [12, 8], [5, 4], scenarios=[(0.7, 0.2)], strata=2, **more)


def three(design, **truths):
    return changed(design, arms=THREE, scenarios=[ThreeTruths(name="assumed", **truths)])


def responses():
    return three(controlled(), control=0.2, treatment=0.7, rituximab={"SLE": 0.4, "IIM": 0.9})


def relapses(**more):
    made = relapse(12, 5, [{"control": 0.08, "treatment": 0.03}], strata=2, **more)
    return three(made, control=0.08, treatment=0.03, rituximab=0.05)


def test_two_arms_are_as_the_file_spells_them():
    design = controlled(arms={"treatment": "CAR-T"})
    assert list(design.arms.items()) == [
        ("control", Arm("control", "control", None, (5, 4))),
        ("treatment", Arm("treatment", "treatment", "CAR-T", (12, 8))),
    ]
    assert design.control is design.arms["control"]
    assert design.treated == (design.arms["treatment"],)
    assert design.patients == (17, 12)
    single = binary({"treatment": FLAT}, 10)
    assert list(single.arms) == ["treatment"] and single.control is None


def test_arms_are_made_anew_where_a_design_is_replaced_and_their_words_are_kept():
    design = controlled(arms={"treatment": "CAR-T", "control": "nothing"})
    more = replace(design, sample_size={"control": 30, "treatment": 40})
    assert [(arm.label, arm.sizes) for arm in more.arms.values()] == [
        ("nothing", (30, 30)),
        ("CAR-T", (40, 40)),
    ]
    assert replace(design).hash() == design.hash() != more.hash()
    assert design.hash() != controlled().hash()  # what the arms receive belongs to a design
    with pytest.raises(SpecificationError, match="SSc is missing"):
        replace(design, strata=["SLE", "IIM", "SSc"])


def test_an_effect_belongs_to_the_treated_arm():
    design = binary({"control": FLAT, "effect": FLAT}, 10, 8)
    assert design.arm_of("effect") is design.arm_of("treatment") is design.arms["treatment"]
    assert design.arm_of("control") is design.control
    linear = {"control": np.array([1.0]), "effect": np.array([0.5])}
    assert design.linear_by_arm(linear) == {"control": [1.0], "treatment": [1.5]}
    assert design.compared({"control": 1, "treatment": 2}) == (1, 2)
    assert binary({"treatment": FLAT}, 10).compared({"treatment": 2}) == (2, 2)


def test_three_arms_are_planned_in_order_of_their_roles():
    design = responses()
    assert list(design.arms) == ["control", "treatment", "rituximab"]
    assert design.control.name == "control"
    assert [arm.name for arm in design.treated] == ["treatment", "rituximab"]
    assert design.patients == PATIENTS
    assert restricted(design, ["IIM"]).patients == PATIENTS[1:]
    assert patients(design) == (
        "Patients (rituximab + treatment + control): SLE 9 + 12 + 5, IIM 6 + 8 + 4; 44 in all."
    )


def test_three_arms_have_truths_and_simulated_patients():
    design = responses()
    (one,) = assumed(design)
    linear = one.of_block(design, 1, 0)["rituximab"]
    assert linear == pytest.approx([np.log(0.4 / 0.6), np.log(0.9 / 0.1)], rel=1e-12)
    assert truth(design, design.scenarios[0]).endswith("; rituximab SLE 0.4, IIM 0.9")
    drawn = draw(design, one, seed=1, trials=2000)
    for s, (own, rates) in enumerate(zip(drawn, [(0.2, 0.7, 0.4), (0.2, 0.7, 0.9)])):
        for (name, counts), rate in zip(own.items(), rates, strict=True):
            n = design.arms[name].sizes[s]
            assert (counts[:, 0] == n).all()
            # six standard errors: one false alarm in 5e8
            assert abs(counts[:, 1].mean() / n - rate) < 6 * np.sqrt(rate * (1 - rate) / n / 2000)


def test_three_arms_enter_together_and_their_events_add_up():
    design = relapses()
    run = design.conduct()
    assert tuple(run.patients) == PATIENTS
    assert run.last_entry == pytest.approx(44 / 6)  # patients, at 6 a month
    late = scenario_counts(design, design.scenarios[0])(np.array([1e4]))[0]
    assert late.size == 45 and late[-1] == pytest.approx(1.0, abs=1e-9)
    seen = watched([design], assumed(design)[0], seed=1, trials=50)[0][-1]
    assert [set(own) for own in seen.outcomes] == [set(THREE)] * 2
    assert set(Interim.before(design).events) == set(THREE)


def test_controls_alone_are_not_lost_before_infusion():
    design = relapses(before_infusion=LOST)
    composite = {
        arm: all(isinstance(each, Composite) for each in design.truths(design.scenarios[0], arm))
        for arm in design.arms
    }
    assert composite == {"control": False, "treatment": True, "rituximab": True}


def test_data_rows_name_any_of_three_arms():
    design = responses()
    rows = [
        {"stratum": stratum, "arm": arm, "n": 4, "responders": i}
        for i, arm in enumerate(design.arms)
        for stratum in design.strata
    ]
    read = TrialData.of(design, rows)
    assert {arm: own[:, 1].tolist() for arm, own in read.statistics.items()} == {
        "control": [0, 0],
        "treatment": [1, 1],
        "rituximab": [2, 2],
    }
    with pytest.raises(SpecificationError, match="one of control, treatment, rituximab; got"):
        TrialData.of(design, [*rows, {"stratum": "SLE", "arm": "tacrolimus", "n": 4, "responders": 1}])
    with pytest.raises(SpecificationError, match="got none of IIM, rituximab"):
        TrialData.of(design, rows[:-1])
