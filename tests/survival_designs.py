"""Small designs with a time to event, shared by the tests of survival, follow-up and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from helpers import STRATA, component, independent, normal, parse

WEAK = independent(normal(np.log(0.05), 3.0))
CROSSING = {"distribution": "piecewise", "cuts": [6], "hazards": [0.0402, 0.0068]}  # HR 2.01, then 0.34
CURE = {"distribution": "cure", "cured": 0.6, "uncured": {"median": 6}}


def hazard_ratio(less_than: float = 1.0, probability: float = 0.975) -> dict:
    return {"estimand": "hazard_ratio", "less_than": less_than, "probability": probability}


def survival(at: float = 24, greater_than: float = 0.7, probability: float = 0.9) -> dict:
    return {
        "estimand": "survival", "at": at, "greater_than": greater_than, "probability": probability,
    }  # fmt: skip


def relapse(
    treatment,
    control=None,
    scenarios: Sequence[Mapping] = (),
    model: Mapping | None = None,
    decision: Sequence[Mapping] | None = None,
    strata: int = 1,
    **more,
):
    """Return a design with a time to relapse; ``scenarios`` lack their names."""
    arms = {"treatment": treatment} | ({} if control is None else {"control": control})
    document = {
        "title": "a test",
        "strata": list(STRATA[:strata]),
        "endpoint": {"kind": "time_to_event", "name": "relapse"},
        "sample_size": arms,
        "accrual": {"rate": 6},
        "follow_up": 12,
        "model": model or {arm: component(WEAK) for arm in arms},
        "decision": decision or [hazard_ratio() if control is not None else survival()],
        "scenarios": [{"name": str(i), **scenario} for i, scenario in enumerate(scenarios)],
    }
    return parse(document | more)
