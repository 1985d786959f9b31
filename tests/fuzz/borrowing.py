"""What the other strata's data say of a stratum's parameter before its own: log densities on a mesh.

For exchangeable strata, theta_s ~ N(mu + offset_s, tau^2), given tau and with f_r the likelihood of a
stratum (its evidence included),

    I_r(mu) = E[f_r(mu + offset_r + tau z)],        message_s(x) = E_z[p(mu) prod_{r != s} I_r(mu)],

mu = x - offset_s + tau z: two scatters on one mesh, summed over tau.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np

from fuzz.mesh import Mesh, Scatter, log_sum
from fuzz.priors import Prior, scale_rule


def per_stratum(value, strata: Sequence[str]) -> list:
    """Return one value per stratum."""
    each = isinstance(value, Mapping) and not {"dist", "mixture"} & set(value)
    return [value[s] for s in strata] if each else [value] * len(strata)


def priors_of(doc: Mapping) -> list[Prior]:
    """Return every prior of a parameter in the document of a kind of borrowing or of a discount."""
    if "dist" in doc or "mixture" in doc:
        return [Prior(doc)]
    skipped = ("sd", "variance", "exponent", "spike", "slab")
    parts = []
    for key, value in doc.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping) and key not in skipped:
                parts += priors_of(item)
    return parts


def messages(doc: Mapping, strata: Sequence[str], mesh: Mesh, f: np.ndarray) -> np.ndarray:
    """Return log densities (N, S), each before the stratum's own data.

    ``f`` (N, S) are the log likelihoods of each stratum, evidence included.
    """
    kind = doc["kind"]
    if kind == "independent":
        return np.stack([Prior(p).on(mesh) for p in per_stratum(doc["prior"], strata)], axis=1)
    if kind == "pooled":
        prior = Prior(doc["prior"]).on(mesh)
        return np.stack([prior + others(f, s).sum(axis=1) for s in range(len(strata))], axis=1)
    if kind == "separate":
        alone = [messages(doc["strata"], [s], mesh, f[:, :1] * 0.0) for s in strata]
        return np.concatenate([one for one in alone], axis=1)
    if kind == "hierarchical":
        offsets = np.array(per_stratum(doc.get("offset", 0.0), strata), float)
        scale, variance = (doc["sd"], False) if doc.get("sd") is not None else (doc["variance"], True)
        wanted = lambda i: np.stack([others(i, s).sum(axis=1) for s in range(len(strata))], axis=1)
        part = exchangeable(doc["mean"], scale, variance, offsets, mesh, f, wanted)[0]
        return part
    if len(doc["exchangeable"]) == 1:
        return _one_component(doc, strata, mesh, f)
    return _several_components(doc, strata, mesh, f)


def others(columns: np.ndarray, s: int) -> np.ndarray:
    """Return the columns without that of stratum s."""
    return np.delete(columns, s, axis=1)


def exchangeable(
    mean: Mapping,
    scale,
    variance: bool,
    offsets: np.ndarray,
    mesh: Mesh,
    f: np.ndarray,
    wanted: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return log densities (N, C) of theta, and log evidences (C,).

    ``wanted`` maps log I (N, S) at mu to the logs (N, C) of what p(mu) is to be multiplied by; column c
    belongs to stratum c where there are offsets, and is found at mu + offset of that stratum.
    """
    priors = [Prior(mean).on(mesh, offset) for offset in offsets]
    parts, totals = [], []
    for tau, weight in zip(*scale_rule(scale, mesh.level, variance)):
        scatter = Scatter(mesh, tau)
        inside = scatter.function(f)
        if np.any(offsets):
            columns = [
                wanted(shift(mesh, inside, offsets - own))[:, s] + priors[s]
                for s, own in enumerate(offsets)
            ]
            product = np.stack(columns, axis=1)
        else:
            product = wanted(inside) + priors[0][:, None]
        totals.append(weight + mesh.total(product))
        parts.append(weight + scatter.density(product))
    return log_sum(np.stack(parts)), log_sum(np.stack(totals))


def shift(mesh: Mesh, log: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return columns (N, S) at x + by."""
    out = log.copy()
    for s, offset in enumerate(by):
        if offset:
            ((spline, start, stop),) = mesh.pieces(log[:, s], ())
            out[1:-1, s] = spline(np.clip(mesh.x[1:-1] + offset, start, stop))
    return out


def _weights(doc: Mapping, strata: Sequence[str]) -> np.ndarray:
    """Return log weights (1 + C, S), nonexchangeable first."""
    parts = [doc["nonexchangeable"], *doc["exchangeable"]]
    with np.errstate(divide="ignore"):
        return np.log([per_stratum(part["weight"], strata) for part in parts])


def _alone(doc: Mapping, strata, mesh: Mesh, f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nonexchangeable priors (N, S) and their evidences (S,)."""
    prior = messages({"kind": "independent", "prior": doc["nonexchangeable"]["prior"]}, strata, mesh, f)
    return prior, mesh.total(prior + f)


def _one_component(doc: Mapping, strata, mesh: Mesh, f: np.ndarray) -> np.ndarray:
    weights, (prior, alone) = _weights(doc, strata), _alone(doc, strata, mesh, f)
    part, n = doc["exchangeable"][0], len(strata)

    def wanted(inside: np.ndarray) -> np.ndarray:
        each = np.logaddexp(weights[1] + inside, weights[0] + alone)
        return np.stack([others(each, s).sum(axis=1) for s in range(n)], axis=1)

    found, totals = exchangeable(part["mean"], part["sd"], False, np.zeros(n), mesh, f, wanted)
    return np.logaddexp(weights[1] + found, weights[0] + prior + totals)


def _several_components(doc: Mapping, strata, mesh: Mesh, f: np.ndarray) -> np.ndarray:
    """Sum over which component each of the other strata belongs to."""
    weights, (prior, alone) = _weights(doc, strata), _alone(doc, strata, mesh, f)
    n, n_parts = len(strata), len(doc["exchangeable"])
    subsets = list(product([False, True], repeat=n))
    chosen = lambda inside: np.stack([inside[:, list(subset)].sum(axis=1) for subset in subsets], axis=1)
    found = [
        exchangeable(part["mean"], part["sd"], False, np.zeros(n), mesh, f, chosen)
        for part in doc["exchangeable"]
    ]
    at = {subset: i for i, subset in enumerate(subsets)}
    out = []
    for s in range(n):
        terms = []
        for given in product(range(n_parts + 1), repeat=n - 1):
            member = [*given[:s], None, *given[s:]]
            log = sum(weights[c, r] + (alone[r] if c == 0 else 0.0)
                      for r, c in enumerate(member) if c is not None)  # fmt: skip
            if log == -np.inf:
                continue
            columns = [at[tuple(m == c for m in member)] for c in range(1, n_parts + 1)]
            evidence = [found[c][1][column] for c, column in enumerate(columns)]
            terms.append(log + weights[0, s] + sum(evidence) + prior[:, s])
            for c, column in enumerate(columns):
                rest = sum(evidence) - evidence[c]
                terms.append(log + weights[c + 1, s] + rest + found[c][0][:, column])
        out.append(log_sum(np.stack(terms)))
    return np.stack(out, axis=1)
