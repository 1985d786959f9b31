"""Bayesian design of clinical trials that borrow strength across diseases.

The public names are imported when they are first used: ``import trialdesign`` loads nothing heavy.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

_HOME = {
    "ConvergenceError": "errors",
    "Design": "design",
    "SpecificationError": "errors",
    "TrialDesignError": "errors",
    "analyse": "inference",
    "load_data": "data_file",
    "load_design": "design_file",
    "load_evidence": "design_file",
    "operating_characteristics": "operating_characteristics",
    "without_borrowing": "reference_design",
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


class _Package(ModuleType):
    """A package whose function ``operating_characteristics`` wins over the module of that name."""

    @property
    def operating_characteristics(self):
        return __getattr__("operating_characteristics")

    @operating_characteristics.setter
    def operating_characteristics(self, module: ModuleType) -> None:
        """Ignore the module, which the import system wants to bind."""


sys.modules[__name__].__class__ = _Package
