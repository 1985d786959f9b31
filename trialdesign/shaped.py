"""The planned analysis where each arm's distribution has a shape: a nuisance beside its parameter.

`Separable` and `Contrast` with one more axis.  Shapes neither borrow nor lend, so that only a stratum's
own likelihood holds them, on M nodes of their prior.  Summed over the nodes it is a likelihood of the
parameter alone, and all that passes between strata stays as it was.  An estimand that depends on the
shape is read off its equivalent (`shapes`): in two separate arms by a linear map of each arm's masses,
in a contrast model, whose arms share the shape, from a matrix with a column for every (h, m).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .analysis import Contrast, Outcomes, Paired, Separable, leave_one_out
from .belief import Belief, node_products
from .quadrature import ORDER, Grid
from .regions import at_nodes, exceedance
from .shapes import Shapes, carried

NUMBERS = 4e6  # held at once, 32 MB
EQUIVALENTS = 20_001  # points between which an equivalent is linear to 1e-6
FINENESS = 0.04  # sds of the sharpest likelihood between the sums g + h: linear between them to 2e-4
UNSEEN = 1e-10  # share of the largest likelihood below which a node is passed over


@dataclass(frozen=True, slots=True)
class Share:
    """A matrix over the equivalents of two arms, and the maps that take their masses there.

    Attributes
    ----------
    matrix : ndarray, shape (G, H) or (G, 1)
    to_focus, to_partner : ndarray, shape (G, G * M) and (H, H * M), or None
        None: the estimand ignores the shape.
    """

    matrix: np.ndarray
    to_focus: np.ndarray | None
    to_partner: np.ndarray | None


def build_separable(
    endpoint, focus: Belief, partner: Belief | None, focus_arm: str, partner_arm: str, size: int
) -> ShapedSeparable:
    """Return the model of separate arms of at most ``size`` patients."""
    shapes = endpoint.shapes(size)
    beliefs = [belief for belief in (focus, partner) if belief is not None]
    tables = tuple(endpoint.table(belief.grid.nodes, shapes) for belief in beliefs)
    return ShapedSeparable(endpoint, focus, partner, focus_arm, partner_arm, shapes, tables)


def build_contrast(endpoint, focus: Belief, partner: Belief, size: int) -> ShapedContrast:
    """Return the contrast model of arms that share their shape, at most ``size`` patients in both."""
    shapes = endpoint.shapes(size)
    low, high = (focus.grid.edges[i] + partner.grid.edges[i] for i in (0, -1))
    sums = Grid(np.linspace(low, high, int(np.ceil(high - low)) + 1))
    tables = endpoint.table(partner.grid.nodes, shapes), endpoint.table(sums.nodes, shapes)
    return ShapedContrast(endpoint, focus, partner, shapes, tables, sums, FINENESS / np.sqrt(size))


def _likelihood(statistics: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return likelihoods (T, G, M) of statistics (T, Q), the largest of each row 1."""
    log = statistics @ table.reshape(len(table), -1)
    log -= log.max(axis=1, keepdims=True)
    return np.exp(log, out=log).reshape(-1, *table.shape[1:])


def _chunks(n: int, each: int) -> Iterator[np.ndarray]:
    """Yield the positions of n trials, as many at once as leave room for ``each`` numbers a trial."""
    together = max(1, int(NUMBERS / each))
    for start in range(0, n, together):
        yield np.arange(start, min(start + together, n))


@dataclass(frozen=True, slots=True)
class ShapedSeparable(Separable):
    """A single arm, or two arms with a shape each.

    Attributes
    ----------
    shapes : Shapes
    tables : tuple of ndarray, shape (Q, G, M) and (Q, H, M)
        The focus's, then the partner's: ``statistics @ table`` is the log likelihood.
    """

    shapes: Shapes = None
    tables: tuple[np.ndarray, ...] = ()

    def share(self, estimand, matrix: np.ndarray) -> Share:
        """Return a matrix of an estimand with the maps to it."""
        if estimand.equivalent is None:
            return Share(matrix, None, None)
        wide = matrix.shape[1] > 1
        return Share(
            matrix,
            self._map(estimand.equivalent, self.focus),
            self._map(estimand.equivalent, self.partner) if wide else None,
        )

    def _map(self, equivalent: Callable, belief: Belief) -> np.ndarray:
        """Return the map (G, G * M) of an arm's masses to its equivalent."""
        maps = []
        for m in range(self.shapes.size):
            shape = tuple(np.array([value[m]]) for value in self.shapes.values)
            maps.append(carried(belief.grid, lambda x, shape=shape: equivalent(x, shape)))
        return np.stack(maps, axis=2).reshape(belief.grid.n_nodes, -1)

    def paired(self, outcomes: Sequence[Outcomes], shares: Sequence[Sequence[Share]]) -> list[Paired]:
        """Return each stratum's part in T trials (see `Separable.paired`)."""
        before = self._before_partners([own.get(self.partner_arm) for own in outcomes])
        return [
            self._shaped(s, own[self.focus_arm], own.get(self.partner_arm), before[s], each)
            for s, (own, each) in enumerate(zip(outcomes, shares))
        ]

    def _shaped(self, s: int, own: np.ndarray, other, before: np.ndarray, shares) -> Paired:
        likelihood = self._likelihood(own)
        to_partner = {id(share.to_partner): share.to_partner for share in shares}

        def numerators(rows: np.ndarray) -> np.ndarray:
            parts = [some_of(rows[some]) for some in _chunks(len(rows), self.tables[0][0].size)]
            return np.concatenate(parts, axis=1)

        def some_of(rows: np.ndarray) -> np.ndarray:
            full = _likelihood(own[rows], self.tables[0]) * self.shapes.weight
            summed = full.sum(axis=2)
            partners = {}
            if self.partner is not None:
                mass = self._partner_mass(other[rows], before[rows if len(before) > 1 else [0]])
                partners = {key: _moved(mass, to) for key, to in to_partner.items()}
            out = []
            for share in shares:
                given = share.matrix.T
                if len(given) > 1:
                    given = partners[id(share.to_partner)] @ given
                if share.to_focus is None:
                    out.append(summed * given)
                else:
                    out.append((full * (given @ share.to_focus).reshape(-1, *full.shape[1:])).sum(axis=2))
            return np.stack(out)[:, :, None]

        return Paired(likelihood, self.marginal(s, likelihood), np.arange(len(own)), numerators)

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass (G, H) after one trial, of an estimand's equivalents if
        it is named."""
        equivalent = None if estimand is None else estimand.equivalent
        beliefs = [self.focus] if self.partner is None else [self.focus, self.partner]
        to = [None if equivalent is None else self._map(equivalent, belief) for belief in beliefs]
        one = np.zeros(1, int)
        before = leave_one_out(self, self.paired(outcomes, [[]] * len(outcomes)), one)
        partners = self._before_partners([own.get(self.partner_arm) for own in outcomes])
        out = []
        for s, own in enumerate(outcomes):
            full = _likelihood(own[self.focus_arm], self.tables[0]) * self.shapes.weight
            sides = [_moved(before[s][:, 0, :, None] * full, to[0])[0], np.ones(1)]
            if self.partner is not None:
                sides[1] = _moved(self._partner_mass(own[self.partner_arm], partners[s]), to[1])[0]
            out.append(np.multiply.outer(sides[0] / sides[0].sum(), sides[1]))
        return out

    def partner_posterior(self, outcomes: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """Return the partner's posterior mass (T, H) in each stratum after T trials."""
        if self.partner is None:
            return [np.ones((1, 1)) for _ in outcomes]
        before = self._before_partners(outcomes)
        out = []
        for own, prior in zip(outcomes, before):
            mass = np.concatenate([
                self._partner_mass(own[rows], prior[rows if len(prior) > 1 else [0]]).sum(axis=2)
                for rows in _chunks(len(own), self.tables[1][0].size)
            ])  # fmt: skip
            out.append(mass)
        return out

    def _before_partners(self, outcomes: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """Return what is believed of the partner before a stratum's own data, (1 or T, H) each."""
        if self.partner is None:
            return [np.ones((1, 1)) for _ in outcomes]
        mass = self.partner.mass
        if self.partner.n_nodes == 1:
            return [mass[:, s] for s in range(len(outcomes))]
        factors = [
            self._summed(own, self.tables[1]) @ mass[:, s].T for s, own in enumerate(outcomes)
        ]
        factors = [each / np.abs(each).max(axis=1, keepdims=True) for each in factors]
        return [
            node_products(self.partner.weight, factors[:s] + factors[s + 1 :]) @ mass[:, s]
            for s in range(len(outcomes))
        ]

    def _partner_mass(self, own: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Return the partner's posterior mass (T, H, M)."""
        full = before[:, :, None] * _likelihood(own, self.tables[1]) * self.shapes.weight
        return full / full.sum(axis=(1, 2), keepdims=True)

    def _likelihood(self, outcomes: np.ndarray) -> np.ndarray:
        return self._summed(outcomes, self.tables[0])[:, None]

    def _summed(self, outcomes: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Return the likelihood (T, G) of statistics (T, Q), the shape summed out."""
        parts = _chunks(len(outcomes), table[0].size)
        return np.concatenate([_likelihood(outcomes[rows], table) @ self.shapes.weight for rows in parts])


def _moved(mass: np.ndarray, to: np.ndarray | None) -> np.ndarray:
    """Return masses (T, G, M) on the axis of an estimand's equivalent, (T, G)."""
    return mass.sum(axis=2) if to is None else mass.reshape(len(mass), -1) @ to.T


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
            u = lambda linear, at_x=at_x: np.interp(linear, x, at_x)  # noqa: E731
            value = lambda g, h, u=u: estimand.value(u(h), u(h + g))  # noqa: E731
            parts.append(np.broadcast_to(matrix(value), shape))
        return np.stack(parts, axis=2).reshape(shape[0], -1)

    def _paired(self, s: int, own: Outcomes, shares: Sequence[np.ndarray]) -> Paired:
        n = len(own["control"])
        likelihood = self._integrals(s, own, range(n), [None])[0]
        numerators = lambda rows: self._integrals(s, own, rows, shares)  # noqa: E731
        return Paired(likelihood, self.marginal(s, likelihood), np.arange(n), numerators)

    def _integrals(self, s: int, own: Outcomes, rows: Sequence[int], shares: Sequence) -> np.ndarray:
        """Integrate each trial's likelihood over (h, m), (J, t, C, G)."""
        out = np.zeros((len(shares), len(rows), self.partner.n_nodes, self.focus.grid.n_nodes))
        for i, row in enumerate(rows):
            seen = self._seen(s, own["control"][row], own["treatment"][row])
            out[:, i, :, seen.g] = [self._weighed(seen, share) for share in shares]
        return out

    def _weighed(self, seen: _Seen, share: np.ndarray | None) -> np.ndarray:
        """Integrate a share times one trial's likelihood over (h, m), (C, G')."""
        if share is None:
            return seen.by_pair.sum(axis=2)
        if share.shape[1] <= self.partner.grid.n_nodes:
            own = share[seen.g] if share.shape[1] == 1 else share[seen.g, seen.h]
            return (seen.by_pair * own).sum(axis=2)
        by_shape = share.reshape(len(share), -1, self.shapes.size)[seen.g, seen.h]
        return np.einsum("cghm,ghm->cg", seen.by_shape, by_shape)

    def _seen(self, s: int, control: np.ndarray, treatment: np.ndarray) -> _Seen:
        """Return what one trial's data let through: the windows of h, g + h and g that they allow."""
        own = _likelihood(control[None], self.tables[0])[0] * self.shapes.weight
        h = _window(np.abs(self.partner.mass[:, s]).max(axis=0) * own.max(axis=1))
        log = (treatment @ self.tables[1].reshape(len(treatment), -1)).reshape(self.sums.n_nodes, -1)
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

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass after one trial, (G, H), or (G, H * M) of an estimand
        that depends on the shape."""
        paired, one = self.paired(outcomes, [[]] * len(outcomes)), np.zeros(1, int)
        kept = estimand is not None and estimand.equivalent is not None
        out = []
        for s, before in enumerate(leave_one_out(self, paired, one)):
            seen = self._seen(s, outcomes[s]["control"][0], outcomes[s]["treatment"][0])
            found = np.einsum("cg,cghm->ghm", before[0][:, seen.g], seen.by_shape)
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
    def by_shape(self) -> np.ndarray:
        """Likelihood times the control's masses, (C, G', H', M)."""
        i, low, high = self.places
        both = low[..., None] * self.right[i] + high[..., None] * self.right[i + 1]
        return self.left[:, None] * both

    @cached_property
    def by_pair(self) -> np.ndarray:
        """The same, the shape summed out, (C, G', H')."""
        i, low, high = self.places
        by_sum = self.left @ self.right.T  # (C, H', E'): the sum over shapes is a matrix product
        h = np.arange(by_sum.shape[1])
        return low * by_sum[:, h, i] + high * by_sum[:, h, i + 1]


def _window(seen: np.ndarray) -> slice:
    """Return from where to where anything is seen."""
    visible = np.flatnonzero(seen > UNSEEN * seen.max())
    return slice(visible[0], visible[-1] + 1)
