"""Prior-data conflict, however far: posteriors against sums over dense meshes, nothing of the package.

The prior is ten and more of its standard deviations away from the data.
"""

from __future__ import annotations

import numpy as np
import pytest
from helpers import (
    STRATA,
    beta,
    binary,
    component,
    criterion,
    evidence,
    half_normal,
    hierarchical,
    independent,
    mixture,
    normal,
    parse,
    pooled,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from trialdesign import analyse, operating_characteristics
from trialdesign.analysis.axes import component_axis
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.priors.fitted import fit_priors
from trialdesign.probability.distributions.heterogeneity import scale_rule
from trialdesign.probability.distributions.positive import HalfNormal

pytestmark = pytest.mark.properties

TARGET = 1e-5  # of any posterior probability


def log_binomial(theta: np.ndarray, n: int, y: int) -> np.ndarray:
    return y * special.log_expit(theta) + (n - y) * special.log_expit(-theta)


def dense(cut: float, low: float = -16.0, high: float = 16.0, half: int = 200_000):
    """Return points and weights of the trapezoid rule, with a point of half weight at the cut."""
    parts = [np.linspace(low, cut, half), np.linspace(cut, high, half)]
    weights = []
    for part in parts:
        own = np.full(part.size, part[1] - part[0])
        own[[0, -1]] /= 2
        weights.append(own)
    return np.concatenate(parts), np.concatenate(weights)


def summed(log_prior, n: int, y: int, cut: float) -> tuple[float, float]:
    """Return the posterior mean of the response and P(response > cut)."""
    x, w = dense(float(special.logit(cut)))
    log = log_prior(x) + log_binomial(x, n, y)
    mass = np.exp(log - log.max()) * w
    mass /= mass.sum()
    return float(mass @ special.expit(x)), float(mass[x.size // 2 :].sum())


def single(strata, n, cut, *used, n_strata=1, **more):
    decision = [criterion("response", cut, 0.9)]
    return binary({"treatment": component(strata, *used)}, n, None, decision, strata=n_strata, **more)


def found(design, n, *responders):
    rows = [
        {"stratum": s, "n": n, "responders": y} for s, y in zip(design.strata, responders, strict=True)
    ]
    return analyse(design, TrialData.of(design, rows))


def mean(result, s: int = 0) -> float:
    means = [row["mean"] for row in result.posterior if row["estimand"] == "response"]
    return means[s]


def of_beta(a: float, b: float):
    return lambda x: a * special.log_expit(x) + b * special.log_expit(-x)


CASES = {
    "ten sds above": (normal(-2, 0.4), stats.norm(-2, 0.4).logpdf, 100, 90, 0.7),
    "twenty sds above": (normal(-2, 0.2), stats.norm(-2, 0.2).logpdf, 200, 180, 0.6),
    "two hundred sds above": (normal(-2, 0.02), stats.norm(-2, 0.02).logpdf, 200, 180, 0.13),
    "far below": (normal(3, 0.3), stats.norm(3, 0.3).logpdf, 150, 4, 0.4),
    "a Beta of 500 patients": (beta(50, 450), of_beta(50, 450), 200, 120, 0.25),
    "a Beta that expects responses only": (beta(200, 1), of_beta(200, 1), 50, 8, 0.83),
    "heavy tails": (
        {"dist": "StudentT", "nu": 4, "mu": -3, "sigma": 0.1}, stats.t(4, -3, 0.1).logpdf, 200, 180, 0.9,
    ),
    "a mixture whose parts are both far off": (
        mixture((0.7, 0.3), (normal(-2, 0.3), normal(-1, 0.4))),
        lambda x: np.logaddexp(
            np.log(0.7) + stats.norm(-2, 0.3).logpdf(x), np.log(0.3) + stats.norm(-1, 0.4).logpdf(x)
        ),
        200, 190, 0.85,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_posterior_lies_where_data_put_it(case):
    prior, log_prior, n, y, cut = case
    result = found(single(independent(prior), n, cut), n, y)
    want_mean, want = summed(log_prior, n, y, cut)
    assert result.results[0]["probability"] == pytest.approx(want, abs=TARGET)
    assert mean(result) == pytest.approx(want_mean, abs=TARGET)
    assert 0 < result.accuracy < TARGET


@settings(max_examples=12)
@given(
    st.floats(-4, 4), st.floats(0.02, 1.0), st.integers(1, 300), st.floats(0, 1), st.floats(0.05, 0.95)
)
def test_random_normal_priors_and_data(mu, sigma, n, share, cut):
    y = round(share * n)
    result = found(single(independent(normal(mu, sigma)), n, cut), n, y)
    want_mean, want = summed(stats.norm(mu, sigma).logpdf, n, y, cut)
    assert result.results[0]["probability"] == pytest.approx(want, abs=TARGET)
    assert mean(result) == pytest.approx(want_mean, abs=TARGET)


def test_pooled_strata_move_together_beyond_the_prior():
    result = found(single(pooled(normal(-2, 0.2)), 100, 0.6, n_strata=3), 100, 90, 95, 80)
    want_mean, want = summed(stats.norm(-2, 0.2).logpdf, 300, 265, 0.6)
    for s in range(3):
        assert result.results[s]["probability"] == pytest.approx(want, abs=TARGET)
        assert mean(result, s) == pytest.approx(want_mean, abs=TARGET)


@pytest.mark.parametrize("cut", [0.55, 0.62])
def test_exchangeable_strata_move_together_beyond_the_prior_of_their_mean(cut):
    """theta_s ~ N(mu, 0.3^2), mu ~ N(-2, 0.2^2), in two strata of 100 of whom 90 and 70 respond."""
    result = found(single(hierarchical(normal(-2, 0.2), 0.3), 100, cut, n_strata=2), 100, 90, 70)
    mu = np.linspace(-3, 4, 1401)
    x, w = dense(float(special.logit(cut)), -4.0, 5.0, 2000)
    given_mu = stats.norm.logpdf(x, mu[:, None], 0.3)
    logs = [given_mu + log_binomial(x, 100, y) for y in (90, 70)]
    top = [log.max() for log in logs]
    parts = [np.exp(log - t) * w for log, t in zip(logs, top)]
    prior = stats.norm.logpdf(mu, -2, 0.2)
    weight = np.exp(prior + sum(np.log(part.sum(axis=1)) for part in parts))
    for s, part in enumerate(parts):
        given = part[:, x.size // 2 :].sum(axis=1) / part.sum(axis=1)
        want = float(weight @ given / weight.sum())
        assert result.results[s]["probability"] == pytest.approx(want, abs=2 * TARGET)


@pytest.mark.slow
def test_a_scale_goes_where_evidence_and_trial_put_it():
    """drift sd ~ HalfNormal(0.1), 90 of 900 then, 27 of 30 now: the sd is 0.65, 6.5 of its own."""
    drift = {"kind": "drift", "sd": half_normal(0.1)}
    used = evidence([("SLE", 900, 90)], drift)
    result = found(single(independent(normal(0, 2)), 30, 0.5, used), 30, 27)
    past = np.linspace(-4, 3, 401)
    old = log_binomial(past, 900, 90)
    t, w = np.polynomial.legendre.leggauss(40)
    x, dx = dense(0.0, -5.0, 8.0, 1001)
    density = np.zeros(x.size)
    for sd, weight in zip(1.0 + t, w):
        scattered = np.exp(stats.norm.logpdf(x[:, None], past, sd) + old - old.max()).sum(axis=1)
        density += weight * stats.halfnorm(scale=0.1).pdf(sd) * scattered
    mass = density * stats.norm(0, 2).pdf(x) * np.exp(log_binomial(x, 30, 27)) * dx
    want = mass[x.size // 2 :].sum() / mass.sum()
    assert result.results[0]["probability"] == pytest.approx(want, abs=TARGET)
    assert result.accuracy < TARGET


def test_power_finds_a_truth_that_the_prior_rules_out():
    design = single(independent(normal(-2, 0.2)), 200, 0.2, scenarios=[(0.9, None)])
    result = operating_characteristics(design)
    power = next(row.value for row in result.rows if row.quantity == "power")
    x, w = dense(float(special.logit(0.2)))
    succeeds = [summed(stats.norm(-2, 0.2).logpdf, 200, y, 0.2)[1] > 0.9 for y in range(150, 201)]
    want = stats.binom(200, 0.9).pmf(np.arange(150, 201)) @ np.array(succeeds)
    assert power == pytest.approx(want, abs=1e-9) and power > 0.99
    assert result.accuracy < TARGET and result.accurate


def hazards(strata, follow_up=24.0):
    return parse({
        "title": "a test", "strata": list(STRATA[:1]), "endpoint": {"kind": "time_to_event"},
        "sample_size": {"treatment": 60}, "model": {"treatment": component(strata)},
        "decision": [{"estimand": "hazard", "less_than": 0.2, "probability": 0.9}],
        "scenarios": [{"name": "0", "treatment": 0.25}],
        "accrual": {"rate": 10}, "follow_up": follow_up,
    })  # fmt: skip


def test_a_hazard_lies_where_data_put_it():
    """The prior of the log hazard is N(-4, 0.15^2); 55 events in 220 months say -1.39."""
    design = hazards(independent(normal(-4, 0.15)))
    data = TrialData.of(design, [{"stratum": "SLE", "events": 55, "exposure": 220.0}])
    result = analyse(design, data)
    cut = float(np.log(0.2))
    x, w = dense(cut, -12.0, 5.0)
    log = stats.norm(-4, 0.15).logpdf(x) + 55 * x - 220 * np.exp(x)
    mass = np.exp(log - log.max()) * w
    want = mass[: x.size // 2].sum() / mass.sum()
    assert result.results[0]["probability"] == pytest.approx(want, abs=TARGET)


def test_a_prior_that_evidence_contradicts_has_its_mean_inside_its_interval():
    used = evidence([("SLE", 200, 180)], {"kind": "full"})
    design = single(independent(normal(-2, 0.2)), 50, 0.6, used)
    for row in fit_priors(design).rows:
        assert row.quantiles[0] < row.mean < row.quantiles[-1]


def test_scales_beyond_the_priors_quantiles_are_added_where_data_ask_for_them():
    prior = HalfNormal(sigma=0.1)
    plain, weights = scale_rule(prior, 24)
    added, more = scale_rule(prior, 24, spread=9.0)
    assert plain.size == 24 and added.size == 48
    assert added.max() > 0.9 > plain.max() and more[24:].sum() < 1.1e-4
    assert weights.sum() == more.sum() == pytest.approx(1)


@pytest.mark.parametrize("sigma", [1e-6, 1e-4, 1e-3])
def test_a_prior_that_is_all_but_a_point_stays_one(sigma):
    result = found(single(independent(normal(-2, sigma)), 200, 0.12), 200, 150)
    assert mean(result) == pytest.approx(special.expit(-2), abs=300 * sigma**2)
    assert result.accuracy < TARGET


@pytest.mark.parametrize("kind", ["meta_analytic", "drift"])
def test_evidence_that_scatters_is_seen_where_it_lies(kind):
    """The prior N(-0.5, 0.15) never reaches 661 of 830 responders; a past parameter scatters by 0.5."""
    used = evidence([("SLE", 830, 661)], {"kind": kind, "sd": 0.5})
    result = found(single(independent(normal(-0.5, 0.15)), 40, 0.45, used), 40, 20)
    x, w = dense(float(special.logit(0.45)), -3.0, 4.0, 1500)
    past = np.linspace(0.9, 1.8, 901)
    old = np.exp(log_binomial(past, 830, 661) - log_binomial(past, 830, 661).max())
    if kind == "drift":  # theta_past ~ N(theta, 0.5^2), theta carries the prior
        prior = stats.norm(-0.5, 0.15).pdf(x) * (stats.norm.pdf(past, x[:, None], 0.5) @ old)
    else:  # past and new scatter around mu, which carries the prior
        mu = np.linspace(-1.8, 0.8, 601)
        weight = stats.norm(-0.5, 0.15).pdf(mu) * (stats.norm.pdf(past, mu[:, None], 0.5) @ old)
        prior = stats.norm.pdf(x[:, None], mu, 0.5) @ weight
    mass = prior * np.exp(log_binomial(x, 40, 20) - log_binomial(x, 40, 20).max()) * w
    want = mass[x.size // 2 :].sum() / mass.sum()
    assert result.results[0]["probability"] == pytest.approx(want, abs=TARGET)


@pytest.mark.parametrize(("n", "y"), [(200_000, 4), (200_000, 199_990), (1_000_000, 0)])
def test_a_large_source_at_the_end_of_the_scale_needs_no_fine_grid_elsewhere(n, y):
    """Its likelihood vanishes long before the middle, where its information would be largest."""
    cut = (y + 2) / (n + 3)
    strata = component(independent(beta(1, 2)), evidence([("SLE", n, y)]))
    design = binary({"treatment": strata}, 8, None, [criterion("response", cut, 0.9)])
    axis = component_axis(design, "treatment")
    assert axis.grid.n_nodes < 1000
    rows = [{"stratum": s, "n": 8, "responders": 0} for s in design.strata]
    data = TrialData.of(design, rows)
    found = analyse(design, data)
    wanted = special.betaincc(1 + y, 2 + n - y + 8, cut)
    assert abs(found.results[0]["probability"] - wanted) < TARGET
