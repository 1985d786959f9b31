"""Posteriors of a design by brute force: from plain documents and counts, nothing of the package.

Every integral is done twice, on meshes and rules of which one is twice as fine as the other; what
differs by more than CONVERGED is done finer still, and is undecided if that does not settle it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fuzz import endpoints
from fuzz.borrowing import messages, per_stratum, priors_of
from fuzz.evidence import Chain, Source
from fuzz.mesh import Mesh, log_sum
from fuzz.priors import Prior, scale_rule

CONVERGED = 2e-6
LEVELS = (0.55, 0.8, 1.15, 1.7, 2.5)
OUTSIDE = 1e-7  # share of a mean that may come from where the package's scales end
ENDS = {"binary": (-14.0, 14.0), "time_to_event": (-14.0, 4.0)}


@dataclass(frozen=True)
class Answer:
    """Per stratum and criterion: probabilities (S, J), and means (S, J), NaN where they diverge."""

    probability: np.ndarray
    mean: np.ndarray

    def distance(self, other: Answer) -> float:
        """Return the largest difference in a probability, or in a mean relative to its size."""
        scale = np.maximum(1.0, np.abs(self.mean))
        means = np.abs(self.mean - other.mean) / scale
        means = np.where(np.isnan(means), 0.0, means)
        return float(max(np.abs(self.probability - other.probability).max(), means.max()))


def answer(design: Mapping, data: Sequence[Mapping]) -> tuple[Answer, float]:
    """Return the finest answer, and by how much it differs from one half as fine."""
    found = []
    for level in LEVELS:
        found.append(Posterior(design, data, level).answer())
        if len(found) > 1 and found[-1].distance(found[-2]) <= CONVERGED:
            break
    return found[-1], found[-1].distance(found[-2])


class Posterior:
    """One data set under one design, at one resolution."""

    def __init__(self, design: Mapping, data: Sequence[Mapping], level: float) -> None:
        self.design, self.level = design, level
        self.kind, self.strata = design["endpoint"]["kind"], design["strata"]
        self.model, self.decision = design["model"], design["decision"]
        self.rows = {(row["stratum"], row.get("arm", "treatment")): row for row in data}

    def answer(self) -> Answer:
        """Return the probability of each criterion and the mean of its estimand."""
        if "effect" in self.model:
            joints = list(self._contrast())
        else:
            joints = list(self._arms())
        numbers = np.array([[self._judge(c, *joint) for c in self.decision] for joint in joints])
        return Answer(numbers[..., 0], numbers[..., 1])

    # ---- meshes, likelihoods, evidence

    def likelihood(self, arm: str, s: int, x: np.ndarray) -> np.ndarray:
        """Return the log likelihood of an arm's own data, largest zero."""
        log = endpoints.log_likelihood(self.kind, self.rows[self.strata[s], arm], x)
        return log - log.max()

    def _evidence(self, name: str) -> list[tuple[Mapping, list[list]]]:
        """Return each use of evidence with the rows of each stratum."""
        out = []
        for use in self.model[name].get("evidence", []):
            rows = [[r for r in use["source"]["data"] if r["stratum"] == s] for s in self.strata]
            out.append((use, rows))
        return out

    def mesh(self, name: str, arms: Sequence[str]) -> Mesh:  # noqa: C901 - a list of what may be there
        """Return the mesh of a component whose parameter the data of some arms inform."""
        component, kind = self.model[name], self.kind
        low, high = endpoints.REACH[kind] if name != "effect" else (-20.0, 20.0)
        priors = priors_of(component["strata"])
        for use in component.get("evidence", []):
            priors += priors_of(use["discount"])
        everywhere = np.linspace(*endpoints.REACH[kind], 2001)

        def sharpness(x: np.ndarray) -> np.ndarray:
            fading = np.exp(-np.maximum(np.abs(x) - 10, 0))  # far out nothing is sharp
            total = sum(prior.sharpness(x) for prior in priors) * fading
            for arm in arms:
                for s in self.strata:
                    row = self.rows[s, arm]
                    if arm == name:
                        total = total + endpoints.sharpness(kind, row, x)
                    else:  # seen across another parameter, it may peak anywhere
                        peak = endpoints.sharpness(kind, row, everywhere).max()
                        total = total + peak * fading
            for use, rows in self._evidence(name):
                for row in sum(rows, []):
                    total = total + endpoints.sharpness(kind, row, x, use.get("exposure", "middle"))
            return total

        jumps = [b for prior in priors for b in prior.breaks]
        offsets = {*per_stratum(component["strata"].get("offset", 0.0), self.strata)} - {0.0}
        jumps += [jump + offset for jump in jumps for offset in offsets]
        bends, edges = [], []
        for criterion in self.decision:
            if "control" in self.model:
                bends += endpoints.bends(criterion) if name == "control" else []
            elif np.isfinite(at := endpoints.cut(criterion, None)[0]):
                edges.append(at)
        return Mesh(low, high, sharpness, jumps, bends, edges, self.level)

    def chain(self, name: str, mesh: Mesh, of: Sequence[int]) -> Chain:
        """Return what the evidence does to a component's parameter, ``of`` the strata of columns."""
        sources = []
        for use, rows in self._evidence(name):
            reading = use.get("exposure", "middle")
            log = lambda row, reading=reading: endpoints.log_likelihood(self.kind, row, mesh.x, reading)
            logs = [[log(row) for row in each] for each in rows]
            source = Source(mesh, logs, use["discount"], of)
            if use["discount"].get("scope") == "evidence":
                before = self._before(name, mesh, self._first(name, mesh, len(sources)))
                inner = Source(mesh, logs, source.inner.discount, range(len(self.strata)))
                source.expected = mesh.total(inner.forward(before)) - mesh.total(before)
            sources.append(source)
        return Chain(sources)

    def _first(self, name: str, mesh: Mesh, n: int) -> Chain:
        """Return the first sources of a component, a column per stratum."""
        whole = self.model[name]
        self.model = {**self.model, name: {**whole, "evidence": whole["evidence"][:n]}}
        chain = self.chain(name, mesh, range(len(self.strata)))
        self.model = {**self.model, name: whole}
        return chain

    def before(self, name: str, mesh: Mesh, likelihoods: np.ndarray) -> np.ndarray:
        """Return log densities (N, S) of a component, each before its own stratum's data."""
        return self._before(name, mesh, self.chain(name, mesh, range(len(self.strata))), likelihoods)

    def _before(self, name: str, mesh: Mesh, chain: Chain, likelihoods=None) -> np.ndarray:
        """Return the same after some sources, and without data where none are given."""
        doc, f = self.model[name]["strata"], likelihoods
        if f is None:
            f = np.zeros((mesh.x.size, len(self.strata)))
        if doc["kind"] not in ("independent", "separate"):
            f = chain.backward(f)
            f = f - f.max(axis=0)
        return chain.forward(messages(doc, self.strata, mesh, f))

    # ---- models: each stratum's joint distribution on (control, other axis)

    def _arms(self):
        """Yield (control mesh, other mesh, log joint, whether the other is an effect) per stratum."""
        found = {}
        for arm in self.model:
            mesh = self.mesh(arm, [arm])
            own = np.stack([self.likelihood(arm, s, mesh.x) for s in range(len(self.strata))], axis=1)
            found[arm] = mesh, self.before(arm, mesh, own) + own
        mesh, treatment = found["treatment"]
        for s in range(len(self.strata)):
            if "control" not in found:
                yield None, mesh, treatment[None, :, s], False
            else:
                partner, control = found["control"]
                yield partner, mesh, control[:, None, s] + treatment[:, s], False

    def _contrast(self):
        control = self.mesh("control", ["control", "treatment"])
        effect = self.mesh("effect", ["treatment"])
        n = range(len(self.strata))
        coupled = {
            name: self.model[name]["strata"]["kind"] not in ("independent", "separate")
            for name in ("control", "effect")
        }
        own = np.stack([self.likelihood("control", s, control.x) for s in n], axis=1)
        if all(coupled.values()):
            yield from self._both(control, effect, own)
            return
        both = lambda s: self.likelihood("treatment", s, control.x[:, None] + effect.x)
        if coupled["control"]:
            messages_of = self.before("effect", effect, np.zeros((effect.x.size, len(n))))
            seen = np.stack([self._seen(both(s), messages_of[:, s], effect, 1) for s in n], axis=1)
            prior = self.before("control", control, own + seen)
        else:
            prior = self.before("control", control, own)
            given = prior + own
            seen = np.stack([self._seen(both(s), given[:, s], control, 0) for s in n], axis=1)
            messages_of = self.before("effect", effect, seen)
        for s in n:
            joint = (prior + own)[:, s, None] + messages_of[:, s] + both(s)
            yield control, effect, joint, True

    def _seen(self, both: np.ndarray, density: np.ndarray, mesh: Mesh, axis: int) -> np.ndarray:
        """Return the log likelihood of one axis when a density on the other is summed out."""
        column = density + mesh.log_w
        return log_sum(both + (column[:, None] if axis == 0 else column), axis=axis)

    def _both(self, control: Mesh, effect: Mesh, own: np.ndarray):
        """Both components couple: sum over the nodes of both at once."""
        sides = [self._nodes("control", control), self._nodes("effect", effect)]
        weight = sides[0][0][:, None] + sides[1][0]
        logs, parts = [], []
        for s in range(len(self.strata)):
            of_control, of_effect = sides[0][1](s), sides[1][1](s)
            joint = own[:, s, None] + self.likelihood("treatment", s, control.x[:, None] + effect.x)
            top = joint.max()
            value = of_control @ np.exp(joint - top) @ of_effect.T
            logs.append(np.log(np.maximum(value, 1e-300)))
            parts.append((of_control, of_effect, joint))
        for s, (of_control, of_effect, joint) in enumerate(parts):
            log = weight + sum(logs[r] for r in range(len(parts)) if r != s)
            mass = of_control.T @ np.exp(log - log.max()) @ of_effect
            with np.errstate(divide="ignore"):
                mass = np.log(mass) - control.log_w[:, None] - effect.log_w
            yield control, effect, joint + mass, True

    def _nodes(self, name: str, mesh: Mesh):
        """Return log weights (K,) and, per stratum, masses (K, N) of a pooled or hierarchical kind."""
        doc = self.model[name]["strata"]
        if doc["kind"] == "pooled":
            weight, rows = Prior(doc["prior"]).on(mesh) + mesh.log_w, [np.eye(mesh.x.size)]
            densities = lambda s: rows
        else:
            mean = Prior(doc["mean"]).on(mesh) + mesh.log_w
            offsets = per_stratum(doc.get("offset", 0.0), self.strata)
            rule = list(zip(*scale_rule(doc["sd"], self.level)))
            assert min(tau for tau, _ in rule) * 6 >= mesh.widest, "too narrow for this method"
            weight = np.concatenate([w + mean for _, w in rule])
            densities = lambda s: [self._kernel(mesh, tau, offsets[s]) for tau, _ in rule]

        def masses(s: int) -> np.ndarray:
            prior = np.concatenate(densities(s))
            if not self.model[name].get("evidence"):
                return prior
            with np.errstate(divide="ignore"):
                density = np.log(prior).T - mesh.log_w[:, None]
            chain = self.chain(name, mesh, [s] * density.shape[1])
            return np.exp(chain.forward(density) + mesh.log_w[:, None]).T

        return weight, masses

    def _kernel(self, mesh: Mesh, tau: float, offset: float) -> np.ndarray:
        """Return masses (N, N) of N(mu + offset, tau^2), mu at the nodes."""
        from scipy import special

        z = (mesh.x - mesh.x[:, None] - offset) / tau
        out = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) / tau * mesh.w
        out[:, 0], out[:, -1] = special.ndtr(z[:, 0]), special.ndtr(-z[:, -1])
        return out

    # ---- criteria

    def _judge(self, criterion: Mapping, outer: Mesh | None, inner: Mesh, joint, contrast: bool):
        """Return probability and mean of one criterion from a log joint density (M, N)."""
        phi, _, _, how = endpoints.natural(criterion)
        x = None if outer is None else outer.x
        at = endpoints.cut(criterion, x)
        cuts = np.broadcast_to(at, len(joint)) - (x if contrast else 0.0)
        log_w = np.zeros(1) if outer is None else outer.log_w
        density = np.exp(joint - joint.max() + log_w[:, None])
        mass = density * inner.w
        above = (density * inner.above(cuts)).sum() / mass.sum()
        probability = above if endpoints.greater(criterion) else 1 - above
        treatment = inner.x + (x[:, None] if contrast else 0.0)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value = phi(treatment)
            if how != "alone":
                base = phi(x)[:, None]
                value = value - base if how == "difference" else value / base
            value = np.broadcast_to(value, mass.shape)
            weighed = np.where(mass > 0, mass * value, 0.0)
            mean = weighed.sum() / mass.sum()
            low, high = ENDS[self.kind]
            far = (treatment < low) | (treatment > high)
            if x is not None:
                far = far | (x < low)[:, None] | (x > high)[:, None]
            if contrast:
                far = far | (np.abs(inner.x) > 14.0)
            outside = np.abs(np.where(far, weighed, 0.0)).sum() / np.abs(weighed).sum()
        bounded = how == "alone" and criterion["estimand"] in ("response", "survival")
        if not np.isfinite(mean) or (outside > OUTSIDE and not bounded):
            mean = np.nan
        return probability, mean
