"""`robust` with scope evidence: the evidence may say nothing, and all else stays.

Here, too, are tested: trialdesign.discounting.robust.
"""

from __future__ import annotations

import numpy as np
import pytest
from fuzz.designs import ARMS, Draw, design
from fuzz.test_posteriors import agree
from helpers import (
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    hierarchical,
    independent,
    normal,
)
from scipy import special, stats

from trialdesign import analyse
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.probability.cost import Cost

pytestmark = pytest.mark.reference

DOUBTED = {"kind": "robust", "weight": 0.3, "scope": "evidence"}
LEVEL = 0.6


def probabilities(strata, discount, past, counts):
    """Return P(response > LEVEL) of each stratum."""
    used = [evidence(past, discount)] if discount else []
    sizes = dict(zip(("SLE", "IIM", "SSc"), (n for n, _ in counts)))
    made = binary(
        {"treatment": component(strata, *used)}, sizes, None, [criterion("response", LEVEL, 0.9)],
        strata=list(sizes),
    )  # fmt: skip
    data = [
        {"stratum": stratum, "arm": "treatment", "n": n, "responders": y}
        for stratum, (n, y) in zip(made.strata, counts)
    ]
    return [row["probability"] for row in analyse(made, TrialData.of(made, data)).results]


@pytest.mark.parametrize(("n", "y"), [(20, 18), (20, 10), (20, 2)])
def test_one_stratum_is_a_mixture_of_two_beta_distributions(n, y):
    prior = {"kind": "independent", "prior": {"dist": "Beta", "alpha": 2.0, "beta": 3.0}}
    (found,) = probabilities(prior, DOUBTED, [("SLE", 8, 8)], [(n, y)])
    parts = [(2 + 8, 3), (2, 3)]
    weights = np.array([0.7, 0.3]) * [
        np.exp(special.betaln(a + y, b + n - y) - special.betaln(a, b)) for a, b in parts
    ]
    above = [stats.beta(a + y, b + n - y).sf(LEVEL) for a, b in parts]
    assert found == pytest.approx(weights @ above / weights.sum(), abs=1e-6)


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_ends_are_full_use_and_no_evidence(weight):
    strata = hierarchical(normal(0.0, 2.0), half_normal(1.0))
    counts, past = [(12, 7), (9, 8), (10, 2)], [("SLE", 8, 8), ("IIM", 3, 3)]
    ours = probabilities(strata, {**DOUBTED, "weight": weight}, past, counts)
    theirs = probabilities(strata, None if weight else {"kind": "full"}, past, counts)
    np.testing.assert_allclose(ours, theirs, atol=2e-6)


def test_past_patients_who_agree_with_all_strata_are_doubted_less():
    """The evidence is weighed by all data: in the hierarchy, other strata speak for or against it."""
    strata = hierarchical(normal(0.0, 2.0), half_normal(0.3))
    past = [("SLE", 20, 19)]
    low, high = (probabilities(strata, DOUBTED, past, [(10, 6), (40, y)])[0] for y in (12, 36))
    full = [probabilities(strata, {"kind": "full"}, past, [(10, 6), (40, y)])[0] for y in (12, 36)]
    assert full[0] - low > full[1] - high


@pytest.mark.parametrize("seed", [29, 38, 42, 43, 51, 55])
def test_random_designs_have_the_posterior_of_brute_force(seed):
    draw = Draw(77, seed)
    kinds = ["independent", "pooled", "hierarchical", "exnex", "separate"]
    strata = {name: draw.of(kinds) for name in ("control", "treatment", "effect")}
    if ARMS[seed % 3] == "contrast":
        strata["effect"] = "independent"
    document, data = design(
        draw, "binary", ARMS[seed % 3], strata, "robust", draw.count(1, 3), 30, draw.maybe(0.5)
    )
    uses = [use for each in document["model"].values() for use in each.get("evidence", [])]
    assert any(use["discount"].get("scope") == "evidence" for use in uses)
    agree(document, data)


@pytest.mark.parametrize(
    ("discount", "rule"),
    [
        ({"kind": "robust", "weight": 0.3}, "must have `vague`; got none"),
        ({**DOUBTED, "vague": {"dist": "Normal", "mu": 0, "sigma": 2}}, "must leave out `vague`"),
    ],
)
def test_vague_belongs_to_one_scope(discount, rule):
    with pytest.raises(ValueError, match=rule):
        probabilities({"kind": "pooled", "prior": normal(0.0, 2.0)}, discount, [("SLE", 8, 8)], [(9, 4)])


def test_memory_of_doubted_evidence_is_that_of_three_copies():
    """Beside what was believed: what is learned, its share, and their sum."""
    used = evidence([("SLE", 8, 8)], {"kind": "robust", "weight": 0.4, "scope": "evidence"})
    model = {"treatment": component(independent(normal(0.0, 1.0)), used)}
    discount = binary(model, 20, None, strata=2).model.treatment.evidence[0].discount
    before = Cost(10, 1000, 1500)
    learned = discount.inner.cost(before, 2, 50)
    assert discount.cost(before, 2, 50) == Cost(learned.nodes, learned.kept, 1000 + 3 * learned.kept)
