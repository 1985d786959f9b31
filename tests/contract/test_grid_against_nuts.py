"""Every model is stated twice, on the grid and in PyMC: the two must agree.

Kinds are found by folder, with the examples they carry, so that a new one is held to this unasked.  An
estimate by NUTS may differ from the grid by four of its Monte Carlo standard errors.  Six numbers a
design are compared: chance alone fails one of about a hundred designs with probability 0.04, and as
seeds are fixed it does so again or never.

Here, too, are tested: trialdesign.borrowing._exchangeable, trialdesign.borrowing.exnex,
trialdesign.borrowing.hierarchical, trialdesign.borrowing.independent, trialdesign.discounting.full,
trialdesign.discounting.power, trialdesign.discounting._external_data,
trialdesign.probability.pymc_belief, trialdesign.endpoints.binary.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import binary, component, criterion, evidence, normal, outcomes, posterior

from trialdesign.analysis.sampling import pymc_backend as seam
from trialdesign.analysis.sampling.nuts import sample_posterior
from trialdesign.probability.resolution import FULL
from trialdesign.specification.registry import kinds

STANDARD_ERRORS = 4

MUELLER = [("SLE", 8, 8), ("IIM", 3, 3), ("SSc", 4, 4)]
TREATED, CONTROLLED = (16, 10, 14), (5, 6, 7)  # responders of 20
INDEPENDENT = {"kind": "independent", "prior": normal(-1, 1)}
HIERARCHICAL = kinds("trialdesign.borrowing")["hierarchical"].examples[0]


def examples(package: str) -> list:
    """Return the examples that the kinds of a package carry, as pytest parameters' values."""
    return [
        pytest.param(example, id=f"{kind}{i or ''}")
        for kind, cls in kinds(f"trialdesign.{package}").items()
        for i, example in enumerate(getattr(cls, "examples", ()))
    ]


def first(package: str) -> list:
    """Return each kind's first example, the shortest document first: it is the quickest to compile."""
    found = [param for param in examples(package) if not param.id[-1].isdigit()]
    return sorted(found, key=lambda param: len(str(param.values)))


def together(one, other, *, fast: bool):
    """Return the parameter of a pair of examples."""
    marks = () if fast else (pytest.mark.slow,)
    return pytest.param(*one.values, *other.values, id=f"{one.id}-{other.id}", marks=marks)


def pairs() -> list:
    """Return all borrowing x discounting; fast are the few that show every kind, long with short."""
    borrowing, discounting = first("borrowing")[::-1], first("discounting")
    quick = {
        (borrowing[min(i, len(borrowing) - 1)].id, discounting[min(i, len(discounting) - 1)].id)
        for i in range(max(len(borrowing), len(discounting)))
    }
    return [
        together(one, other, fast=(one.id, other.id) in quick)
        for one in examples("borrowing")
        for other in examples("discounting")
    ]


def controlled() -> list:
    """Return the first examples for control and for the other component; a pair is fast."""
    alone = pytest.param(INDEPENDENT, id="alone")
    kept = [(alone, one) for one in first("borrowing")]
    kept += [(one, alone) for one in first("borrowing")]
    kept += [(one, one) for one in first("borrowing")]
    return [together(one, other, fast=(one.id, other.id) == ("alone", "pooled")) for one, other in kept]


def assert_agreement(design, treatment, control=None) -> None:
    """Compare posterior means and probabilities of the first criterion in every stratum."""
    on_grid = posterior(design, treatment, control, FULL)
    drawn = sample_posterior(design, outcomes(design, treatment, control), seed=1)
    assert drawn.converged, drawn.shortcomings()
    draws = drawn.values(design.decision[0])
    above = (draws > design.decision[0].threshold).astype(float)
    n_chains = drawn.chains
    for s, stratum in enumerate(design.strata):
        mean, probability = on_grid.mean(s), on_grid.probability(s)
        assert 0.01 < probability < 0.99, "the comparison would be empty"
        error = draws[:, s].std() / np.sqrt(seam.effective_size(draws[:, s].reshape(n_chains, -1)))
        assert abs(draws[:, s].mean() - mean) < STANDARD_ERRORS * error, stratum
        n_effective = seam.effective_size(above[:, s].reshape(n_chains, -1))
        error = np.sqrt(probability * (1 - probability) / n_effective)
        assert abs(above[:, s].mean() - probability) < STANDARD_ERRORS * error, stratum


@pytest.mark.parametrize("package", ["borrowing", "discounting"])
def test_every_kind_carries_examples(package):
    named = kinds(f"trialdesign.{package}")
    assert [kind for kind, cls in named.items() if not getattr(cls, "examples", ())] == []


@pytest.mark.parametrize(("borrowing", "discount"), pairs())
def test_a_single_arm_agrees(borrowing, discount):
    model = {"treatment": component(borrowing, evidence(MUELLER, discount))}
    design = binary(model, 20, decision=[criterion("response", 0.7, 0.9)])
    assert_agreement(design, TREATED)


@pytest.mark.parametrize(("control", "treatment"), controlled())
def test_arms_with_parameters_of_their_own_agree(control, treatment):
    model = {
        "control": component(control),
        "treatment": component(treatment, evidence(MUELLER, {"kind": "power", "exponent": 0.3})),
    }
    design = binary(model, 20, 20, [criterion("difference", 0.3)])
    assert_agreement(design, TREATED, CONTROLLED)


@pytest.mark.parametrize(("control", "effect"), controlled())
def test_a_control_and_its_contrast_agree(control, effect):
    model = {"control": component(control), "effect": component(effect)}
    design = binary(model, 20, 20, [criterion("difference", 0.3)])
    assert_agreement(design, TREATED, CONTROLLED)


@pytest.mark.slow
@pytest.mark.parametrize("discount", first("discounting"))
def test_studies_of_some_strata_agree(discount):
    studies = [("SLE", 8, 8), ("SLE", 10, 6), ("IIM", 3, 3)]  # two of one stratum, none of another
    model = {"treatment": component(HIERARCHICAL, evidence(studies, discount))}
    design = binary(model, 20, decision=[criterion("response", 0.7, 0.9)])
    assert_agreement(design, TREATED)


@pytest.mark.slow
def test_a_component_with_two_sources_agrees():
    robust = {"kind": "robust", "weight": 0.3, "vague": normal(0, 2)}
    sources = [
        evidence(MUELLER, robust),
        evidence([("SLE", 64, 45)], {"kind": "drift", "sd": 0.5}, name="review"),
    ]
    design = binary(
        {"treatment": component(HIERARCHICAL, *sources)},
        20,
        decision=[criterion("response", 0.7, 0.9)],
    )
    assert_agreement(design, TREATED)


@pytest.mark.slow
def test_the_samplers_agree():
    model = {"treatment": component(HIERARCHICAL, evidence(MUELLER))}
    design = binary(model, 20, decision=[criterion("response", 0.7, 0.9)])
    data = outcomes(design, TREATED)
    drawn = {name: sample_posterior(design, data, seed=2, sampler=name) for name in seam.SAMPLERS}
    summary = {}
    for name, each in drawn.items():
        assert each.converged, (name, each.shortcomings())
        draws = each.draws["treatment"][:, 1]
        n_effective = seam.effective_size(draws.reshape(each.chains, -1))
        summary[name] = draws.mean(), draws.var() / n_effective
    (ours, variance), (theirs, other) = summary.values()
    assert abs(ours - theirs) < STANDARD_ERRORS * np.sqrt(variance + other)
