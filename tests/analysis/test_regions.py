"""Probabilities of estimands against plain double integrals on fine meshes.

Here, too, are tested: trialdesign.endpoints._estimands.
"""

import numpy as np
import pytest
from helpers import STRATA, beta, binary, component, criterion, independent, normal, posterior
from scipy import special, stats

from trialdesign.analysis.build import assemble

pytestmark = pytest.mark.properties

PRIORS = {"control": stats.norm(-0.6, 0.9), "treatment": stats.norm(0.2, 1.1)}
EFFECT = stats.norm(0.5, 0.8)
CASES = [
    ("difference", 0.0),
    ("difference", 0.15),
    ("difference", -0.1),
    ("ratio", 1.0),
    ("ratio", 1.3),
    ("ratio", 0.7),
    ("log_odds_ratio", 0.0),
    ("log_odds_ratio", 0.8),
    ("response", 0.45),
]
VALUES = {
    "difference": lambda c, t: special.expit(t) - special.expit(c),
    "ratio": lambda c, t: special.expit(t) / special.expit(c),
    "log_odds_ratio": lambda c, t: t - c,
    "response": lambda c, t: special.expit(t) + 0 * c,
}


def stated(distribution) -> dict:
    return independent(normal(*(float(x) for x in distribution.args)))


def by_mesh(value, threshold, rows, columns) -> float:
    """Return P(value(r, c) > threshold): rows at quantiles, crossings interpolated along columns."""
    n, reach = 4000, 9.0
    q = (np.arange(n) + 0.5) / n
    r = rows.ppf(q)
    mean, sd = columns.args
    c = np.linspace(mean - reach * sd, mean + reach * sd, 1501)
    excess = value(r[:, None], c) - threshold
    total = np.where(excess[:, 0] > 0, 1.0, 0.0)
    crossing = (excess[:, 1:] > 0) != (excess[:, :-1] > 0)
    i, j = np.nonzero(crossing)
    share = excess[i, j] / (excess[i, j] - excess[i, j + 1])
    at = c[j] + share * (c[j + 1] - c[j])
    np.add.at(total, i, np.where(excess[i, j + 1] > 0, 1, -1) * columns.sf(at))
    return float(total.mean())


def by_package(model, estimand, threshold, sizes=(15, 15)) -> float:
    decision = [criterion(estimand, threshold, 0.9)]
    assembled = assemble(binary(model, *sizes, decision, strata=STRATA[:1]))
    prior = assembled.model.focus.mass[0, 0]
    if assembled.model.partner is not None:
        prior = np.multiply.outer(prior, assembled.model.partner.mass[0, 0])
    else:
        prior = prior[:, None]
    return float((prior * assembled.holds(assembled.design.decision[0])).sum())


@pytest.mark.parametrize(("estimand", "threshold"), CASES)
def test_estimand_of_two_arms(estimand, threshold):
    model = {arm: component(stated(prior)) for arm, prior in PRIORS.items()}
    value = VALUES[estimand]
    if estimand == "response":  # a step in the treatment's parameter alone
        want = PRIORS["treatment"].sf(special.logit(threshold))
    else:
        want = by_mesh(lambda t, c: value(c, t), threshold, PRIORS["treatment"], PRIORS["control"])
    assert by_package(model, estimand, threshold) == pytest.approx(want, abs=1e-5)


@pytest.mark.parametrize(("estimand", "threshold"), CASES)
def test_estimand_of_a_contrast(estimand, threshold):
    """Treatment = control + effect: along the control axis a difference rises and falls."""
    model = {"control": component(stated(PRIORS["control"])), "effect": component(stated(EFFECT))}
    value = VALUES[estimand]
    if estimand == "log_odds_ratio":  # a step in the effect alone
        want = EFFECT.sf(threshold)
    else:
        want = by_mesh(lambda d, c: value(c, c + d), threshold, EFFECT, PRIORS["control"])
    assert by_package(model, estimand, threshold) == pytest.approx(want, abs=2e-5)


def test_response_of_a_single_arm():
    model = {"treatment": component(stated(PRIORS["treatment"]))}
    want = PRIORS["treatment"].sf(special.logit(0.45))
    assert by_package(model, "response", 0.45, (15, None)) == pytest.approx(want, abs=1e-9)


@pytest.mark.parametrize(("estimand", "threshold", "probability"), [
    ("difference", 1.0, 0.0), ("difference", -1.0, 1.0), ("ratio", 0.0, 1.0), ("response", 1.5, 0.0),
])  # fmt: skip
def test_thresholds_beyond_the_possible_are_certain(estimand, threshold, probability):
    """A design cannot name them, but a truth or a quantile may lie there."""
    model = {arm: component(independent(beta(1.0, 1.0))) for arm in ("control", "treatment")}
    design = binary(model, 1, 1, [criterion(estimand, 0.5)], strata=1)
    assert posterior(design, [1], [0]).exceeds(0, threshold) == pytest.approx(probability, abs=1e-9)
