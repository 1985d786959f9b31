"""Exact operating characteristics: every shortcut against the plain sum.

Here, too, are tested: trialdesign.simulation.exact.part.
"""

import numpy as np
import pytest
from checks import outcomes
from helpers import (
    STRATA,
    beta,
    binary,
    component,
    criterion,
    half_normal,
    hierarchical,
    independent,
    normal,
    table,
)

from trialdesign.simulation.exact import enumerate as enumeration
from trialdesign.simulation.exact import other_strata
from trialdesign.simulation.operating_characteristics import operating_characteristics

pytestmark = pytest.mark.properties

ALWAYS, NEVER = 0, 10**9  # nodes from which singular vectors are used
PATHS = {"singular vectors": ALWAYS, "direct": NEVER}


@pytest.mark.parametrize("name", outcomes.MODELS)
def test_enumeration_is_the_sum_over_every_outcome(name):
    outcomes.enumeration_is_the_sum_over_every_outcome(name)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["exnex", "arm-wise, controls borrow", "contrast"])
def test_either_path_is_the_sum_over_every_outcome(monkeypatch, name, path):
    monkeypatch.setattr(other_strata, "MIN_NODES", PATHS[path])
    outcomes.enumeration_is_the_sum_over_every_outcome(name)


def test_four_strata_are_enumerated_like_three():
    outcomes.enumeration_is_the_sum_over_every_outcome("four strata")


def test_success_is_strictly_above_the_threshold_when_enumerated():
    outcomes.success_is_strict_when_enumerated()


def test_success_is_strictly_above_the_threshold_when_simulated():
    outcomes.success_is_strict_when_simulated()


CONFLICT = {
    "single-arm": ({"treatment": component(hierarchical(normal(0.0, 1.0), 0.05))}, (40, 40, 5), None),
    "contrast": (
        {
            "control": component(independent(normal(-0.5, 1.0))),
            "effect": component(hierarchical(normal(0.0, 1.0), half_normal(0.1))),
        },
        (7, 7, 3),
        (7, 7, 2),
    ),
}


@pytest.mark.parametrize("name", CONFLICT)
def test_singular_vectors_keep_every_decision_where_strata_contradict_each_other(monkeypatch, name):
    """Strata that must agree and do not: the evidence of such outcomes falls to 1e-20 of the largest."""
    model, treatment, control = CONFLICT[name]
    estimand = "response" if control is None else "difference"
    decision = [criterion(estimand, 0.25 if control is None else 0.0, 0.9)]
    extremes = [((0.95, 0.05, 0.5), control and (0.05, 0.95, 0.5)), ((0.4, 0.6, 0.2), control and 0.3)]
    design, found, faint = binary(model, treatment, control, decision, extremes), [], []
    direct = other_strata.Before.direct

    def counted(self, rows):
        faint.append(len(rows))
        return direct(self, rows)

    monkeypatch.setattr(other_strata.Before, "direct", counted)
    monkeypatch.setattr(enumeration, "FAINT", 1e-7)  # so that every design here has such outcomes
    for least in (ALWAYS, NEVER):
        monkeypatch.setattr(other_strata, "MIN_NODES", least)
        found.append(table(operating_characteristics(design, method="exact")))
        if least == ALWAYS:
            assert sum(faint) > 0  # some outcomes needed the full sum over nodes
    for key, value in found[1].items():
        assert found[0][key] == pytest.approx(value, abs=1e-7), key
        if key[2] in ("power", "type_i_error", "success", "family_wise_error"):
            assert found[0][key] == pytest.approx(value, abs=1e-12), key


def test_probabilities_of_all_outcomes_sum_to_one():
    endpoint = outcomes.design("hierarchical").endpoint
    for rate in (0.0, 1e-9, 0.3, 1.0):
        for size in (0, 1, 200):
            chances = endpoint.probabilities(endpoint.outcomes(size), endpoint.truth(rate))
            assert chances.sum() == pytest.approx(1, abs=1e-12)
            assert np.isfinite(chances).all()


def test_strata_keep_their_names():
    design = outcomes.design("arm-wise", ("SSc", "SLE", "IIM"))
    rows = operating_characteristics(design, method="exact").rows
    assert [r.stratum for r in rows if r.quantity == "bias"][:3] == ["SSc", "SLE", "IIM"]
    assert set(STRATA[:3]) == {"SLE", "IIM", "SSc"}


@pytest.mark.parametrize("seed", range(6))
def test_rates_are_probabilities_to_the_last_digit(seed):
    rng = np.random.default_rng(seed)
    strata = (
        independent(beta(1.0, 1.0)) if seed % 2 else hierarchical(normal(0.0, 2.0), half_normal(1.0))
    )
    truths = [(float(p), None) for p in rng.choice([0.0, 1e-6, 0.01, 0.5, 0.99, 1.0], 3)]
    design = binary(
        {"treatment": component(strata)}, int(rng.integers(2, 9)), None,
        [criterion("response", 0.5, 0.97)], truths, strata=3,
    )  # fmt: skip
    rates = {"power", "type_i_error", "success", "family_wise_error", "coverage"}
    for (_, _, quantity), value in table(operating_characteristics(design)).items():
        assert quantity not in rates or 0 <= value <= 1
