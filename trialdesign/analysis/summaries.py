"""What a posterior says, row by row: the criteria, the parameters, and each arm on its natural scale."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trialdesign.analysis.on_grid import OnGrid
from trialdesign.analysis.sampling.nuts_posterior import NutsPosterior
from trialdesign.design.design import Design
from trialdesign.endpoints._estimands import Estimand
from trialdesign.probability.tails.quantiles import LEVELS


def results_of(design: Design, found: OnGrid | NutsPosterior) -> Iterator[dict]:
    """Yield whether each stratum meets each criterion."""
    probabilities = [found.probabilities(criterion) for criterion in design.decision]
    for s, stratum in enumerate(design.strata):
        for criterion, each in zip(design.decision, probabilities, strict=True):
            probability = float(np.clip(each[s], 0, 1))
            yield {
                "stratum": stratum,
                "criterion": criterion.label(design.estimand(criterion)),
                "probability": probability,
                "met": probability > criterion.probability,
            }


def posterior_of(design: Design, found: OnGrid | NutsPosterior) -> Iterator[dict]:
    """Yield the summary of each estimand and parameter in each stratum."""
    named = {estimand.label: estimand for estimand in map(design.estimand, design.decision)}
    summaries = {name: found.summary(each) for name, each in named.items()} | found.parameters()
    for s, stratum in enumerate(design.strata):
        for name, summary in summaries.items():
            yield {"stratum": stratum, "estimand": name, **_numbers(summary[s])}


def arms_of(design: Design, found: OnGrid | NutsPosterior) -> Iterator[dict]:
    """Yield the summary of each arm on the natural scale in each stratum, the treatment first."""
    by_arm = arm_estimands(design)
    summaries = {arm: found.summary(estimand) for arm, estimand in by_arm.items()}
    for s, stratum in enumerate(design.strata):
        for arm, estimand in by_arm.items():
            named = {"stratum": stratum, "arm": arm, "estimand": estimand.label}
            yield named | _numbers(summaries[arm][s])


def arm_estimands(design: Design) -> dict[str, Estimand]:
    """Return each arm's own quantity on the natural scale, the treatment arm first.

    Of a time to event it is survival at the month that the first criterion with a month names.
    """
    known = design.endpoint.by_arm(month_of(design))
    return {name: known[arm.role] for name, arm in reversed(design.arms.items())}


def month_of(design: Design) -> float | None:
    """Return the first month that a criterion names, or None."""
    return next((criterion.at for criterion in design.decision if criterion.at), None)


def _numbers(summary: np.ndarray) -> dict[str, float]:
    return dict(zip(("mean", "sd", *LEVELS), map(float, summary), strict=True))
