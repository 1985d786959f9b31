"""Discounts as operators: what published data make of a function, and of a density, of one stratum.

A belief A about a parameter learns from a discounted source, A -> T* A, so that for any function f

    integral (T* A) f  =  integral A (T f).

``backward`` is T on functions, ``forward`` is T* on densities: logarithms on a mesh, columns (N, C),
each of one stratum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import special

from fuzz.mesh import Mesh, Scatter, log_sum
from fuzz.priors import Prior, balanced_rule, scale_rule

MOST = 25.0  # logit of an exponent beyond which it is 0 or 1


class Source:
    """Past log likelihoods of rows under one discount; ``of[c]`` is the stratum of column c."""

    def __init__(
        self, mesh: Mesh, rows: Sequence[Sequence[np.ndarray]], discount: Mapping, of: Sequence[int]
    ) -> None:
        self.mesh, self.discount, self.kind = mesh, discount, discount["kind"]
        self.of = np.asarray(of)
        self.rows = np.array([row - row.max() for each in rows for row in each]).T
        self.member = np.array([[s == r for s in range(len(rows))] for r, each in enumerate(rows)
                                for _ in each], float)  # fmt: skip
        self.informed = np.array([len(each) > 0 for each in rows])
        if self.kind == "robust":
            self.inner = Source(mesh, rows, discount.get("discount") or {"kind": "full"}, of)
            self.doubted = discount.get("scope") == "evidence"
            self.expected = None  # log probability (S,) of past patients apart from today's
            if not self.doubted:
                self.vague = Prior(discount["vague"]).on(mesh)
        elif self.kind != "meta_analytic":
            self.factor = self._factor()

    def backward(self, f: np.ndarray) -> np.ndarray:
        """Return log T f."""
        if self.kind == "robust" and self.doubted:
            return self._doubt(f, self.inner.backward(f))
        if self.kind == "robust":
            w = self.discount["weight"]
            vague = self.mesh.total(self.vague[:, None] + f)
            with np.errstate(divide="ignore"):
                parts = [np.log(1 - w) + self.inner.backward(f),
                         np.log(w) + vague + self.inner.backward(np.zeros_like(f))]  # fmt: skip
            return log_sum(np.stack(parts))
        if self.kind != "meta_analytic":
            return f + self.factor[:, self.of]
        return self._through(f, lambda scatter, past, f: past + scatter.function(f))

    def forward(self, density: np.ndarray) -> np.ndarray:
        """Return log T* of a density."""
        if self.kind == "robust" and self.doubted:
            return self._doubt(density, self.inner.forward(density))
        if self.kind == "robust":
            w, informed = self.discount["weight"], self.inner.forward(density)
            total = self.mesh.total(informed)
            with np.errstate(divide="ignore"):
                parts = [np.log(1 - w) + informed, np.log(w) + self.vague[:, None] + total]
            return log_sum(np.stack(parts))
        if self.kind != "meta_analytic":
            return density + self.factor[:, self.of]
        return self._through(density, lambda scatter, past, d: scatter.density(d + past))

    def _doubt(self, without: np.ndarray, informed: np.ndarray) -> np.ndarray:
        """Return what is believed where past patients may have nothing to do with today's."""
        w = self.discount["weight"]
        with np.errstate(divide="ignore"):
            parts = [np.log(1 - w) + informed - self.expected[self.of], np.log(w) + without]
        return log_sum(np.stack(parts))

    def _through(self, log: np.ndarray, step) -> np.ndarray:
        """Return columns of informed strata after a step, averaged over the scale; the others stay."""
        out, informed = log.copy(), self.informed[self.of]
        if informed.any():
            terms = [
                w + step(scatter, past[:, self.of[informed]], log[:, informed])
                for w, scatter, past in self._scattered(self.discount["sd"])
            ]
            out[:, informed] = log_sum(np.stack(terms))
        return out

    def _scattered(self, sd):
        """Yield log weight, scatter, and past log likelihoods (N, S) when past parameters scatter."""
        for scale, log_weight in zip(*scale_rule(sd, self.mesh.level)):
            scatter = Scatter(self.mesh, scale)
            yield log_weight, scatter, scatter.function(self.rows) @ self.member

    def _factor(self) -> np.ndarray:
        """Return what densities are multiplied by, in logarithms (N, S)."""
        past, doc = self.rows @ self.member, self.discount
        if self.kind == "full":
            return past
        if self.kind == "power":
            return doc["exponent"] * past
        if self.kind == "normalised_power":
            return np.stack([self._normalised(column) for column in past.T], axis=1)
        if self.kind == "drift":
            return log_sum(np.stack([w + each for w, _, each in self._scattered(doc["sd"])]))
        share = doc["probability"]
        with np.errstate(divide="ignore"):
            parts = [
                np.log(p) + w + each
                for p, sd in ((share, doc["spike"]), (1 - share, doc["slab"]))
                for w, _, each in self._scattered(sd)
            ]
        return log_sum(np.stack(parts))

    def _normalised(self, past: np.ndarray) -> np.ndarray:
        """Return log of the average of past^a / C(a) over the exponent a."""
        initial = Prior(self.discount["initial"]).on(self.mesh)
        doc = self.discount.get("exponent") or {"alpha": 1.0, "beta": 1.0}
        beta = Prior({"dist": "Beta", "alpha": doc["alpha"], "beta": doc["beta"]})
        logit, weights = balanced_rule(beta.log, -MOST, MOST, self.mesh.level)
        with np.errstate(divide="ignore"):
            below, above = np.log(beta.tails(-MOST, MOST))
        exponent = np.concatenate([[0.0], special.expit(logit), [1.0]])
        weights = np.concatenate([[below], weights, [above]])
        powered = exponent * past[:, None]
        return log_sum(weights + powered - self.mesh.total(initial[:, None] + powered), axis=1)


class Chain:
    """A component's sources, one after the other."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources

    def backward(self, f: np.ndarray) -> np.ndarray:
        for source in reversed(self.sources):
            f = source.backward(f)
        return f

    def forward(self, density: np.ndarray) -> np.ndarray:
        for source in self.sources:
            density = source.forward(density)
        return density
