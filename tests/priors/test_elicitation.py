"""Elicited priors say what was said, and no more.

Here, too, are tested: trialdesign.priors.elicited_families, trialdesign.priors.largest_entropy.
"""

import numpy as np
import pytest
from scipy import special, stats

from trialdesign.errors import SpecificationError
from trialdesign.priors.elicitation import Statement, elicit
from trialdesign.priors.elicited_families import SCALES
from trialdesign.priors.largest_entropy import Interval, _all_above, _all_below

pytestmark = pytest.mark.reference


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


def largest_on_a_mesh(statement):
    """The largest entropy where a mesh of two million distributions says it, b interpolated."""
    low, high, scale = statement.low, statement.high, statement.scale
    first = {"probability": (-5, 14), "rate": (-5, 14), "mean": (-12, 8)}[scale]
    first = np.linspace(*first, 700)[:, None]
    if scale == "probability":
        second = np.linspace(-5, 14, 2801)
        distribution = lambda x: special.betainc(np.exp(first), np.exp(second), x)
        height = lambda a, b: entropy(np.exp(a), np.exp(b))
    elif scale == "rate":
        second = np.linspace(-8, 4, 2801) - np.log(high - low) + first
        distribution = lambda x: special.gammainc(np.exp(first), np.exp(second) * x)
        height = lambda a, b: stats.gamma(np.exp(a), scale=np.exp(-b)).entropy()
    else:
        first, second = np.log(high - low) + first, np.linspace(low - 5, high + 5, 2801)
        distribution = lambda x: special.ndtr((x - second) / np.exp(first))
        height = lambda a, b: a
    second = np.broadcast_to(second, (700, 2801))
    miss = distribution(high) - distribution(low) - statement.probability
    i, j = np.nonzero(np.diff(np.sign(miss), axis=1))
    share = miss[i, j] / (miss[i, j] - miss[i, j + 1])
    b = second[i, j] + share * (second[i, j + 1] - second[i, j])
    return np.max(height(first[i, 0], b))


def height_of(prior):
    """Entropies of a normal leave out the constant."""
    if prior.dist == "Beta":
        return entropy(prior.alpha, prior.beta)
    if prior.dist == "Gamma":
        return stats.gamma(prior.alpha, scale=1 / prior.beta).entropy()
    return np.log(prior.sigma)


def assert_largest(statement):
    prior = elicit(statement)
    assert inside(prior, statement.low, statement.high) == pytest.approx(statement.probability, abs=1e-9)
    assert -1e-4 < height_of(prior) - largest_on_a_mesh(statement) < 0.05  # the mesh is coarse


@pytest.mark.parametrize(
    "statement",
    [
        Statement("probability", 0.4, 0.8, 0.9),
        Statement("probability", 0.2, 0.9, 0.3),  # two maxima; all but 1e-5 of the rest lies below
        Statement("probability", 0.05, 0.95, 0.2),  # all but 1e-47
        Statement("probability", 0.102, 0.247, 0.787),
        Statement("probability", 0.11, 0.579, 0.448),
        Statement("rate", 0.01, 0.05, 0.2),
        Statement("mean", -1.0, 3.0, 0.02),
    ],
    ids=str,
)
@pytest.mark.slow
def test_no_other_distribution_that_says_it_has_a_larger_entropy(statement):
    assert_largest(statement)


def test_where_entropy_has_several_maxima_the_largest_is_found():
    best = elicit(Statement("probability", 0.2, 0.9, 0.3))
    assert entropy(best.alpha, best.beta) == pytest.approx(-0.867846, abs=1e-6)  # of a finer mesh
    assert inside(best, 0.2, 0.9) == pytest.approx(0.3, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_random_statements_have_the_largest_entropy(seed):
    rng = np.random.default_rng(seed)
    scale = ["probability", "probability", "rate", "mean"][seed % 4]
    low, high = np.sort(special.expit(rng.normal(0, 2, 2)))
    probability = rng.uniform(0.1, 0.99)  # less leads to rates of millions
    assert_largest(Statement(scale, low, high, probability))


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
        (Statement("mean", 1e7, 1.1e7, 0.9), "must lead to a prior that a design can state"),
    ],
)
def test_a_statement_that_no_distribution_meets_is_refused(statement, reason):
    with pytest.raises(SpecificationError, match=reason):
        elicit(statement)


@pytest.mark.parametrize(("place", "side"), [(_all_below, "above"), (_all_above, "below")])
def test_at_its_ends_the_curve_gives_the_interval_its_probability(place, side):
    """Of what lies outside, less than 1e-6 lies on one side; points may miss by 1e-11."""
    family, interval = SCALES["probability"], Interval(0.3, 0.8, 0.4, 0.1)
    found = place(family, interval, np.array([3.0]))
    below, through = (float(special.betainc(*found, end)[0]) for end in (0.3, 0.8))
    assert through - below == pytest.approx(0.4, abs=1e-11)
    assert 0 < {"below": below, "above": 1 - through}[side] < 1e-6
