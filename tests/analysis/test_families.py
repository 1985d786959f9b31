"""Families of times to event, against SciPy, quadrature over patients, and each other's limits.

Here, too, are tested: trialdesign.endpoints.time_to_event.cure,
trialdesign.endpoints.time_to_event.piecewise, trialdesign.endpoints.time_to_event._knots.
"""

from __future__ import annotations

import numpy as np
import pytest
from checks import families
from checks.families import FAMILIES, HAZARD, TAU, design, log_likelihood, months
from helpers import component, half_normal, hierarchical, independent, normal
from scipy import integrate, optimize, special, stats

from trialdesign.analysis.build import assemble
from trialdesign.probability.grid import Grid
from trialdesign.probability.nuisance import carried

pytestmark = pytest.mark.reference

SHAPES = {
    "weibull": (0.7, 1.0, 2.2),
    "piecewise": ((0.0, 0.0), (0.9, -1.3), (-0.4, 0.6)),
    "one cut": (0.0, 1.4, -0.8),
    "cure": ((1e-9, 1.0), (0.4, 1.0), (0.95, 1.0)),
    "cure, weibull": ((0.3, 0.6), (0.7, 1.8)),
}
CASES = [(name, np.atleast_1d(shape)) for name, shapes in SHAPES.items() for shape in shapes]


def hazards(name: str, theta: float, shape: np.ndarray):
    """Return h(t) of a family in textbook form, written down independently."""
    average = np.exp(theta)
    if name == "weibull":
        scale = TAU / (TAU * average) ** (1 / shape[0])
        return lambda t: (
            stats.weibull_min.pdf(t, shape[0], scale=scale)
            / stats.weibull_min.sf(t, shape[0], scale=scale)
        )
    if name in ("piecewise", "one cut"):
        cuts = FAMILIES[name]["cuts"]
        relative = np.exp(np.append(0.0, np.cumsum(shape)))
        at = lambda t: relative[np.searchsorted(cuts, t)]
        mean = integrate.quad(at, 0, TAU, points=[c for c in cuts if c < TAU])[0] / TAU
        return lambda t: average * at(t) / mean
    rho, k = shape
    cured = rho * np.exp(-TAU * average)
    left = (np.exp(-TAU * average) - cured) / (1 - cured)  # of the uncured, at the horizon
    scale = TAU / (-np.log(left)) ** (1 / k)
    uncured = stats.weibull_min(k, scale=scale)
    return lambda t: (1 - cured) * uncured.pdf(t) / (cured + (1 - cured) * uncured.sf(t))


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_hazards_are_those_of_the_textbook(name, shape):
    endpoint = design(FAMILIES[name]).endpoint
    shape = np.append(shape, 1.0) if name == "cure" and shape.size == 1 else shape
    theta, own = -2.7, tuple(shape)
    hazard = hazards(name, theta, shape)
    for t in (0.4, 5.0, 12.0, 17.0, 40.0):
        cumulative = integrate.quad(hazard, 0, t, points=[6, 9, 18][: int(t > 18) + 2], limit=200)[0]
        assert endpoint.cumulative(t, theta, own) == pytest.approx(cumulative, rel=1e-6)
        assert endpoint.log_hazard(t, theta, own) == pytest.approx(np.log(hazard(t)), abs=1e-9)
    assert endpoint.cumulative(TAU, theta, own) == pytest.approx(TAU * np.exp(theta), rel=1e-12)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_equivalents_are_the_exponential_with_the_same_value(name, shape):
    endpoint, theta, shape = design(FAMILIES[name]).endpoint, np.array([-2.9]), tuple(shape)
    known = endpoint.estimands(at=24.0, to=24.0)
    alive = lambda t: float(np.exp(-endpoint.cumulative(t, theta, shape))[0])
    found = {
        "survival": alive(24.0),
        "rmst_difference": integrate.quad(alive, 0, 24, points=[6, 9, 18])[0],
    }
    if alive(5000.0) < 0.5:
        found["median"] = optimize.brentq(lambda t: alive(t) - 0.5, 1e-3, 5000)
    for estimand, want in found.items():
        u = known[estimand].equivalent(theta, shape)[0]
        rate = np.exp(u)
        got = {
            "survival": np.exp(-24 * rate),
            "rmst_difference": -np.expm1(-24 * rate) / rate,
            "median": np.log(2) / rate,
        }[estimand]
        assert got == pytest.approx(want, rel=1e-7), estimand


@pytest.mark.parametrize("early", [(), (1e-4, 0.001, 0.01, 0.04, 0.049, 0.06), (450.0, 599.0)])
@pytest.mark.parametrize(("name", "shape"), CASES)
def test_tabulated_patients_have_the_likelihood_of_their_own_times(name, shape, early):
    endpoint = design(FAMILIES[name]).endpoint
    time, event = months(4, n=60)
    time[: len(early)] = early
    event[: len(early)] = True
    theta = np.linspace(-4.0, -2.0, 9)
    shapes = type(endpoint.shapes(60))(tuple(np.array([value]) for value in shape), np.ones(1))
    found = endpoint.summarise(time, event.astype(float)) @ endpoint.table(theta, shapes)[:, :, 0]
    want = log_likelihood(endpoint, theta, tuple(shape), time, event)
    plausible = want > want.max() - 10
    error = (found - want)[plausible]
    assert np.ptp(error) < 2e-3, "of 60 patients together"


@pytest.mark.parametrize(
    "name", [n if n != "cure, weibull" else pytest.param(n, marks=pytest.mark.slow) for n in FAMILIES]
)
def test_a_single_arm_is_its_integral_over_theta_and_shape(name):
    families.single_arm(name)


@pytest.mark.parametrize("early", [(0.01, 0.01), (1e-4, 3e-4, 0.002, 0.03)])
@pytest.mark.parametrize("name", ["weibull", "cure", "piecewise"])
def test_events_in_the_first_hours_count_where_they_happened(name, early):
    families.single_arm(name, early)


@pytest.mark.parametrize("name", ["weibull", pytest.param("cure", marks=pytest.mark.slow)])
def test_a_contrast_is_its_integral_over_control_effect_and_shape(name):
    families.contrast(name)


@pytest.mark.parametrize("arms", ["single", "arm-wise", "contrast"])
@pytest.mark.parametrize(
    "family",
    [
        {"distribution": "weibull", "shape": {"dist": "LogNormal", "mu": 0.0, "sigma": 1e-6}},
        {"distribution": "piecewise", "cuts": [6.0], "step": 1e-6},
        {"distribution": "cure", "cured": {"dist": "Beta", "alpha": 1e-3, "beta": 800.0}},
    ],
    ids=lambda family: family["distribution"],
)
def test_a_family_whose_shape_is_known_to_be_flat_is_the_exponential(family, arms):
    found = []
    for own in ({}, family):
        made = design(own, arms, strata=2, model=_borrowing(arms))
        data = [
            {arm: made.endpoint.summarise(t, e.astype(float))[None] for arm, (t, e) in _two(s).items()}
            for s in range(2)
        ]
        if arms == "single":
            data = [{"treatment": each["treatment"]} for each in data]
        assembled = assemble(made)
        shares = assembled.holds(made.decision[0])
        joint = assembled.model.joint(data, made.estimand(made.decision[0]))
        found.append([(mass * shares).sum() for mass in joint])
    np.testing.assert_allclose(found[0], found[1], atol=1e-4)


def _two(s: int) -> dict:
    return {"control": months(10 + s, hazard=0.06), "treatment": months(20 + s, hazard=0.03)}


def _borrowing(arms: str) -> dict:
    alone = component(independent(HAZARD))
    shared = component(hierarchical(normal(-3.0, 1.0), half_normal(0.5)))
    effect = component(hierarchical(normal(0.0, 1.0), half_normal(0.5)))
    return {
        "single": {"treatment": shared},
        "arm-wise": {"control": alone, "treatment": shared},
        "contrast": {"control": alone, "effect": effect},
    }[arms]


@pytest.mark.parametrize("arms", ["arm-wise", "contrast"])
def test_a_simulated_trial_is_judged_as_it_would_be_analysed(arms):
    from trialdesign.analysis.models.model import expectations

    decision = [{"estimand": "survival_difference", "at": 24.0, "greater_than": 0.1, "probability": 0.9}]
    made = design(FAMILIES["weibull"], arms, strata=2, model=_borrowing(arms), decision=decision)
    assembled, criterion = assemble(made), made.decision[0]
    tables = {
        (s, arm): np.stack([
            made.endpoint.summarise(t, e.astype(float))
            for t, e in (months(100 * s + 7 * i + len(arm)) for i in range(3))
        ])
        for s in range(2) for arm in made.arms
    }  # fmt: skip
    outcomes = [{arm: tables[s, arm] for arm in made.arms} for s in range(2)]
    matrix = assembled.holds(criterion)
    shares = [[assembled.model.share(made.estimand(criterion), matrix)]] * 2
    found = expectations(assembled.model, assembled.model.paired(outcomes, shares), np.arange(3))[0]
    for i in range(3):
        one = [{arm: own[arm][i : i + 1] for arm in own} for own in outcomes]
        joint = assembled.model.joint(one, made.estimand(criterion))
        np.testing.assert_allclose(found[i], [(mass * matrix).sum() for mass in joint], atol=1e-9)


def test_masses_are_carried_to_an_increasing_function():
    grid = Grid(np.linspace(-8.0, 6.0, 15))
    mass = grid.normal_mass(np.array([-1.0]), 0.8)[0]
    moved = carried(grid, lambda x: x + 0.37 + 0.2 * np.tanh(x))
    assert moved.sum(axis=0) == pytest.approx(np.ones(grid.n_nodes), abs=1e-9)
    for edge in grid.edges[4:11]:
        root = optimize.brentq(lambda x, e=edge: x + 0.37 + 0.2 * np.tanh(x) - e, -12, 12)
        found = grid.cumulative(np.array(edge)) @ moved @ mass
        assert found == pytest.approx(special.ndtr((root + 1.0) / 0.8), abs=1e-6)


def test_published_rows_are_patients_followed_equally_long():
    endpoint = design(FAMILIES["weibull"]).endpoint
    row = endpoint.Row(stratum="SLE", n=8, events=0, exposure=8 * 20.0)
    theta = np.linspace(-6.0, -1.0, 11)
    found = endpoint.log_likelihood(endpoint.statistics(row, "middle"), theta)

    def integrand(z: float, x: float) -> float:
        return stats.norm.pdf(z, 0, 0.5) * np.exp(-8 * TAU * np.exp(x) * (20 / TAU) ** np.exp(z))

    want = [np.log(integrate.quad(integrand, -3, 3, args=(x,), epsabs=0)[0]) for x in theta]
    np.testing.assert_allclose(found[found > -20], np.array(want)[found > -20], atol=2e-3)
    flat = endpoint.Row(stratum="SLE", n=8, events=0, exposure=8 * TAU)  # the horizon itself: no shape
    at = endpoint.log_likelihood(endpoint.statistics(flat, "middle"), theta)
    np.testing.assert_allclose(at, -8 * TAU * np.exp(theta), rtol=1e-12)
