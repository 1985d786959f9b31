"""A differential fuzzer: random legal designs against brute force, nothing of the package.

Here, too, are tested: trialdesign.borrowing._allocations, trialdesign.borrowing.separate,
trialdesign.endpoints._evidence_row.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import parse

from fuzz import brute
from fuzz.designs import ARMS, BORROWINGS, DISCOUNTS, Draw, design
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.on_grid import OnGrid

TARGET = 1e-5  # of any posterior probability, unless the analysis states a larger error
CONVERGED = 2e-6  # of the brute force, by its own two resolutions
QUICK = (
    3,
    6,
    8,
    12,
    13,
    15,
    17,
    18,
    19,
    20,
    21,
    27,
    28,
    32,
    36,
    37,
    41,
    42,
    44,
    45,
    52,
    53,
    56,
    57,
    59,
    64,
    65,
    66,
    69,
    70,
    73,
    75,
    76,
    77,
    80,
    81,
    87,
    90,
    92,
    96,
    97,
    111,
    113,
    121,
    147,
    156,
    172,
    183,
    208,
    220,
)  # fmt: skip - seconds for all of them
# once off by up to 1e-2 with a stated error of 1e-7: a jump of one parameter's prior, as a threshold
# shows it on the other's axis, within a panel (500, 679, 788, 823); past likelihoods cut off at their
# peak (818); exponents far below what their prior makes plausible (869)
FOUND = (500, 679, 788, 818, 823, 869)
LONG = tuple(seed for seed in range(1000) if seed not in QUICK + FOUND)


def case(seed: int) -> tuple[dict, list[dict]]:
    """Return a random design and its data, as plain documents."""
    draw = Draw(9, seed)
    kind, arms = draw.of(["binary", "binary", "time_to_event"]), ARMS[seed % 3]
    strata = {name: draw.of(list(BORROWINGS)) for name in ("control", "treatment", "effect")}
    if arms == "contrast":  # brute force crosses the nodes of both: minutes
        strata[draw.of(["control", "effect"])] = draw.of(["independent", "independent", "separate"])
    discount = [None, *DISCOUNTS][draw.count(0, 7)]
    n = draw.of([1, 2, 2, 3, 3, 4, 5, 6]) if arms != "contrast" else draw.count(1, 3)
    n = min(n, 3) if "exnex of two" in strata.values() else n
    most = draw.of([10, 30, 100]) if arms != "contrast" else draw.of([10, 40])
    return design(draw, kind, arms, strata, discount, n, most, draw.maybe(0.5))


def agree(document: dict, data: list[dict]) -> None:
    """Hold an analysis against brute force."""
    made = parse(document)
    result = OnGrid.of(made, TrialData.of(made, data))
    found = np.stack([result.probabilities(criterion) for criterion in made.decision], axis=1)
    wanted, error = brute.answer(document, data)
    assert error < CONVERGED, "the brute force is undecided"
    assert np.abs(found - wanted.probability).max() < max(TARGET, result.accuracy), (document, data)


@pytest.mark.parametrize(
    "seed", [*QUICK, *FOUND, *(pytest.param(s, marks=pytest.mark.slow) for s in LONG)]
)
def test_a_random_design_has_the_posterior_of_brute_force(seed):
    agree(*case(seed))


PAST = {
    "name": "past", "citation": "made up", "arm": "treatment", "grade": "B",
    "endpoint": {"kind": "binary", "name": "event"},
    "data": [{"stratum": "IIM", "study": "one", "n": 5, "responders": 5}],
}  # fmt: skip
SCALES = [
    {"dist": "HalfStudentT", "nu": 3.0, "sigma": 0.58}, {"dist": "HalfCauchy", "beta": 0.3},
    {"dist": "LogNormal", "mu": -1.0, "sigma": 0.5}, 0.1, 5.0,
]  # fmt: skip


@pytest.mark.parametrize("kind", ["drift", "meta_analytic"])
@pytest.mark.parametrize("sd", SCALES)
def test_past_patients_who_all_responded_are_seen_where_their_likelihood_is_flat(kind, sd):
    """The grid once ended where their likelihood was within exp(-1/2) of its largest: 2e-3 was lost."""
    document = {
        "title": "all of five", "strata": ["SLE", "IIM"],
        "endpoint": {"kind": "binary", "name": "event"},
        "sample_size": {"treatment": {"SLE": 4, "IIM": 90}},
        "model": {"treatment": {
            "strata": {"kind": "pooled", "prior": {"dist": "Normal", "mu": -0.5, "sigma": 0.15}},
            "evidence": [{"source": PAST, "discount": {"kind": kind, "sd": sd}}],
        }},
        "decision": [{"estimand": "response", "less_than": 0.47, "probability": 0.975}],
    }  # fmt: skip
    counts = {"SLE": (4, 1), "IIM": (90, 48)}
    data = [{"stratum": s, "arm": "treatment", "n": n, "responders": y} for s, (n, y) in counts.items()]
    agree(document, data)
