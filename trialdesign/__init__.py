"""Bayesian design of clinical trials that borrow strength across diseases.

The public names are imported when they are first used: ``import trialdesign`` loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "ConvergenceError": "errors",
    "Design": "design.design",
    "SpecificationError": "errors",
    "TrialDesignError": "errors",
    "analyse": "analysis.analyse",
    "load_data": "analysis.data.data_file",
    "load_design": "design.file",
    "load_evidence": "design.file",
    "operating_characteristics": "simulation.operating_characteristics",
    "without_borrowing": "design.without_borrowing",
}

__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> object:
    """Import a public name where it lives."""
    if name == "__version__":
        from importlib.metadata import version

        return version("trialdesign-bayes")
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
