"""Conjugate families against scipy.stats and their own definitions.

Derivatives are held against central differences, which err by 1e-6 here; all else agrees to 1e-10.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from trialdesign.priors.mixtures.most_likely import MAXIMISE, STATISTICS
from trialdesign.probability.distributions.conjugate import FAMILIES

LAWS = {
    "beta": (3.5, 6.0, stats.beta(3.5, 6.0)),
    "gamma": (3.5, 6.0, stats.gamma(3.5, scale=1 / 6.0)),
    "normal": (-0.7, 1.9, stats.norm(-0.7, 1.9)),
}
LEVELS = np.array([0.005, 0.2, 0.5, 0.9, 0.995])


def _differences(f, x, step):
    return (f(x + step) - f(x - step)) / (2 * step)


@pytest.fixture(params=LAWS)
def case(request):
    return (FAMILIES[request.param], *LAWS[request.param])


def test_densities_quantiles_and_moments_are_those_of_scipy(case):
    family, first, second, law = case
    x = law.ppf(LEVELS)
    assert family.quantile(LEVELS, first, second) == pytest.approx(x, rel=1e-10)
    assert family.log_density(x, first, second) == pytest.approx(law.logpdf(x), rel=1e-10)
    assert family.moments(first, second) == pytest.approx(law.stats("mv"), rel=1e-10)


def test_slopes_are_the_derivatives_of_the_log_density(case):
    family, first, second, law = case
    x = law.ppf(LEVELS)
    once, twice = family.slopes(x, first, second)
    log_density = lambda x: family.log_density(x, first, second)
    assert once == pytest.approx(_differences(log_density, x, 1e-6), rel=1e-6, abs=1e-6)
    slope = lambda x: family.slopes(x, first, second)[0]
    assert twice == pytest.approx(_differences(slope, x, 1e-6), rel=1e-6, abs=1e-6)


def test_linear_slopes_are_the_derivatives_on_the_linear_scale(case):
    """There the density is that of x times dx / d(linear)."""
    family, first, second, law = case
    x = law.ppf(LEVELS)
    back = {"beta": lambda t: 1 / (1 + np.exp(-t)), "gamma": np.exp, "normal": lambda t: t}
    to_x = next(back[name] for name, each in FAMILIES.items() if each is family)
    linear = family.to_linear(x)
    assert to_x(linear) == pytest.approx(x, rel=1e-12)
    assert family.slope(x) == pytest.approx(_differences(to_x, linear, 1e-5), rel=1e-6)

    def log_density(t):
        return family.log_density(to_x(t), first, second) + np.log(family.slope(to_x(t)))

    once, twice = family.linear_slopes(x, first, second)
    assert once == pytest.approx(_differences(log_density, linear, 1e-5), rel=1e-6, abs=1e-6)
    slope = lambda t: family.linear_slopes(to_x(t), first, second)[0]
    assert twice == pytest.approx(_differences(slope, linear, 1e-5), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", LAWS)
def test_the_most_likely_parameters_have_the_averages_of_the_statistics(name):
    """Averages over 20,000 quantiles, whose ends are cut off, give the parameters to 1e-3."""
    first, second, law = LAWS[name]
    x = law.ppf((np.arange(20_000) + 0.5) / 20_000)
    averages = STATISTICS[name](FAMILIES[name].to_linear(x), x).mean(axis=1)[:, None]
    assert np.concatenate(MAXIMISE[name](averages)) == pytest.approx([first, second], rel=1e-3)
