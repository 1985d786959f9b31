"""Draws from the posterior of a contrast model, and of shapes: exact up to the grid.

`belief_draws` has the method: strata one after the other, each draw with a weight for every node.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trialdesign.probability.belief import Belief, node_products
from trialdesign.probability.belief_draws import (
    chunks,
    density_at,
    heaviest,
    part_of,
    times,
    visible,
)
from trialdesign.probability.grid import ORDER
from trialdesign.probability.nuisance import Shapes
from trialdesign.probability.tails.panel_quantiles import panel_quantiles

Seen = tuple[np.ndarray, np.ndarray]  # the control's masses times likelihood, and the treatment's


def draw_contrast(
    effect: Belief, control: Belief, marginals: Sequence[np.ndarray], seen: Sequence[Seen],
    n: int, rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return n draws of control and effect, (n, S) each.

    Parameters
    ----------
    effect, control : Belief
        K and C nodes.
    marginals : sequence of S ndarrays, shape (1, C * K)
        Each stratum's marginal likelihood at every pair of nodes.
    seen : sequence of S pairs of ndarrays, (C, H, M) and (G, H, M)
        The control's masses times its likelihood, and the treatment arm's likelihood; M nodes of a
        shape, 1 without any.
    n : int
    rng : Generator
    """
    uniform = rng.uniform(size=(2, n, effect.n_strata))
    weight = np.multiply.outer(control.weight, effect.weight).ravel()
    whole = np.abs(node_products(weight, marginals)[0]).reshape(control.n_nodes, effect.n_nodes)
    c, k = heaviest(whole.sum(axis=1)), heaviest(whole.sum(axis=0))
    pairs = np.add.outer(c * effect.n_nodes, k).ravel()
    weight, marginals = weight[pairs], [each[:, pairs] for each in marginals]
    out = np.empty((n, effect.n_strata)), np.empty((n, effect.n_strata))
    parts = [
        _Stratum(effect, control, s, c, k, *each, node_products(weight, _without(marginals, s)))
        for s, each in enumerate(seen)
    ]
    largest = max(part.both[:ORDER].size // ORDER for part in parts)
    for rows in chunks(n, max(pairs.size, c.size * effect.grid.n_nodes, largest)):
        past: list[np.ndarray] = []
        for s, part in enumerate(parts):
            products = node_products(weight, [*past, *marginals[s + 1 :]])
            products = np.broadcast_to(products, (rows.size, pairs.size))
            g, h = part.draw(products, uniform[0, rows, s], uniform[1, rows, s])
            out[0][rows, s], out[1][rows, s] = h, g
            past = [times(past, part.densities(g, h))]
    return out


class _Stratum:
    """One stratum's part: its masses at the nodes that matter, on the panels where there are any."""

    def __init__(self, effect, control, s, c, k, left, both, around) -> None:
        self.effect_mass, self.control_mass = effect.mass[k, s], control.mass[c, s]
        self.left, self.both = left[c], both
        self.by_effect = np.stack([  # (C, G): the likelihood, h and the shape summed out
            both.reshape(len(both), -1) @ own.ravel() for own in self.left
        ])  # fmt: skip
        before = around.reshape(c.size, k.size) @ self.effect_mass
        there = visible((before * self.by_effect).sum(axis=0))
        self.grid, self.partner = part_of(effect.grid, there), control.grid
        self.effect_mass, self.both = self.effect_mass[:, there], both[there]
        self.by_effect = self.by_effect[:, there]

    def draw(self, products: np.ndarray, u: np.ndarray, v: np.ndarray) -> tuple:
        """Return effect and control (N,) from node products (N, C * K) and uniform numbers (N,)."""
        before = products.reshape(len(u) * len(self.left), -1) @ self.effect_mass
        before = before.reshape(len(u), len(self.left), -1)  # (N, C, G)
        own = (before * self.by_effect).sum(axis=1)
        g = panel_quantiles(self.grid, own / own.sum(axis=1, keepdims=True), u)
        panel, basis = self.grid.basis(g)
        mass = np.zeros((len(u), self.partner.n_nodes))
        for p in np.unique(panel):
            rows, there = panel == p, slice(p * ORDER, (p + 1) * ORDER)
            at = before[rows][:, :, there] * (basis[rows] / self.grid.weights[there])[:, None]
            both = self.both[there].reshape(ORDER, -1)
            for c, left in enumerate(self.left):
                found = (at[:, c] @ both).reshape(-1, *left.shape)
                mass[rows] += (found * left).sum(axis=2)
        return g, panel_quantiles(self.partner, mass / mass.sum(axis=1, keepdims=True), v)

    def densities(self, g: np.ndarray, h: np.ndarray) -> np.ndarray:
        """Return what each pair of nodes says of effects and controls (N,), shape (N, C * K)."""
        controls = density_at(self.partner, self.control_mass, h)
        effects = density_at(self.grid, self.effect_mass, g)
        return (controls[:, :, None] * effects[:, None]).reshape(len(g), -1)


def draw_shapes(
    endpoint, shapes: Shapes, seen: Sequence[tuple[np.ndarray, np.ndarray]], rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Return a shape for each draw, (n, S) a shape parameter: of the nodes, one.

    Parameters
    ----------
    endpoint : Endpoint
    shapes : Shapes
        M nodes.
    seen : sequence of pairs of ndarrays, (S, Q) and (n, S)
        Patients' statistics in each stratum, and the draws of the linear parameter that they had; one
        pair for each arm that has this shape.
    rng : Generator
    """
    n, n_strata = seen[0][1].shape
    nodes = np.empty((n, n_strata), int)
    noise = rng.gumbel(size=(n_strata, n, shapes.size))
    each = shapes.size * max(statistics.shape[1] for statistics, _ in seen)
    for s in range(n_strata):
        for rows in chunks(n, each):
            log = np.log(np.maximum(shapes.weight, 1e-300)) + noise[s, rows]
            for statistics, linear in seen:
                table = endpoint.table(linear[rows, s], shapes)
                log = log + np.tensordot(statistics[s], table, axes=1)
            nodes[rows, s] = log.argmax(axis=1)
    return tuple(values[nodes] for values in shapes.values)


def _without(parts: Sequence[np.ndarray], s: int) -> list[np.ndarray]:
    return [*parts[:s], *parts[s + 1 :]]
