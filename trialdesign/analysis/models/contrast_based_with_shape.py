"""The contrast model of arms whose distribution has a shape, which they share.

An estimand that depends on the shape has a matrix with a column for every (h, m).  No two trials of
times to event are alike, so that each is integrated by itself, over the windows of its axes in which
its data allow anything: the treatment's likelihood on evenly spaced values e of its parameter, and

    sum_m sum_h left[h, m] right[g + h, m]

with the sum over m as a matrix product first, wherever the share does not depend on m.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from trialdesign.analysis.models.arm_based_with_shape import likelihoods
from trialdesign.analysis.models.contrast_based import Contrast, over_both
from trialdesign.analysis.models.model import Outcomes, Paired, leave_one_out
from trialdesign.analysis.sampling.grid_draws import draw_shapes
from trialdesign.probability.belief import Belief
from trialdesign.probability.grid import ORDER, Grid
from trialdesign.probability.nuisance import Shapes
from trialdesign.probability.tails.exceedance import at_nodes, exceedance

EQUIVALENTS = 20_001  # points between which an equivalent is linear to 1e-6
FINENESS = 0.04  # sds of the sharpest likelihood between the sums g + h: linear between them to 2e-4
TOGETHER = 50  # trials whose likelihoods are one product
UNSEEN = 1e-10  # fraction of the largest likelihood below which a node is passed over


def build_contrast(
    endpoint, focus: Belief, partner: Belief, partner_arm: str, treated_arm: str, size: int
) -> ShapedContrast:
    """Return the contrast model of arms that share their shape, at most ``size`` patients in both."""
    shapes = endpoint.shapes(size)
    low, high = (focus.grid.edges[i] + partner.grid.edges[i] for i in (0, -1))
    sums = Grid(np.linspace(low, high, int(np.ceil(high - low)) + 1))
    tables = endpoint.table(partner.grid.nodes, shapes), endpoint.table(sums.nodes, shapes)
    arms, step = (partner_arm, treated_arm), FINENESS / np.sqrt(size)
    return ShapedContrast(endpoint, focus, partner, *arms, shapes, tables, sums, step)


@dataclass(frozen=True, slots=True)
class ShapedContrast(Contrast):
    """Two arms of one shape, treatment parameter = control parameter + effect.

    Attributes
    ----------
    shapes : Shapes
    tables : tuple of ndarray, shape (Q, H, M) and (Q, E, M)
        The control's, and the treatment's.
    sums : Grid
        E nodes of the treatment's parameter.
    step : float
        Distance of the sums between which a likelihood is taken to be linear.
    """

    shapes: Shapes = None
    tables: tuple[np.ndarray, ...] = ()
    sums: Grid = None
    step: float = 0.0

    @property
    def summed(self) -> bool:
        """The windows of each trial differ: the effect stays."""
        return False

    def exceedance(self, estimand, threshold: float) -> np.ndarray:
        """Return shares (G, H * M) or (G, 1) of P(estimand > threshold)."""
        return self._by_shape(estimand, lambda value: exceedance(value, threshold, *self._grids()))

    def values(self, estimand) -> np.ndarray:
        """Return the estimand at the nodes, (G, H * M), or (G, 1) if it ignores the control."""
        return self._by_shape(estimand, lambda value: at_nodes(value, *self._grids()))

    def _by_shape(self, estimand, matrix: Callable) -> np.ndarray:
        if estimand.equivalent is None:
            return matrix(self.value(estimand))
        shape = (self.focus.grid.n_nodes, self.partner.grid.n_nodes)
        x = np.linspace(self.sums.edges[0] - 1, self.sums.edges[-1] + 1, EQUIVALENTS)
        parts = []
        for m in range(self.shapes.size):
            at_x = estimand.equivalent(x, tuple(value[m] for value in self.shapes.values))
            u = lambda linear, at_x=at_x: np.interp(linear, x, at_x)
            value = over_both(lambda g, h, u=u: estimand.value(u(h), u(h + g)))
            parts.append(np.broadcast_to(matrix(value), shape))
        return np.stack(parts, axis=2).reshape(shape[0], -1)

    def _paired(self, s: int, own: Outcomes, shares: Sequence[np.ndarray]) -> Paired:
        n = len(own[self.partner_arm])
        likelihood = self._integrals(s, own, range(n), [None])[0]
        numerators = lambda rows: self._integrals(s, own, rows, shares)
        return Paired(likelihood, self.marginal(s, likelihood), np.arange(n), numerators)

    def _integrals(self, s: int, own: Outcomes, rows: Sequence[int], shares: Sequence) -> np.ndarray:
        """Integrate each trial's likelihood over (h, m), (J, t, C, G)."""
        out = np.zeros((len(shares), len(rows), self.partner.n_nodes, self.focus.grid.n_nodes))
        for i, seen in enumerate(self._each(s, own, rows)):
            out[:, i, :, seen.g] = [self._weighed(seen, share) for share in shares]
        return out

    def _each(self, s: int, own: Outcomes, rows: Sequence[int]) -> Iterator[_Seen]:
        """Yield what each trial's data let through; likelihoods are matrix products of many trials."""
        for start in range(0, len(rows), TOGETHER):
            some = list(rows[start : start + TOGETHER])
            control, treatment = (each[some] for each in self.sides(own))
            control = likelihoods(control, self.tables[0]) * self.shapes.weight
            logs = treatment @ self.tables[1].reshape(len(self.tables[1]), -1)
            for likelihood, log in zip(control, logs.reshape(-1, *self.tables[1].shape[1:])):
                yield self._seen(s, likelihood, log)

    def _weighed(self, seen: _Seen, share: np.ndarray | None) -> np.ndarray:
        """Integrate a share times one trial's likelihood over (h, m), (C, G')."""
        own = 1.0 if share is None else share[seen.g]
        by_shape = share is not None and share.shape[1] > self.partner.grid.n_nodes
        if by_shape:
            own = own.reshape(len(own), -1, self.shapes.size)[:, seen.h]
        elif share is not None and share.shape[1] > 1:
            own = own[:, seen.h]
        if len(seen.left) == 1 and not by_shape:
            return (seen.by_pair * own).sum(axis=1)[None]
        own = own if by_shape or share is None else own[..., None]
        return seen.left.reshape(len(seen.left), -1) @ (seen.both * own).reshape(len(seen.at), -1).T

    def _seen(self, s: int, own: np.ndarray, log: np.ndarray) -> _Seen:
        """Return what one trial's data let through: the windows of h, g + h and g that they allow.

        ``own`` (H, M) is the control's likelihood, ``log`` (E, M) the treatment's, a logarithm.
        """
        h = _window(np.abs(self.partner.mass[:, s]).max(axis=0) * own.max(axis=1))
        e = _window(np.exp(log.max(axis=1) - log.max()))
        fine = np.arange(self.sums.nodes[max(0, e.start - 1)], self.sums.nodes[e][-1], self.step)
        panel, basis = self.sums.basis(fine)
        by_panel = log.reshape(-1, ORDER, self.shapes.size)
        right = np.concatenate([
            basis[panel == p] @ by_panel[p] for p in range(panel[0], panel[-1] + 1)
        ])  # fmt: skip
        g, nodes = self.focus.grid.nodes, self.partner.grid.nodes[h]
        there = slice(*np.searchsorted(g, [fine[0] - nodes[-1], fine[-1] - nodes[0]]))
        at = (np.add.outer(g[there], nodes) - fine[0]) / self.step
        left = self.partner.mass[:, s, h, None] * own[h]
        return _Seen(there, h, left, np.exp(right - right.max()), at)

    def draw_shapes(self, outcomes: Sequence[Outcomes], drawn: dict, rng: np.random.Generator) -> dict:
        """Return the shapes that go with draws, (n, S) a shape parameter; both arms have the same."""
        control, effect = drawn[self.partner_arm], drawn[self.focus_arm]
        linear = {self.partner_arm: control, self.treated_arm: control + effect}
        seen = [(np.concatenate([own[arm] for own in outcomes]), x) for arm, x in linear.items()]
        return dict.fromkeys(linear, draw_shapes(self.endpoint, self.shapes, seen, rng))

    def _seen_by_pair(self, s: int, own: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the control's masses times likelihood, (C, H, M), and the treatment's, (G, H, M)."""
        (seen,) = self._each(s, own, [0])
        shape = (self.partner.grid.n_nodes, self.shapes.size)
        left = np.zeros((self.partner.n_nodes, *shape))
        both = np.zeros((self.focus.grid.n_nodes, *shape))
        left[:, seen.h], both[seen.g, seen.h] = seen.left, seen.both
        return left, both

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass after one trial, (G, H), or (G, H * M) of an estimand
        that depends on the shape."""
        paired, one = self.paired(outcomes, [[]] * len(outcomes)), np.zeros(1, int)
        kept = estimand is not None and estimand.equivalent is not None
        out = []
        for s, before in enumerate(leave_one_out(self, paired, one)):
            (seen,) = self._each(s, outcomes[s], one)
            left = before[0][:, seen.g].T @ seen.left.reshape(len(seen.left), -1)  # (G', H' * M)
            found = left.reshape(seen.both.shape) * seen.both
            mass = np.zeros((self.focus.grid.n_nodes, self.partner.grid.n_nodes, found.shape[2]))
            mass[seen.g, seen.h] = found / found.sum()
            out.append(mass.reshape(len(mass), -1) if kept else mass.sum(axis=2))
        return out


@dataclass(frozen=True)
class _Seen:
    """One trial's part of a contrast model.

    Attributes
    ----------
    g, h : slice
        Windows of the effect's and the control's nodes.
    left : ndarray, shape (C, H', M)
        The control's masses times its likelihood.
    right : ndarray, shape (E', M)
        The treatment's likelihood at evenly spaced sums.
    at : ndarray, shape (G', H')
        Where among these the sum of two nodes lies.
    """

    g: slice
    h: slice
    left: np.ndarray
    right: np.ndarray
    at: np.ndarray

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The sum on the left of each pair, and the shares of it and of the next; none beyond all."""
        i = np.clip(np.floor(self.at).astype(int), 0, len(self.right) - 2)
        inside = (self.at >= 0) & (self.at <= len(self.right) - 1)
        return i, inside * (1 - self.at + i), inside * (self.at - i)

    @cached_property
    def both(self) -> np.ndarray:
        """The treatment's likelihood at each pair, (G', H', M)."""
        i, low, high = self.places
        return low[..., None] * self.right[i] + high[..., None] * self.right[i + 1]

    @cached_property
    def by_pair(self) -> np.ndarray:
        """Likelihood times the control's masses, the shape summed out, (G', H'), where C = 1."""
        i, low, high = self.places
        by_sum = self.left[0] @ self.right.T  # (H', E'): the sum over shapes is a matrix product
        h = np.arange(len(by_sum))
        return low * by_sum[h, i] + high * by_sum[h, i + 1]


def _window(seen: np.ndarray) -> slice:
    """Return from where to where anything is seen."""
    visible = np.flatnonzero(seen > UNSEEN * seen.max())
    return slice(visible[0], visible[-1] + 1)
