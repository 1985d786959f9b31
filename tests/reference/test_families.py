"""Families of times to event, against SciPy, quadrature over patients, and each other's limits."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import component, half_normal, hierarchical, independent, normal
from scipy import integrate, optimize, special, stats
from survival_designs import hazard_ratio, relapse, survival

from trialdesign.assembly import assemble
from trialdesign.quadrature import Grid
from trialdesign.shapes import carried

TAU = 12.0
HAZARD = normal(-3.0, 1.0)
FAMILIES = {
    "weibull": {"distribution": "weibull"},
    "piecewise": {"distribution": "piecewise", "cuts": [6.0, 18.0]},
    "one cut": {"distribution": "piecewise", "cuts": [9.0], "step": 1.0},
    "cure": {"distribution": "cure"},
    "cure, weibull": {"distribution": "cure", "shape": {"dist": "LogNormal", "mu": 0.2, "sigma": 0.3}},
}
SHAPES = {
    "weibull": (0.7, 1.0, 2.2),
    "piecewise": ((0.0, 0.0), (0.9, -1.3), (-0.4, 0.6)),
    "one cut": (0.0, 1.4, -0.8),
    "cure": ((1e-9, 1.0), (0.4, 1.0), (0.95, 1.0)),
    "cure, weibull": ((0.3, 0.6), (0.7, 1.8)),
}
CASES = [(name, np.atleast_1d(shape)) for name, shapes in SHAPES.items() for shape in shapes]


def design(family: dict, arms: str = "single", strata: int = 1, n: int = 30, decision=None, **more):
    """Return a design whose endpoint is of a family."""
    endpoint = {"kind": "time_to_event", "name": "relapse", **family}
    alone = component(independent(HAZARD))
    model = {
        "single": {"treatment": alone},
        "arm-wise": {"control": alone, "treatment": alone},
        "contrast": {"control": alone, "effect": component(independent(normal(0.0, 1.0)))},
    }[arms]
    control = None if arms == "single" else n
    found = decision or [survival(24, 0.3) if arms == "single" else hazard_ratio(0.8)]
    return relapse(n, control, model=more.pop("model", model), decision=found, strata=strata,
                   endpoint=endpoint, **more)  # fmt: skip


def months(seed: int, n: int = 30, hazard: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Return patients' times and whether each ended with the event."""
    rng = np.random.default_rng(seed)
    event, end = rng.weibull(0.8, n) / hazard, rng.uniform(12, 36, n)
    return np.minimum(event, end), event <= end


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
        at = lambda t: relative[np.searchsorted(cuts, t)]  # noqa: E731
        mean = integrate.quad(at, 0, TAU, points=[c for c in cuts if c < TAU])[0] / TAU
        return lambda t: average * at(t) / mean
    rho, k = shape
    cured = rho * np.exp(-TAU * average)
    left = (np.exp(-TAU * average) - cured) / (1 - cured)  # of the uncured, at the horizon
    scale = TAU / (-np.log(left)) ** (1 / k)
    uncured = stats.weibull_min(k, scale=scale)
    return lambda t: (1 - cured) * uncured.pdf(t) / (cured + (1 - cured) * uncured.sf(t))


def log_likelihood(endpoint, theta, shape, time: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Return the log likelihood of patients' own times, at theta and shape that broadcast."""
    total = 0.0
    for t, seen in zip(time, event):
        total = total - endpoint.cumulative(t, theta, shape)
        if seen:
            total = total + endpoint.log_hazard(t, theta, shape)
    return total


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
    alive = lambda t: float(np.exp(-endpoint.cumulative(t, theta, shape))[0])  # noqa: E731
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


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_tabulated_patients_have_the_likelihood_of_their_own_times(name, shape):
    endpoint = design(FAMILIES[name]).endpoint
    time, event = months(4, n=60)
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
    made = design(FAMILIES[name])
    endpoint, assembled = made.endpoint, assemble(made)
    time, event = months(7)
    statistics = endpoint.summarise(time, event.astype(float))
    criterion = made.decision[0]
    joint = assembled.model.joint([{"treatment": statistics[None]}], made.estimand(criterion))
    found = float((joint[0] * assembled.holds(criterion)).sum())

    theta = np.linspace(-6.5, -0.5, 1201)[:, None]
    dense = {
        "weibull": lambda: (np.exp(np.linspace(-2, 2, 401)),),
        "one cut": lambda: (np.linspace(-4, 4, 401),),
        "piecewise": lambda: tuple(x.ravel() for x in np.meshgrid(*[np.linspace(-3, 3, 61)] * 2)),
        "cure": lambda: ((np.arange(400) + 0.5) / 400, np.ones(400)),
        "cure, weibull": lambda: tuple(
            x.ravel() for x in np.meshgrid((np.arange(60) + 0.5) / 60, np.exp(np.linspace(-1, 1.4, 61)))
        ),
    }[name]()
    log_prior = {
        "weibull": lambda k: stats.norm.logpdf(np.log(k), 0, 0.5),
        "one cut": lambda z: stats.norm.logpdf(z, 0, 1.0),
        "piecewise": lambda a, b: stats.norm.logpdf(a, 0, 0.7) + stats.norm.logpdf(b, 0, 0.7),
        "cure": lambda rho, k: np.zeros(rho.size),
        "cure, weibull": lambda rho, k: stats.norm.logpdf(np.log(k), 0.2, 0.3),
    }[name](*dense)
    log = log_likelihood(endpoint, theta, dense, time, event)
    log = log + stats.norm.logpdf(theta, -3, 1) + log_prior
    mass = np.exp(log - log.max())
    alive = np.exp(-endpoint.cumulative(24.0, theta, dense))
    want = float((mass * (alive > 0.3)).sum() / mass.sum())
    assert 0.02 < want < 0.98, "the comparison would be empty"
    assert found == pytest.approx(want, abs=1e-3)  # the sums on the right are good to 5e-4


@pytest.mark.parametrize("name", ["weibull", pytest.param("cure", marks=pytest.mark.slow)])
def test_a_contrast_is_its_integral_over_control_effect_and_shape(name):
    decision = [{"estimand": "survival_difference", "at": 24.0, "greater_than": 0.1, "probability": 0.9}]
    made = design(FAMILIES[name], "contrast", decision=[*decision, hazard_ratio(0.8)])
    endpoint, assembled = made.endpoint, assemble(made)
    data = {"control": months(1, hazard=0.06), "treatment": months(2, hazard=0.03)}
    rows = {arm: endpoint.summarise(t, e.astype(float))[None] for arm, (t, e) in data.items()}
    found = [
        float((assembled.model.joint([rows], made.estimand(c))[0] * assembled.holds(c)).sum())
        for c in made.decision
    ]

    control = np.linspace(-4.6, -1.4, 161)[:, None, None]
    effect = (np.log(0.8) + (np.arange(-120, 100) + 0.5) * 0.02)[None, :, None]  # 0.8 is an edge
    shape = {
        "weibull": (np.exp(np.linspace(-1.6, 1.2, 71)),),
        "cure": ((np.arange(60) + 0.5) / 60, np.ones(60)),
    }[name]
    log = stats.norm.logpdf(control, -3, 1) + stats.norm.logpdf(effect, 0, 1)
    if name == "weibull":
        log = log + stats.norm.logpdf(np.log(shape[0]), 0, 0.5)
    log = log + log_likelihood(endpoint, control, shape, *data["control"])
    log = log + log_likelihood(endpoint, control + effect, shape, *data["treatment"])
    mass = np.exp(log - log.max())
    alive = [np.exp(-endpoint.cumulative(24.0, x, shape)) for x in (control, control + effect)]
    held = [alive[1] - alive[0] > 0.1, np.broadcast_to(effect < np.log(0.8), mass.shape)]
    want = [float((mass * each).sum() / mass.sum()) for each in held]
    assert all(0.05 < each < 0.995 for each in want), "the comparison would be empty"
    np.testing.assert_allclose(found, want, atol=1.5e-3)  # cells of 0.02 on the right


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
    from trialdesign.analysis import expectations

    decision = [{"estimand": "survival_difference", "at": 24.0, "greater_than": 0.1, "probability": 0.9}]
    made = design(FAMILIES["weibull"], arms, strata=2, model=_borrowing(arms), decision=decision)
    assembled, criterion = assemble(made), made.decision[0]
    tables = {
        (s, arm): np.stack([
            made.endpoint.summarise(t, e.astype(float))
            for t, e in (months(100 * s + 7 * i + len(arm)) for i in range(3))
        ])
        for s in range(2) for arm in made.arm_names
    }  # fmt: skip
    outcomes = [{arm: tables[s, arm] for arm in made.arm_names} for s in range(2)]
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
