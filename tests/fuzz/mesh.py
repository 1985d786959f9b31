"""Meshes of the real line, and what a normal scatter does to a function or a density on one.

All values are logarithms, so that nothing vanishes where a prior and the data contradict each other.
A mesh has Gauss-Legendre panels and two end nodes: what lies beyond an end counts there, where a
likelihood no longer changes.  At the ends the "density" is a probability, of weight one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import special
from scipy.interpolate import make_interp_spline

ORDER = 16
NODES, WEIGHTS = np.polynomial.legendre.leggauss(ORDER)
GRADES = (0.005, 0.03, 0.15)  # distances from a point near which a function may bend
RESOLVED = 6.0  # sds of a normal that one panel resolves
WIDEST = 0.8  # panel
HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
TINY = 1e-290

# of the Lagrange basis on the nodes: value -> coefficients of Legendre polynomials, exact
TO_LEGENDRE = np.array([
    (k + 0.5) * WEIGHTS * special.eval_legendre(k, NODES) for k in range(ORDER)
])  # fmt: skip


def log_sum(terms: np.ndarray, axis: int = 0) -> np.ndarray:
    """Return log sum exp along an axis; minus infinity where every term is."""
    top = terms.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(terms - top).sum(axis=axis)) + np.squeeze(top, axis)


class Mesh:
    """Nodes ``x`` (N,), weights ``w`` (N,), the first and the last being the ends."""

    def __init__(
        self,
        low: float,
        high: float,
        sharpness: Callable[[np.ndarray], np.ndarray],
        jumps: Sequence[float] = (),
        bends: Sequence[float] = (),
        edges: Sequence[float] = (),
        level: float = 1.0,
    ) -> None:
        """Lay panels of five sds of the sharpest function, graded near ``jumps`` and ``bends``.

        ``sharpness`` is a Fisher information at points; ``level`` divides every panel.
        """
        dense = np.linspace(low, high, 8001)
        rate = level * np.maximum(np.sqrt(sharpness(dense)) / 5, 1 / WIDEST)
        count = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(dense))])
        laid = np.interp(np.linspace(0, count[-1], int(np.ceil(count[-1])) + 1), count, dense)
        self.jumps = sorted(set(jumps))
        near = [b + sign * g for b in {*jumps, *bends} for g in (0.0, *GRADES) for sign in (-1, 1)]
        found = np.unique([*laid, *near, *edges])
        found = found[(found > low) & (found < high)]
        found = found[np.append(True, np.diff(found) > 1e-9)]
        self.edges = np.concatenate([[low], found, [high]])
        self.half = np.diff(self.edges) / 2
        inner = (self.edges[:-1, None] + self.half[:, None] * (1 + NODES)).ravel()
        self.x = np.concatenate([[low], inner, [high]])
        self.w = np.concatenate([[1.0], (self.half[:, None] * WEIGHTS).ravel(), [1.0]])
        self.widest = 2 * self.half.max()
        self.level = level
        with np.errstate(divide="ignore"):
            self.log_w = np.log(self.w)

    def pieces(self, log: np.ndarray, jumps: Sequence[float]) -> list:
        """Return (spline, start, stop) of a column (N,), between the points at which it may jump."""
        inner, out = self.x[1:-1], []
        for start, stop in zip([self.x[0], *jumps], [*jumps, self.x[-1]]):
            at = (inner > start) & (inner < stop)
            value = log[1:-1][at]
            if at.sum() > 5 and np.isfinite(value).all():
                out.append((make_interp_spline(inner[at], value, k=5), start, stop))
            elif np.isfinite(value).any():
                raise FloatingPointError("a density that is zero at some points between its jumps")
        return out

    def total(self, log_density: np.ndarray) -> np.ndarray:
        """Return the log integral of columns (N, ...)."""
        return log_sum(log_density + self.log_w.reshape(-1, *(1,) * (log_density.ndim - 1)))

    def above(self, cut: np.ndarray) -> np.ndarray:
        """Return weights (M, N) that integrate over x > cut, for cuts (M,)."""
        cut = np.asarray(cut, float)
        out = self.w * (self.x > cut[:, None])
        out[:, 0], out[:, -1] = cut < self.x[0], cut < self.x[-1]
        panel = np.searchsorted(self.edges, cut, side="right") - 1
        inside = np.flatnonzero((panel >= 0) & (panel < self.half.size))
        if inside.size:
            at = panel[inside]
            t = (cut[inside] - self.edges[at]) / self.half[at] - 1
            legendre = special.eval_legendre(np.arange(ORDER + 1)[:, None], t)
            # the integral of P_k from t to 1 is (P_{k-1}(t) - P_{k+1}(t)) / (2 k + 1)
            whole = [1 - t]
            whole += [(legendre[k - 1] - legendre[k + 1]) / (2 * k + 1) for k in range(1, ORDER)]
            partial = np.array(whole).T @ TO_LEGENDRE * self.half[at, None]
            columns = 1 + at[:, None] * ORDER + np.arange(ORDER)
            out[inside[:, None], columns] = partial
        return out


class Scatter:
    """What N(0, sd^2) added to the parameter makes of functions and of densities on a mesh."""

    def __init__(self, mesh: Mesh, sd: float) -> None:
        self.mesh, self.sd = mesh, sd
        self.wide = sd * RESOLVED >= mesh.widest
        if self.wide:
            x = mesh.x
            exponent = np.subtract.outer(x / sd, x / sd)
            exponent *= exponent
            exponent *= -0.5
            self.normal = np.exp(exponent, out=exponent)
            self.constant = HALF_LOG_2PI + np.log(sd)
            self.log_below = special.log_ndtr((x[0] - x) / sd)
            self.log_above = special.log_ndtr((x - x[-1]) / sd)

    def function(self, log: np.ndarray) -> np.ndarray:
        """Return log E[f(x + sd z)] at the nodes, of columns log f (N, C)."""
        if not self.wide:
            return self._local(log)
        weighted = log + self.mesh.log_w[:, None]
        weighted[[0, -1]] = -np.inf
        inner = self._sum(weighted)
        tails = np.stack([self.log_below[:, None] + log[0], self.log_above[:, None] + log[-1], inner])
        return log_sum(tails)

    def density(self, log: np.ndarray) -> np.ndarray:
        """Return the log density of x + sd z at the nodes, x of log densities (N, C)."""
        if not self.wide:
            return self._local(log)
        weighted = log + self.mesh.log_w[:, None]
        out = self._sum(weighted)
        out[0] = log_sum(weighted + self.log_below[:, None])
        out[-1] = log_sum(weighted + self.log_above[:, None])
        return out

    def _sum(self, weighted: np.ndarray) -> np.ndarray:
        """Return the log of the normal matrix times exp of columns."""
        top, x = weighted.max(axis=0), self.mesh.x
        found = self.normal @ np.exp(weighted - top)
        lost = found < TINY
        out = np.log(np.where(lost, 1.0, found)) + (top - self.constant)
        for c in np.flatnonzero(lost.any(axis=0)):  # logarithms are summed where nothing is left
            rows, seen = lost[:, c], weighted[:, c] > -np.inf
            z = np.subtract.outer(x[rows], x[seen]) / self.sd
            out[rows, c] = log_sum(weighted[seen, c] - 0.5 * z * z, axis=1) - self.constant
        return out

    def _local(self, log: np.ndarray) -> np.ndarray:
        """Integrate over z on a window around the peak of each product, by splines of the logarithm."""
        mesh, sd, x = self.mesh, self.sd, self.mesh.x[1:-1]
        t, w = np.polynomial.legendre.leggauss(int(20 + 8 * mesh.level))
        out = log.copy()
        for c in range(log.shape[1]):
            pieces = mesh.pieces(log[:, c], mesh.jumps)
            terms = []
            for spline, start, stop in pieces:
                slope, bend = (spline.derivative(k) for k in (1, 2))
                z = np.clip(0.0, (start - x) / sd, (stop - x) / sd)
                for _ in range(3):  # Newton's steps to the peak
                    at = np.clip(x + sd * z, start, stop)
                    curved = np.maximum(1 - sd * sd * bend(at), 0.3)
                    z = z - np.clip((z - sd * slope(at)) / curved, -20, 20)
                z = np.clip(z, (start - x) / sd, (stop - x) / sd)
                peak = np.clip(x + sd * z, start, stop)
                reach = 7.5 / np.sqrt(np.maximum(1 - sd * sd * bend(peak), 1))
                reach = np.minimum(reach, 45 / np.maximum(np.abs(sd * slope(peak) - z), 1e-9))
                ends = [np.clip(z + side * reach, (start - x) / sd, (stop - x) / sd) for side in (-1, 1)]
                half = (ends[1] - ends[0])[:, None] / 2
                z = ends[0][:, None] + half * (1 + t)
                with np.errstate(divide="ignore"):
                    terms.append(spline(x[:, None] + sd * z) - 0.5 * z * z + np.log(half * w))
            if terms:
                out[1:-1, c] = log_sum(np.concatenate(terms, axis=1), axis=1) - HALF_LOG_2PI
        return out
