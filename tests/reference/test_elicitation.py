"""Elicited priors say what was said, and no more."""

import numpy as np
import pytest
from scipy import special, stats

from trialdesign.errors import SpecificationError
from trialdesign.priors.elicitation import Statement, elicit


def inside(prior, low, high):
    if prior.dist == "Beta":
        return special.betainc(prior.alpha, prior.beta, high) - special.betainc(
            prior.alpha, prior.beta, low
        )
    if prior.dist == "Gamma":
        return np.diff(special.gammainc(prior.alpha, prior.beta * np.array([low, high])))[0]
    return np.diff(special.ndtr((np.array([low, high]) - prior.mu) / prior.sigma))[0]


CASES = [
    Statement("probability", 0.4, 0.8, 0.9, mode=0.65),
    Statement("probability", 0.4, 0.8, 0.9, median=0.6),
    Statement("probability", 0.4, 0.8, 0.9, mean=0.6),
    Statement("probability", 0.4, 0.8, 0.9),
    Statement("probability", 0.0, 0.3, 0.9),
    Statement("probability", 0.6, 1.0, 0.8),
    Statement("rate", 0.01, 0.05, 0.9),
    Statement("rate", 0.01, 0.05, 0.9, mode=0.02),
    Statement("rate", 0.01, 0.05, 0.9, median=0.02),
    Statement("rate", 0.01, 0.05, 0.9, mean=0.03),
    Statement("mean", -1.0, 3.0, 0.9),
    Statement("mean", -1.0, 3.0, 0.9, mean=2.0),
    Statement("mean", -np.inf, 3.0, 0.9, median=1.0),
]


@pytest.mark.parametrize("statement", CASES, ids=str)
def test_the_interval_has_its_probability(statement):
    found = inside(elicit(statement), statement.low, statement.high)
    assert found == pytest.approx(statement.probability, abs=1e-9)


@pytest.mark.parametrize("statement", [case for case in CASES if case.centres()], ids=str)
def test_the_centre_is_where_it_was_said_to_be(statement):
    prior = elicit(statement)
    a, b = (prior.mu, prior.sigma) if prior.dist == "Normal" else (prior.alpha, prior.beta)
    ((name, value),) = statement.centres().items()
    found = {
        "Beta": {
            "mode": (a - 1) / (a + b - 2),
            "median": special.betaincinv(a, b, 0.5),
            "mean": a / (a + b),
        },
        "Gamma": {"mode": (a - 1) / b, "median": special.gammaincinv(a, 0.5) / b, "mean": a / b},
        "Normal": {"mode": a, "median": a, "mean": a},
    }[prior.dist][name]
    assert found == pytest.approx(value, abs=1e-8)


def entropy(a, b):
    total = a + b
    digammas = (a - 1) * special.digamma(a) + (b - 1) * special.digamma(b)
    return special.betaln(a, b) - digammas + (total - 2) * special.digamma(total)


def test_no_other_beta_that_says_it_has_a_larger_entropy():
    from scipy.optimize import brentq

    best = elicit(Statement("probability", 0.4, 0.8, 0.9))
    for mean in np.linspace(0.5, 0.7, 9):

        def miss(size, mean=mean):
            a, b = mean * np.exp(size), (1 - mean) * np.exp(size)
            return special.betainc(a, b, 0.8) - special.betainc(a, b, 0.4) - 0.9

        size = brentq(miss, 0, 8)
        other = entropy(mean * np.exp(size), (1 - mean) * np.exp(size))
        assert other <= entropy(best.alpha, best.beta) + 1e-10


def test_a_symmetric_normal_is_the_widest():
    prior = elicit(Statement("mean", -1.0, 3.0, 0.9))
    assert (prior.mu, prior.sigma) == pytest.approx((1, 2 / special.ndtri(0.95)), rel=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("family", "statement"),
    [("Beta", CASES[3]), ("Gamma", CASES[6]), ("Normal", CASES[10])],
    ids=["Beta", "Gamma", "Normal"],
)
def test_preliz_agrees(family, statement):
    preliz = pytest.importorskip("preliz")
    theirs = getattr(preliz, family)()
    preliz.maxent(theirs, statement.low, statement.high, statement.probability, plot=False)
    prior = elicit(statement)
    ours = (prior.mu, prior.sigma) if family == "Normal" else (prior.alpha, prior.beta)
    assert ours == pytest.approx([float(p) for p in theirs.params], rel=1e-2)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("probability", 0.8, 0.4, 0.9), "from a smaller to a larger"),
        (("probability", 0.4, 0.8, 90.0), "State it as a proportion"),
        (("probability", 0.4, 1.8, 0.9), "`high` of a probability must lie between 0 and 1"),
        (("rate", -0.1, 0.8, 0.9), "`low` of a rate"),
        (("probability", 0.0, 1.0, 0.9), "must leave something out"),
        (("odds", 0.4, 0.8, 0.9), "`scale` must be one of"),
        (("probability", 0.4, 0.8, 0.9, 0.6, 0.6), "at most one of mode, median and mean"),
        (("probability", 0.4, 0.8, 0.9, 1.0), "`mode` of a probability"),
        (("probability", np.nan, 0.8, 0.9), "from a smaller to a larger"),
    ],
)
def test_a_statement_that_makes_no_sense_is_refused(arguments, reason):
    with pytest.raises(SpecificationError, match=reason):
        Statement(*arguments)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            Statement("probability", 0.4, 0.8, 0.3, mode=0.65),
            "with mode 0.65, where it lies between 0.4 and 1",
        ),
        (
            Statement("probability", 0.4, 0.8, 0.9, mode=0.95),
            "Move the interval, its probability or the mode",
        ),
        (Statement("mean", -1.0, 3.0, 0.9, mean=5.0), "a Normal distribution can meet"),
        (Statement("rate", 0.02, np.inf, 0.9), "which an ever wider one says too"),
        (Statement("mean", -np.inf, 3.0, 0.9), "which an ever wider one says too"),
    ],
)
def test_a_statement_that_no_distribution_meets_is_refused(statement, reason):
    with pytest.raises(SpecificationError, match=reason):
        elicit(statement)


@pytest.mark.slow
@pytest.mark.parametrize("said", [(0.2, 0.9, 0.3), (0.102, 0.247, 0.787), (0.11, 0.579, 0.448)])
def test_no_beta_that_says_the_same_has_a_larger_entropy(said):
    """A dense search over both shapes: where the probability of the interval crosses what was said."""
    low, high, probability = said
    found = elicit(Statement(scale="probability", low=low, high=high, probability=probability))
    log_b, largest = np.linspace(-6, 6, 601), -np.inf
    for a in np.exp(np.linspace(-6, 6, 401)):
        inside = special.betainc(a, np.exp(log_b), high) - special.betainc(a, np.exp(log_b), low)
        miss = inside - probability
        i = np.flatnonzero(np.diff(np.sign(miss)))
        b = np.exp(log_b[i] + (log_b[i + 1] - log_b[i]) * miss[i] / (miss[i] - miss[i + 1]))
        largest = max(largest, *stats.beta(a, b).entropy(), -np.inf)
    assert stats.beta(found.alpha, found.beta).entropy() == pytest.approx(largest, abs=1e-3)
