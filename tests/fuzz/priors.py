"""Prior distributions of a design document: log densities on the linear scale, and rules for scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special, stats

from fuzz.mesh import Mesh, log_sum

NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)

SMALLEST = 1e-3  # standard deviations below it are no scatter, and lumped together
LARGEST = 1e6
HALVES = ("HalfNormal", "HalfCauchy", "HalfStudentT")
POSITIVE = (*HALVES, "Exponential", "InverseGamma", "LogNormal")


def whole(doc: Mapping):
    """Return a document's SciPy distribution; of a half-distribution, the whole one."""
    dist = {key: value for key, value in doc.items() if key not in ("dist", "weight")}
    return {
        "Normal": lambda mu, sigma: stats.norm(mu, sigma),
        "HalfNormal": lambda sigma: stats.norm(0, sigma),
        "HalfCauchy": lambda beta: stats.cauchy(0, beta),
        "StudentT": lambda nu, sigma, mu=0.0: stats.t(nu, mu, sigma),
        "HalfStudentT": lambda nu, sigma: stats.t(nu, 0, sigma),
        "Uniform": lambda lower, upper: stats.uniform(lower, upper - lower),
        "Exponential": lambda lam: stats.expon(0, 1 / lam),
        "InverseGamma": lambda alpha, beta: stats.invgamma(alpha, 0, beta),
        "LogNormal": lambda mu, sigma: stats.lognorm(sigma, 0, np.exp(mu)),
        "Beta": lambda alpha, beta: stats.beta(alpha, beta),
        "Gamma": lambda alpha, beta: stats.gamma(alpha, 0, 1 / beta),
    }[doc["dist"]](**dist)


@dataclass(frozen=True)
class Prior:
    """A prior of a parameter, from its document."""

    doc: Mapping

    @property
    def parts(self) -> list[Prior]:
        """Components of a mixture, or the prior itself."""
        return [Prior(part) for part in self.doc.get("mixture", [self.doc])]

    @property
    def weight(self) -> float:
        return self.doc.get("weight", 1.0)

    def log(self, x: np.ndarray) -> np.ndarray:
        """Return the log density at points of the linear scale."""
        if "mixture" in self.doc:
            with np.errstate(divide="ignore"):
                return log_sum(np.stack([part.log(x) + np.log(part.weight) for part in self.parts]))
        kind, get = self.doc["dist"], self.doc.get
        if kind == "Beta":
            a, b = get("alpha"), get("beta")
            return a * special.log_expit(x) + b * special.log_expit(-x) - special.betaln(a, b)
        if kind == "Gamma":
            a, b = get("alpha"), get("beta")
            return a * (np.log(b) + x) - b * np.exp(x) - special.gammaln(a)
        with np.errstate(divide="ignore"):
            log = self._scipy.logpdf(x)
        return np.where(x >= 0, log + np.log(2), -np.inf) if kind in HALVES else log

    @cached_property
    def _scipy(self):
        return whole(self.doc)

    def tails(self, low: float, high: float) -> tuple[float, float]:
        """Return the probabilities below and above two points."""
        if "mixture" in self.doc:
            each = np.array([part.tails(low, high) for part in self.parts])
            return tuple(np.array([part.weight for part in self.parts]) @ each)
        kind = self.doc["dist"]
        if kind in HALVES:
            return 0.0, 2 * self._scipy.sf(high)
        natural = {"Beta": special.expit, "Gamma": np.exp}.get(kind, lambda x: x)
        if kind == "Beta":
            return self._scipy.cdf(special.expit(low)), stats.beta(
                self.doc["beta"], self.doc["alpha"]
            ).cdf(special.expit(-high))
        return self._scipy.cdf(natural(low)), self._scipy.sf(natural(high))

    def on(self, mesh: Mesh, offset: float = 0.0) -> np.ndarray:
        """Return log densities (N,) of the parameter + offset on a mesh, probabilities at its ends."""
        x = mesh.x - offset
        out = self.log(x)
        with np.errstate(divide="ignore"):
            out[[0, -1]] = np.log(self.tails(x[0], x[-1]))
        return out

    @property
    def breaks(self) -> tuple[float, ...]:
        """Points at which the density jumps, or all but jumps."""
        found = set()
        for part in self.parts:
            if part.doc["dist"] == "Uniform":
                found |= {part.doc["lower"], part.doc["upper"]}
            if part.doc["dist"] in POSITIVE:
                found.add(0.0)
        return tuple(sorted(found))

    def sharpness(self, x: np.ndarray) -> np.ndarray:
        """Return an upper bound, about, of minus the second derivative of the log density."""
        out = np.zeros(np.shape(x))
        for part in self.parts:
            kind, get = part.doc["dist"], part.doc.get
            if kind == "Beta":
                out = out + (get("alpha") + get("beta")) * special.expit(x) * special.expit(-x)
            elif kind == "Gamma":
                out = out + np.minimum(get("beta") * np.exp(np.minimum(x, 50)), 10 * get("alpha") + 40)
            elif kind in ("Normal", "StudentT", "HalfNormal", "HalfStudentT"):
                out = out + 2 / get("sigma") ** 2
            elif kind == "HalfCauchy":
                out = out + 2 / get("beta") ** 2
            elif kind in ("InverseGamma", "LogNormal"):
                out = out + 60.0
        return out


def scale_rule(scale, level: float, variance: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return standard deviations and log weights of a fixed scale or a document's prior.

    ``variance`` says what the prior is on.  Where its density reaches zero, the first panel is linear.
    """
    if not isinstance(scale, Mapping):
        return np.array([np.sqrt(scale) if variance else scale]), np.zeros(1)
    prior, power = whole(scale), 2 if variance else 1
    fold, start = (2.0, 0.5) if scale["dist"] in HALVES else (1.0, 0.0)
    log = lambda v: v + prior.logpdf(np.exp(v)) + np.log(fold)
    high = min(prior.isf(1e-14 / fold), LARGEST**power)
    reaches_zero = scale["dist"] in (*HALVES, "Exponential") or scale.get("lower") == 0
    if reaches_zero:
        low = min(0.03, 0.1 * prior.ppf(start + 0.5 / fold) ** (1 / power)) ** power
        first = (NODES + 1) / 2 * low ** (1 / power)
        slope = np.log(power * first ** (power - 1)) if variance else 0.0
        first_log = np.log(WEIGHTS / 2 * low ** (1 / power)) + slope
        first_log = first_log + prior.logpdf(first**power) + np.log(fold)
    else:
        low = max(prior.ppf(1e-14), SMALLEST**power)
        first, first_log = np.array([low ** (1 / power)]), np.log([max(prior.cdf(low), 1e-300)])
    nodes, weights = balanced_rule(log, np.log(low), np.log(high), level / power)
    with np.errstate(divide="ignore"):
        beyond = np.log([fold * prior.sf(high)])
    sds = np.concatenate([first, np.exp(nodes / power), [high ** (1 / power)]])
    weights = np.concatenate([first_log, weights, beyond])
    keep = weights > -200
    return sds[keep], weights[keep]


def balanced_rule(log, low: float, high: float, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and log weights of a prior with log density ``log``.

    The nodes resolve its product with whatever balances its slope: data that draw a scale t to the tail
    of its prior do so as exp(-c / t^2), the second derivative of which, in log t, is twice its slope.
    """
    v = np.linspace(low, high, 4001)[1:-1]
    rise = np.gradient(log(v), v)
    sharp = np.abs(np.gradient(rise, v)) + 2 * np.abs(rise)
    rate = level * np.maximum(np.sqrt(np.nan_to_num(sharp, posinf=0.0)) / 3, 1 / 2.2)
    count = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(v))])
    edges = np.interp(np.linspace(0, count[-1], int(np.ceil(count[-1])) + 1), count, v)
    edges[[0, -1]] = low, high
    t, w = np.polynomial.legendre.leggauss(8)
    half = np.diff(edges)[:, None] / 2
    nodes = (edges[:-1, None] + half * (1 + t)).ravel()
    with np.errstate(divide="ignore"):
        return nodes, log(nodes) + np.log((half * w).ravel())
