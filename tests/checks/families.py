"""Families of times to event against sums over patients' own times, parameter and shape."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import component, independent, normal
from scipy import stats
from survival_designs import hazard_ratio, relapse, survival

from trialdesign.analysis.build import assemble

TAU = 12.0
HAZARD = normal(-3.0, 1.0)
FAMILIES = {
    "weibull": {"distribution": "weibull"},
    "piecewise": {"distribution": "piecewise", "cuts": [6.0, 18.0]},
    "one cut": {"distribution": "piecewise", "cuts": [9.0], "step": 1.0},
    "cure": {"distribution": "cure"},
    "cure, weibull": {"distribution": "cure", "shape": {"dist": "LogNormal", "mu": 0.2, "sigma": 0.3}},
}


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


def months(
    seed: int, n: int = 30, hazard: float = 0.05, early: tuple[float, ...] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Return patients' times and whether each ended with the event; the first at ``early`` months."""
    rng = np.random.default_rng(seed)
    event, end = rng.weibull(0.8, n) / hazard, rng.uniform(12, 36, n)
    event[: len(early)] = early
    return np.minimum(event, end), event <= end


def log_likelihood(endpoint, theta, shape, time: np.ndarray, event: np.ndarray) -> np.ndarray:
    """Return the log likelihood of patients' own times, at theta and shape that broadcast."""
    total = 0.0
    for t, seen in zip(time, event):
        total = total - endpoint.cumulative(t, theta, shape)
        if seen:
            total = total + endpoint.log_hazard(t, theta, shape)
    return total


def single_arm(name: str, early: tuple[float, ...] = ()) -> None:
    """A single arm is its integral over theta and shape."""
    made = design(FAMILIES[name])
    endpoint, assembled = made.endpoint, assemble(made)
    time, event = months(7, early=early)
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


def contrast(name: str) -> None:
    """A contrast is its integral over control, effect and shape."""
    decision = [{"estimand": "survival_difference", "at": 36.0, "greater_than": 0.1, "probability": 0.9}]
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
    alive = [np.exp(-endpoint.cumulative(36.0, x, shape)) for x in (control, control + effect)]
    held = [alive[1] - alive[0] > 0.1, np.broadcast_to(effect < np.log(0.8), mass.shape)]
    want = [float((mass * each).sum() / mass.sum()) for each in held]
    assert all(0.05 < each < 0.995 for each in want), "the comparison would be empty"
    np.testing.assert_allclose(found, want, atol=1.5e-3)  # cells of 0.02 on the right
