"""The priors that evidence implies, on the grid and by NUTS, agree within four Monte Carlo errors."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import (
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    hierarchical,
    independent,
    normal,
    parse,
    reference,
)

from trialdesign import load_evidence
from trialdesign.analysis.sampling import pymc_backend as seam
from trialdesign.priors.by_nuts import draw_priors, rows_of_draws
from trialdesign.priors.fitted import fit_priors

STANDARD_ERRORS = 4
NATURAL = [criterion("response", 0.5, 0.9)]
PLACEBO = {"kind": "meta_analytic", "sd": half_normal(0.5)}


def eight_arms():
    arms = reference("map_prior")["rbest_default"]["inputs"]["data"]
    used = evidence([("SLE", arm["n"], arm["r"]) for arm in arms], {**PLACEBO, "sd": half_normal(1.0)})
    return binary(
        {"treatment": component(independent(normal(0.0, 2.0)), used)}, 24, None, NATURAL, strata=1
    )


def sri4():
    """Six placebo arms, whose rates spread from 0.37 to 0.56."""
    rows = [("SLE", row.n, row.responders) for row in load_evidence("sri4-placebo").data]
    used = evidence(rows, PLACEBO, arm="control")
    model = {
        "control": component(independent(normal(0.0, 2.0)), used),
        "treatment": component(independent(normal(0.0, 2.0))),
    }
    return binary(model, 20, 20, strata=1)


def cohort():
    """All patients responded; borrowing, robust."""
    discount = {"kind": "robust", "weight": 0.3, "vague": normal(0.0, 2.0)}
    used = evidence([("SLE", 8, 8), ("IIM", 3, 3)], discount)
    model = {"treatment": component(hierarchical(normal(0.0, 2.0), half_normal(1.0)), used)}
    return binary(model, 20, None, NATURAL, strata=2)


def hazard():
    rows = [
        {"stratum": "SLE", "study": str(i), "events": d, "exposure": e}
        for i, (d, e) in enumerate([(3, 90), (9, 160)])
    ]
    source = {
        "name": "past",
        "citation": "made up for a test",
        "endpoint": {"kind": "time_to_event", "name": "flare"},
        "arm": "treatment",
        "grade": "B",
        "data": rows,
    }
    return parse(
        {
            "title": "a test",
            "strata": ["SLE"],
            "endpoint": {"kind": "time_to_event"},
            "sample_size": {"treatment": 30},
            "accrual": {"rate": 5},
            "follow_up": 12,
            "model": {
                "treatment": component(
                    independent(normal(-3.0, 1.5)), {"source": source, "discount": PLACEBO}
                )
            },
            "decision": [{"estimand": "hazard", "less_than": 0.1, "probability": 0.9}],
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("design", [eight_arms, sri4, cohort, hazard], ids=lambda f: f.__name__)
def test_means_and_medians_agree(design):
    design = design()
    drawn = draw_priors(design, seed=3)
    assert drawn.converged, drawn.shortcomings()
    pairs = list(zip(fit_priors(design).rows, rows_of_draws(design, drawn), strict=True))
    for exact, sampled in (pair for pair in pairs if pair[0].scale == "linear"):
        s = design.strata.index(exact.stratum)
        own = drawn.draws[exact.component][:, s]
        error = own.std() / np.sqrt(seam.effective_size(own.reshape(drawn.chains, -1)))
        assert abs(sampled.mean - exact.mean) < STANDARD_ERRORS * error
        below = (own < exact.quantiles[2]).astype(float)
        error = 0.5 / np.sqrt(seam.effective_size(below.reshape(drawn.chains, -1)))
        assert abs(below.mean() - 0.5) < STANDARD_ERRORS * error
