"""Every distribution against scipy.stats: density, distribution function, quantiles, masses.

Here, too, are tested: trialdesign.probability.distributions.real_line.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import special, stats

from trialdesign.probability.distributions.conjugate import FAMILIES
from trialdesign.probability.distributions.heterogeneity import SCALE, ScalePrior, scale_rule
from trialdesign.probability.distributions.prior import LOCATION, Prior
from trialdesign.probability.grid import Grid

pytestmark = pytest.mark.properties

positive = st.floats(0.2, 4.0)
centre = st.floats(-2.0, 2.0)


class Logit:
    """A distribution of a probability, seen on the logit scale."""

    def __init__(self, inner):
        self.inner = inner

    def cdf(self, x):
        return self.inner.cdf(special.expit(x))

    def pdf(self, x):
        return self.inner.pdf(special.expit(x)) * special.expit(x) * special.expit(-x)


class Log:
    """A distribution of a rate, seen on the log scale."""

    def __init__(self, inner):
        self.inner = inner

    def cdf(self, x):
        return self.inner.cdf(np.exp(x))

    def pdf(self, x):
        return self.inner.pdf(np.exp(x)) * np.exp(x)


# name: parameters, and the same in scipy.stats
TWINS = {
    "Normal": ({"mu": centre, "sigma": positive}, lambda mu, sigma: stats.norm(mu, sigma)),
    "StudentT": (
        {"nu": st.floats(1.0, 30.0), "mu": centre, "sigma": positive},
        lambda nu, mu, sigma: stats.t(nu, mu, sigma),
    ),
    "Uniform": (
        {"lower": st.floats(0.0, 1.0), "upper": st.floats(1.5, 4.0)},
        lambda lower, upper: stats.uniform(lower, upper - lower),
    ),
    "HalfNormal": ({"sigma": positive}, lambda sigma: stats.halfnorm(scale=sigma)),
    "HalfCauchy": ({"beta": positive}, lambda beta: stats.halfcauchy(scale=beta)),
    "HalfStudentT": (
        {"nu": st.floats(1.0, 30.0), "sigma": positive},
        lambda nu, sigma: HalfStudentT(nu, sigma),
    ),
    "Exponential": ({"lam": positive}, lambda lam: stats.expon(scale=1 / lam)),
    "InverseGamma": (
        {"alpha": st.sampled_from([1.0, 2.0, 3.0]), "beta": positive},
        lambda alpha, beta: stats.invgamma(alpha, scale=beta),
    ),
    "LogNormal": (
        {"mu": centre, "sigma": st.floats(0.2, 1.5)},
        lambda mu, sigma: stats.lognorm(sigma, scale=np.exp(mu)),
    ),
    "Beta": (
        {"alpha": st.floats(0.4, 30.0), "beta": st.floats(0.4, 30.0)},
        lambda alpha, beta: Logit(stats.beta(alpha, beta)),
    ),
    "Gamma": (
        {"alpha": st.floats(0.4, 30.0), "beta": positive},
        lambda alpha, beta: Log(stats.gamma(alpha, scale=1 / beta)),
    ),
}


class HalfStudentT:
    def __init__(self, nu, sigma):
        self.whole = stats.t(nu, 0, sigma)

    def cdf(self, x):
        return np.where(x > 0, 2 * self.whole.cdf(x) - 1, 0.0)

    def pdf(self, x):
        return np.where(x >= 0, 2 * self.whole.pdf(x), 0.0)

    def ppf(self, q):
        return self.whole.ppf((1 + q) / 2)


def pair(name, parameters):
    ours = TypeAdapter(Prior).validate_python({"dist": name, **parameters})
    return ours, TWINS[name][1](**parameters)


def each(test):
    """Run a test on every distribution, a few random parameters each."""

    @pytest.mark.parametrize("name", TWINS)
    @settings(max_examples=6)
    @given(st.data())
    def run(name, data):
        parameters = {key: data.draw(values) for key, values in TWINS[name][0].items()}
        test(*pair(name, parameters))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def inner_points(ours) -> np.ndarray:
    low, high = ours.support()
    return np.linspace(max(low, -12.0), min(high, 12.0), 41)[1:-1]


def test_every_distribution_is_compared():
    assert {kind.__name__ for kind in LOCATION} == set(TWINS)


@each
def test_density_and_distribution_function_are_those_of_scipy(ours, scipy):
    x = inner_points(ours)
    np.testing.assert_allclose(ours.density(x), scipy.pdf(x), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(ours.cumulative(x), scipy.cdf(x), rtol=1e-9, atol=1e-13)


@each
def test_support_holds_all_but_a_trace_of_the_probability(ours, scipy):
    low, high = ours.support()
    assert scipy.cdf(low) < 1e-10 or low == 0
    assert scipy.cdf(high) > 1 - 1e-10


@pytest.mark.parametrize("name", [name for name in TWINS if name not in ("Beta", "Gamma")])
def test_quantiles_are_those_of_scipy(name):
    parameters = {"nu": 3.0, "mu": 0.4, "sigma": 0.7, "lower": 0.5, "upper": 2.0, "lam": 1.5}
    parameters |= {"alpha": 2.5, "beta": 1.2}
    ours, scipy = pair(name, {key: parameters[key] for key in TWINS[name][0]})
    for q in (0.001, 0.25, 0.5, 0.9, 0.999):
        assert ours.quantile(q) == pytest.approx(float(scipy.ppf(q)), rel=1e-9)


@each
def test_masses_integrate_smooth_functions(ours, scipy):
    """E[f] for a likelihood-like f, on panels of width 1 and with the tails counted at the ends."""
    grid = Grid(np.arange(-12.0, 12.5, 1.0))
    mass = ours.mass(grid)
    assert mass.sum() == pytest.approx(1, abs=2e-7)
    smooth = lambda x: special.expit(x) ** 2 * special.expit(-x)
    dense = [np.linspace(-12, 12, 4001), np.geomspace(1e-9, 0.01, 300), np.clip(ours.breaks, -12, 12)]
    edges = np.unique(np.concatenate(dense))
    t, w = np.polynomial.legendre.leggauss(6)
    x = (edges[:-1, None] + np.diff(edges)[:, None] / 2 * (1 + t)).ravel()
    weight = (np.diff(edges)[:, None] / 2 * w).ravel()
    ends = scipy.cdf(-12.0) * smooth(-12.0) + (1 - scipy.cdf(12.0)) * smooth(12.0)
    want = weight @ (scipy.pdf(x) * smooth(x)) + ends
    assert mass @ smooth(grid.nodes) == pytest.approx(float(want), abs=2e-7)


@each
def test_distribution_function_of_the_masses_is_exact_at_panel_edges(ours, scipy):
    grid = Grid(np.array([-12.0, -3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 4.0, 12.0]))
    inner = grid.edges[1:-1]
    found = grid.cumulative(inner) @ ours.mass(grid)
    np.testing.assert_allclose(found, scipy.cdf(inner), atol=2e-7)


def test_mixture_is_the_weighted_sum_of_its_parts():
    parts = [{"dist": "Beta", "alpha": 4.0, "beta": 16.0}, {"dist": "Beta", "alpha": 1.0, "beta": 1.0}]
    stated = [{"weight": w, **part} for w, part in zip((0.8, 0.2), parts)]
    whole = TypeAdapter(Prior).validate_python({"mixture": stated})
    alone = [TypeAdapter(Prior).validate_python(part) for part in parts]
    x, grid = np.linspace(-8, 8, 33), Grid(np.linspace(-16, 16, 33))
    for take in (lambda d: d.density(x), lambda d: d.cumulative(x), lambda d: d.mass(grid)):
        np.testing.assert_allclose(take(whole), 0.8 * take(alone[0]) + 0.2 * take(alone[1]), atol=1e-15)


@pytest.mark.parametrize(
    ("name", "first", "second"), [("beta", 2.5, 4), ("gamma", 3, 5), ("normal", 1, 2)]
)
def test_what_is_known_of_a_conjugate_family_agrees(name, first, second):
    """Density, its derivatives and moments follow from the distribution function, on both scales."""
    own, q = FAMILIES[name], np.linspace(0.05, 0.95, 200_001)
    x = own.quantile(q, first, second)
    linear, middle = own.to_linear(x), x[100_000]
    np.testing.assert_allclose(own.to_natural(linear), x, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(own.cumulative(x, first, second), q, rtol=1e-9)
    density = own.log_density(x, first, second)
    np.testing.assert_allclose(np.gradient(q, x)[1:-1], np.exp(density)[1:-1], rtol=1e-6)
    of_linear = own.log_powers(linear, first, second) + own.log_constant(first, second)
    np.testing.assert_allclose(of_linear, density + np.log(own.slope(x)), rtol=1e-9, atol=1e-9)
    step = 1e-4
    for at, logs, slopes in (
        (middle, lambda t: own.log_density(t, first, second), own.slopes),
        (own.to_linear(middle), lambda t: own.log_powers(t, first, second), own.linear_slopes),
    ):
        low, here, high = (float(logs(at + d)) for d in (-step, 0.0, step))
        want = (high - low) / (2 * step), (high - 2 * here + low) / step**2
        assert slopes(middle, first, second) == pytest.approx(want, rel=1e-5, abs=1e-5)
    middles = (np.arange(200_000) + 0.5) / 200_000
    points = own.quantile(middles, first, second)
    for moments, at in ((own.moments, points), (own.linear_moments, own.to_linear(points))):
        assert moments(first, second) == pytest.approx((at.mean(), at.var()), rel=2e-4)


def test_equal_mixtures_are_one_key_and_print_lists():
    stated = {
        "mixture": [{"weight": w, "dist": "Normal", "mu": 0.0, "sigma": 1 + w} for w in (0.5, 0.5)]
    }
    one, two = (TypeAdapter(Prior).validate_python(stated) for _ in range(2))
    assert len({one, two}) == 1
    assert TypeAdapter(Prior).dump_python(one, mode="json") == stated


# Between-strata standard deviations


@pytest.mark.parametrize("name", [kind.__name__ for kind in SCALE])
@settings(max_examples=6)
@given(st.data())
def test_scale_rule_integrates_functions_of_the_scale(name, data):
    """E[exp(-s)] and E[1 / (1 + s^2)], which is what pooling looks like, on 24 nodes."""
    parameters = {key: data.draw(values) for key, values in TWINS[name][0].items()}
    ours = TypeAdapter(ScalePrior).validate_python({"dist": name, **parameters})
    nodes, weights = scale_rule(ours, 24)
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert (nodes > 0).all()
    for got, want in pooling(ours, TWINS[name][1](**parameters)):
        assert got == pytest.approx(want, abs=1e-5)


def pooling(ours, scipy):
    """Yield expectations of functions of a scale by the rule of 24 nodes, and by a dense one."""
    nodes, weights = scale_rule(ours, 24)
    edges = np.union1d(np.append(0.0, np.geomspace(1e-9, 1e9, 3000)), np.maximum(ours.breaks, 0))
    t, w = np.polynomial.legendre.leggauss(8)
    half = np.diff(edges)[:, None] / 2
    x, weight = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
    dense = weight * scipy.pdf(x)
    for f in (lambda s: np.exp(-s), lambda s: 1 / (1 + s * s)):
        yield weights @ f(nodes), float(dense @ f(x))


HARD = [
    ("InverseGamma", {"alpha": 0.5, "beta": 0.5}),
    ("LogNormal", {"mu": -2.0, "sigma": 2.0}),
]


@pytest.mark.parametrize(("name", "parameters"), HARD)
def test_scale_rule_integrates_functions_of_a_scale_over_many_orders_of_magnitude(name, parameters):
    ours = TypeAdapter(ScalePrior).validate_python({"dist": name, **parameters})
    for got, want in pooling(ours, TWINS[name][1](**parameters)):
        assert got == pytest.approx(want, abs=1e-5)


def test_fixed_scale_is_one_node():
    nodes, weights = scale_rule(0.7, 24)
    assert (nodes.tolist(), weights.tolist()) == ([0.7], [1.0])


@pytest.mark.parametrize("shape", [0.4, 3.0, 400.0])
def test_the_support_of_a_gamma_is_as_wide_as_it_is_itself(shape):
    """Above, where its logarithm falls off faster than a normal, there are 8 sds."""
    law = {kind.__name__: kind for kind in LOCATION}["Gamma"](alpha=shape, beta=2.0)
    mean, variance = special.digamma(shape) - np.log(2.0), special.polygamma(1, shape)
    low, high = law.support()
    assert high == pytest.approx(mean + 8 * np.sqrt(variance), rel=1e-12)
    assert mean - low < 8 * np.sqrt(variance) + 40 / shape
