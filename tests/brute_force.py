"""The same posteriors by brute force: plain integrals over dense meshes, nothing of the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import special, stats

Density = Callable[[np.ndarray], np.ndarray]
SCATTER = np.linspace(-8.0, 8.0, 49)  # the trapezoid rule is spectrally accurate for a normal
SCATTER_WEIGHT = stats.norm.pdf(SCATTER) * (SCATTER[1] - SCATTER[0])


def panels(edges: Sequence[float], order: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Legendre nodes and weights on every interval between neighbouring edges."""
    t, w = np.polynomial.legendre.leggauss(order)
    edges = np.asarray(edges, dtype=float)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()


def likelihood(n: int, y: int, theta: np.ndarray) -> np.ndarray:
    """Return p^y (1 - p)^(n - y) at logits."""
    return np.exp(y * special.log_expit(theta) + (n - y) * special.log_expit(-theta))


def scales(sd: float | Density, upper: float = 4.0, order: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights of a standard deviation: one where it is fixed."""
    if not callable(sd):
        return np.array([sd]), np.ones(1)
    root, weights = panels(np.linspace(0, np.sqrt(upper), 5), order // 4)
    return root**2, weights * 2 * root * sd(root**2)


# One stratum: what a discount makes of past studies


def scattered(past: Sequence[tuple[int, int]], theta: np.ndarray, sd: float) -> np.ndarray:
    """Return the likelihood of past studies whose own parameters are N(theta, sd^2)."""
    around = theta[..., None] + sd * SCATTER
    out = np.ones(theta.shape)
    for n, y in past:
        out = out * (likelihood(n, y, around) @ SCATTER_WEIGHT)
    return out


def power(prior: Density, past, exponent: float) -> Density:
    def density(theta):
        whole = np.prod([likelihood(n, y, theta) for n, y in past], axis=0)
        return prior(theta) * whole**exponent

    return density


def drift(prior: Density, past, sd: float | Density) -> Density:
    def density(theta):
        nodes, weights = scales(sd)
        return prior(theta) * sum(w * scattered(past, theta, tau) for tau, w in zip(nodes, weights))

    return density


def meta_analytic(prior: Density, past, sd: float | Density) -> Density:
    def density(theta):
        out = np.zeros(theta.shape)
        for tau, w in zip(*scales(sd)):
            centre = theta[:, None] - tau * SCATTER
            out += w * (prior(centre) * scattered(past, centre, tau)) @ SCATTER_WEIGHT
        return out

    return density


def robust(informed: Density, vague: Density, weight: float, edges) -> Density:
    """Mix after the informed density has been normalised."""
    x, w = panels(edges, 12)
    total = informed(x) @ w
    return lambda theta: (1 - weight) * informed(theta) / total + weight * vague(theta)


def one_stratum(prior: Density, n: int, y: int, cut: float) -> tuple[float, float]:
    """Return mean response and P(theta > cut) after y responders of n."""
    x, w = panels(np.union1d(np.linspace(-12, 12, 21), [cut]), 10)
    mass = prior(x) * likelihood(n, y, x) * w
    mass /= mass.sum()
    return float(mass @ special.expit(x)), float(mass[x > cut].sum())


# Several exchangeable strata


def hierarchical_nodes(mean: Density, sd: float | Density, near: float) -> tuple[np.ndarray, ...]:
    """Return (mu, tau, weight) of a rule that is fine where a cut steps at small tau."""
    steps = np.array([0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 4.0, 7.0, 12.0])
    mu, w_mu = panels(np.unique(np.concatenate([near - steps, near + steps])), 10)
    tau, w_tau = scales(sd, upper=6.0, order=32)
    weight = np.multiply.outer(w_mu * mean(mu), w_tau)
    return np.repeat(mu, tau.size), np.tile(tau, mu.size), weight.ravel()


def given_nodes(f: Density, mu: np.ndarray, tau: np.ndarray, cuts: Sequence[float]) -> np.ndarray:
    """Return E[f(theta)] for theta ~ N(mu, tau^2), where f may jump or bend at the cuts."""
    z = np.sort([np.clip((cut - mu) / tau, -8.5, 8.5) for cut in cuts], axis=0)
    ends = np.concatenate([np.full((1, mu.size), -8.5), z, np.full((1, mu.size), 8.5)])
    t, w = np.polynomial.legendre.leggauss(48)
    out = np.zeros(mu.size)
    for low, high in zip(ends, ends[1:]):
        half = (high - low)[:, None] / 2
        x = low[:, None] + half * (1 + t)
        out += (f(mu[:, None] + tau[:, None] * x) * stats.norm.pdf(x) * half * w).sum(axis=1)
    return out


def hierarchical(
    mean: Density,
    sd: float | Density,
    likelihoods: Sequence[Density],
    functions: Sequence[Density],
    cut: float,
) -> np.ndarray:
    """Return E[f_s(theta_s) | all data], one per stratum: integrals over mu, tau and theta."""
    mu, tau, weight = hierarchical_nodes(mean, sd, cut)
    own = [given_nodes(f, mu, tau, [cut]) for f in likelihoods]
    out = []
    for s, (f, g) in enumerate(zip(likelihoods, functions)):
        others = weight * np.prod(own[:s] + own[s + 1 :], axis=0)
        top = given_nodes(lambda x, f=f, g=g: f(x) * g(x), mu, tau, [cut])
        out.append((others @ top) / (others @ own[s]))
    return np.array(out)


# A contrast: treatment = control + effect


def ratio_exceeds(
    control: tuple[int, int], treatment: tuple[int, int], prior: Density, ratio: float
) -> tuple[Density, Density]:
    """Return, as functions of the effect, the likelihood and its part where the ratio exceeds a bound.

    expit(a + d) / expit(a) > r  holds for  a < -log((r - 1) / (1 - r e^-d)),  and never for e^d < r.
    """
    t, w = np.polynomial.legendre.leggauss(120)

    def up_to(effect: np.ndarray, top: np.ndarray) -> np.ndarray:
        low = -12.0
        half = np.maximum(top - low, 0)[..., None] / 2
        a = low + half * (1 + t)
        both = likelihood(*control, a) * likelihood(*treatment, a + effect[..., None])
        return (both * prior(a) * half * w).sum(axis=-1)

    def whole(effect):
        return up_to(effect, np.full(effect.shape, 12.0))

    def part(effect):
        inside = np.maximum(1 - ratio * np.exp(-effect), 1e-300)
        return up_to(effect, np.minimum(-np.log((ratio - 1) / inside), 12.0))

    return whole, part
