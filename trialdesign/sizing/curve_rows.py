"""Rows of a curve: what becomes of trials at one rung, under a scenario or the design prior."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.design.truths import is_effective
from trialdesign.simulation.assurance import drawn_rows
from trialdesign.simulation.results import Estimate
from trialdesign.sizing.ladder import CurveRow


def success_rows(rung: Design, scenario: Scenario, met: np.ndarray) -> list[CurveRow]:
    """Return what becomes of trials under one assumed truth, whose decisions (T, S) are known."""
    effective = is_effective(rung, scenario)

    def row(stratum: str, quantity: str, hits: np.ndarray) -> CurveRow:
        estimate = asdict(Estimate.of_rate(hits))
        return CurveRow(rung.follow_up, scenario.name, stratum, quantity, **estimate)

    rows = [
        row(stratum, "power" if effective[s] else "type_i_error", met[:, s])
        for s, stratum in enumerate(rung.strata)
    ]
    rows.append(row("any", "success", met.any(axis=1)))
    null = [s for s, works in enumerate(effective) if not works]
    if null:
        rows.append(row("any", "family_wise_error", met[:, null].any(axis=1)))
    return [*rows, row("all", "success", met.all(axis=1))]


def assurance_rows(rung: Design, met: np.ndarray, works: np.ndarray) -> list[CurveRow]:
    """Return what becomes of trials with drawn truths: decisions, and whether success is right."""
    return [CurveRow(rung.follow_up, **asdict(row)) for row in drawn_rows(rung, met, works)]
