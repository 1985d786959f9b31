"""Bayesian design of clinical trials that borrow strength across diseases.

The public names are imported when they are first used: ``import trialdesign`` loads nothing heavy.
"""

from __future__ import annotations

from importlib import import_module

_HOME = {
    # designs, evidence and data
    "Design": "design.design",
    "Scenario": "design.design_file",
    "TrialData": "analysis.data.trial_data",
    "evidence_names": "design.library",
    "library_entry": "design.file",
    "load_data": "analysis.data.data_file",
    "load_design": "design.file",
    "load_evidence": "design.file",
    "load_interim": "analysis.data.running_trial",
    "shipped_designs": "design.library",
    "with_weak_priors": "design.without_borrowing",
    "without_borrowing": "design.without_borrowing",
    # what a design does, and the analysis that it plans
    "analyse": "analysis.analyse",
    "assurance": "simulation.assurance",
    "critical_counts": "simulation.exact.critical_counts",
    "operating_characteristics": "simulation.operating_characteristics",
    "power": "simulation.power",
    # what its evidence says before the trial
    "Statement": "priors.elicitation",
    "elicit": "priors.elicitation",
    "fit_priors": "priors.fitted",
    "mixture_ess": "priors.ess.worth_of_design",
    "prior_conflict": "priors.conflict.prior_conflict",
    "prior_ess": "priors.ess.worth_of_design",
    "priors_of": "priors.summary",
    "published_results": "priors.published",
    # how large, and how safe
    "calibrate": "sizing.calibrate",
    "certify": "sizing.proof.certify",
    "compare": "sizing.compare",
    "sample_size": "sizing.sample_size",
    # time
    "follow_up": "sizing.over_readings",
    "follow_up_for_events": "sizing.follow_up",
    "follow_up_for_width": "sizing.follow_up",
    "forecast_events": "timeline.forecast",
    "long_term_safety": "timeline.long_term_safety",
    "required_follow_up": "sizing.follow_up",
    "survival_bands": "timeline.survival_bands",
    # what can go wrong
    "ConvergenceError": "errors",
    "SpecificationError": "errors",
    "TrialDesignError": "errors",
}

__all__ = sorted([*_HOME, "__version__", "figures"])


def __getattr__(name: str) -> object:
    """Import a public name where it lives."""
    if name == "__version__":
        from importlib.metadata import version

        return version("trialdesign-bayes")
    if name == "figures":
        return import_module(f"{__name__}.figures")
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
