"""All figures: each function draws one, and returns Matplotlib's figure and its axes.

The functions are imported when they are first used, and Matplotlib when one of them draws.
"""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "assurance_by_stratum": "assurance",
    "chain_diagnostics": "sampling",
    "densities": "priors",
    "drift": "conflict",
    "ess_by_weight": "priors",
    "estimand_densities": "posterior",
    "event_timeline": "survival",
    "forest": "priors",
    "posterior_predictive": "sampling",
    "predicted_survival": "survival",
    "predictive": "conflict",
    "success_by_follow_up": "survival",
    "success_by_reading": "survival",
    "success_by_sample_size": "sample_size",
    "success_by_scenario": "operating_characteristics",
    "vague_weights": "conflict",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    """Import a function where it lives."""
    if name in _HOME:
        return getattr(import_module(f"trialdesign.report.figures.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
