"""Rows of a curve: what becomes of trials at one rung, under a scenario or the design prior."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from trialdesign.design.design import Design
from trialdesign.design.design_file import Scenario
from trialdesign.simulation.results import Decided
from trialdesign.simulation.success import assumed_rows, drawn_trials
from trialdesign.sizing.follow_up_result import CurveRow


def success_rows(rung: Design, scenario: Scenario, met: np.ndarray) -> list[CurveRow]:
    """Return what becomes of trials under one assumed truth, whose decisions (T, S) are known."""
    return [
        CurveRow(rung.follow_up, **asdict(row)) for row in assumed_rows(rung, scenario, Decided(met))
    ]


def assurance_rows(rung: Design, met: np.ndarray, works: np.ndarray) -> list[CurveRow]:
    """Return what becomes of trials with drawn truths: decisions, and whether success is right."""
    return [CurveRow(rung.follow_up, **asdict(row)) for row in drawn_trials(rung, met, works)]
