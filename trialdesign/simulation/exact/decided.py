"""Decisions at every outcome, made once, and what they come to under any scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trialdesign.analysis.build import Assembled
from trialdesign.design.design import changed
from trialdesign.design.design_file import Scenario
from trialdesign.simulation.exact.enumerate import Judge, Progress, chances, decide_group
from trialdesign.simulation.exact.part import Part, combined
from trialdesign.simulation.results import Exact


def decide(
    groups: Sequence[Assembled], progress: Progress = lambda done: None, judge: Judge | None = None
) -> list[list[np.ndarray]]:
    """Return the decisions of each group (see `decide_group`), without the estimates of scenarios."""
    met = []
    for i, group in enumerate(groups):
        plain = replace(group, design=changed(group.design, scenarios=[]))
        tell = lambda done, i=i: progress((i + done) / len(groups))
        met.append(decide_group(plain, tell, judge)[0])
    return met


def decided_under(
    groups: Sequence[Assembled], met: Sequence[list[np.ndarray]], scenario: Scenario
) -> Exact:
    """Return what decisions that are known come to under a scenario; no estimate is known of."""
    parts = []
    for group, own in zip(groups, met):
        strata = range(len(group.design.strata))
        shared, private = zip(*(chances(group, scenario, s) for s in strata))
        nothing = np.full((len(strata), 3), np.nan)
        parts.append(Part(tuple(group.design.strata), own, list(shared), list(private), nothing))
    return combined(parts)
