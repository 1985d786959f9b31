"""Thinned rules keep what they are fitted to."""

from itertools import product

import numpy as np
import pytest
from checks import published
from helpers import every_outcome, half_normal, hierarchical, independent, normal, posterior

from trialdesign.analysis.axes import component_axis
from trialdesign.analysis.build import assemble
from trialdesign.analysis.models.model import expectations
from trialdesign.probability.axis import Axis
from trialdesign.probability.belief import Belief
from trialdesign.probability.cubature import cubature, thin

pytestmark = pytest.mark.properties


def test_cubature_keeps_the_sums_it_is_fitted_to():
    x = np.linspace(0, 1, 3000)
    weight = np.exp(-x) / np.exp(-x).sum()
    functions = np.array([np.cos(k * x) for k in range(25)])
    kept, weights = cubature(weight, functions, 40)
    assert (weights > 0).all() and kept.size <= 40
    np.testing.assert_allclose(functions[:, kept] @ weights, functions @ weight, atol=1e-8)


def test_cubature_survives_nodes_of_hardly_any_weight():
    """Weights over 20 orders of magnitude, as a heavy-tailed scale has them."""
    x = np.linspace(0, 1, 3000)
    weight = np.geomspace(1, 1e-20, 3000)
    functions = np.array([np.cos(k * x) for k in range(25)])
    kept, weights = cubature(weight / weight.sum(), functions, 60)
    np.testing.assert_allclose(
        functions[:, kept] @ weights, functions @ weight / weight.sum(), atol=1e-7
    )


def test_thinned_belief_keeps_its_posteriors(monkeypatch):
    """Every seventh outcome of a trial of 20, 10 and 10 patients, with 300 of 4,000 nodes.

    Which nodes are kept depends on random probes: of four sets of them the errors are 9e-6 to 3e-5 (with
    the logit up to 16 in place of 20, 9e-6 to 7e-5), so that one set alone would show luck.
    """
    design = published.rejecting("berry")
    assembled = assemble(design)
    belief, trials = assembled.model.focus, every_outcome(design)
    uncut = component_axis(design, "treatment")
    axis = Axis(
        uncut.zones, uncut.limits, uncut.information, uncut.total_information, cuts=(published.LOGIT,)
    )
    rows = np.arange(0, len(trials[0]["treatment"]), 7)
    shares = [[assembled.holds(design.decision[0])]] * 3

    def posterior(focus: Belief) -> np.ndarray:
        model = type(assembled.model)(design.endpoint, focus, None)
        return expectations(model, model.paired(trials, shares), rows)

    whole, errors, generator = posterior(belief), [], np.random.default_rng
    for further in range(4):
        monkeypatch.setattr(np.random, "default_rng", lambda seed, k=further: generator(seed + 1000 * k))
        fewer = thin(belief, axis, 300)
        assert fewer.n_nodes <= 300 < belief.n_nodes and (fewer.weight > 0).all()
        errors.append(np.abs(whole - posterior(fewer)).max())
    assert np.median(errors) < 3e-5 and max(errors) < 1e-4, errors


def test_thinning_leaves_small_beliefs_alone():
    design = published.rejecting("stratified")
    belief = assemble(design).model.focus
    assert isinstance(belief, Belief)
    assert thin(belief, component_axis(design, "treatment"), 10) is belief


def allocated(parts, alone, prior, n, y, at=0.2):
    """Return P(response > at), one per stratum, summed over which component each stratum belongs to."""
    strata = [prior, *(hierarchical(part["mean"], part["sd"]) for part in parts)]
    weights = [alone, *(part["weight"] for part in parts)]
    beliefs = []
    for one in strata:
        design = published.single_arm(one, n)
        assembled = assemble(design)
        belief = assembled.model.focus
        above = assembled.exceeds(design.decision[0], at)[:, 0]
        rows = []
        for s in range(len(n)):
            log = design.endpoint.log_likelihood(np.array([[n[s], y[s]]], float), belief.grid.nodes)[0]
            masses = [f @ belief.mass[:, s].T for f in (np.exp(log), np.exp(log) * above)]
            rows.append((belief.mass[:, s].sum(axis=1), *masses))
        beliefs.append((belief, rows))

    def evidence(allocation, special):
        out = 1.0
        for c, (belief, rows) in enumerate(beliefs):
            node = belief.weight
            for s, (nothing, seen, above) in enumerate(rows):
                mine = above if s == special else seen
                node = node * (mine if allocation[s] == c else nothing)
            out *= node.sum() / belief.evidence
        return out

    total, tops = 0.0, np.zeros(len(n))
    for allocation in product(range(len(strata)), repeat=len(n)):
        weight = np.prod([weights[c] for c in allocation])
        total += weight * evidence(allocation, None)
        tops += [weight * evidence(allocation, s) for s in range(len(n))]
    return tops / total


PARTS = [
    {"weight": 0.3, "mean": normal(0.0, 2.0), "sd": half_normal(1.0)},
    {"weight": 0.3, "mean": normal(-2.0, 1.0), "sd": half_normal(0.5)},
    {"weight": 0.2, "mean": normal(1.0, 1.0), "sd": half_normal(1.0)},
]


@pytest.mark.parametrize("n_parts", [1, 2, 3])
def test_exnex_of_several_components_is_the_sum_over_allocations(n_parts):
    parts = PARTS[:n_parts]
    alone, prior = 1 - sum(part["weight"] for part in parts), normal(0.0, 2.0)
    stated = {
        "kind": "exnex",
        "exchangeable": parts,
        "nonexchangeable": {"weight": alone, "prior": prior},
    }
    n = (20, 10, 10)
    design = published.single_arm(stated, n)
    assembled = assemble(design)
    for y in ((8, 2, 2), (2, 5, 1), (20, 0, 3)):
        post = posterior(design, y, assembled=assembled)
        found = [post.probability(s) for s in range(3)]
        want = allocated(parts, alone, independent(prior), n, y)
        np.testing.assert_allclose(found, want, atol=1e-5)
