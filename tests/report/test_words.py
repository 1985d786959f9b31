"""Designs in words (trialdesign.report.words)."""

from __future__ import annotations

from helpers import binary, component, independent, normal

from trialdesign.report.words import patients

FLAT = component(independent(normal(0, 1)))


def test_the_planned_sizes_are_told_with_their_arms_and_their_sum():
    single = binary({"treatment": FLAT}, (8, 5), strata=2)
    assert patients(single) == "Patients: SLE 8, IIM 5; 13 in all."
    controlled = binary({"control": FLAT, "treatment": FLAT}, (8, 5), (4, 3), strata=2)
    assert patients(controlled) == "Patients (treatment + control): SLE 8 + 4, IIM 5 + 3; 20 in all."
