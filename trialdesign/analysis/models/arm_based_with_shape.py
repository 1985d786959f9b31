"""The planned analysis where each arm's distribution has a shape: a nuisance beside its parameter.

`Separable` with one more axis (`shaped_contrast` has the other model).  Shapes neither borrow nor
lend, so that only a stratum's own likelihood holds them, on M nodes of their prior.  Summed over the
nodes it is a likelihood of the parameter alone, and all that passes between strata stays as it was.
An estimand that depends on the shape is read off its equivalent (`shapes`), by a linear map of each
arm's masses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from trialdesign.analysis.models.arm_based import Separable
from trialdesign.analysis.models.model import Outcomes, Paired, leave_one_out
from trialdesign.analysis.sampling.grid_draws import draw_shapes
from trialdesign.probability.belief import Belief, node_products
from trialdesign.probability.nuisance import Shapes, carried

NUMBERS = 4e6  # held at once, 32 MB


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


def likelihoods(statistics: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return likelihoods (T, G, M) of statistics (T, Q), the largest of each row 1."""
    log = statistics @ table.reshape(len(table), -1)
    log -= log.max(axis=1, keepdims=True)
    return np.exp(log, out=log).reshape(-1, *table.shape[1:])


def _chunks(n: int, each: int) -> Iterator[np.ndarray]:
    """Yield the positions of n trials, as many at once as leave room for ``each`` numbers per trial."""
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
    maps : dict
        Those of estimands that have been asked for.
    """

    shapes: Shapes = None
    tables: tuple[np.ndarray, ...] = ()
    maps: dict = field(default_factory=dict, compare=False)

    def share(self, estimand, matrix: np.ndarray) -> Share:
        """Return a matrix of an estimand with the maps to it."""
        if estimand.equivalent is None:
            return Share(matrix, None, None)
        to_partner = self._map(estimand, "partner") if matrix.shape[1] > 1 else None
        return Share(matrix, self._map(estimand, "focus"), to_partner)

    def _map(self, estimand, side: str) -> np.ndarray:
        """Return the map (G, G * M) of an arm's masses to an estimand's equivalent."""
        if (estimand.label, side) not in self.maps:
            grid, maps = getattr(self, side).grid, []
            for m in range(self.shapes.size):
                shape = tuple(np.array([value[m]]) for value in self.shapes.values)
                maps.append(carried(grid, lambda x, shape=shape: estimand.equivalent(x, shape)))
            self.maps[estimand.label, side] = np.stack(maps, axis=2).reshape(grid.n_nodes, -1)
        return self.maps[estimand.label, side]

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
            full = likelihoods(own[rows], self.tables[0]) * self.shapes.weight
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
                    carried_back = (given @ share.to_focus).reshape(-1, *full.shape[1:])
                    out.append((full * carried_back).sum(axis=2))
            return np.stack(out)[:, :, None]

        return Paired(likelihood, self.marginal(s, likelihood), np.arange(len(own)), numerators)

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass (G, H) after one trial, of an estimand's equivalents if
        it is named."""
        plain = estimand is None or estimand.equivalent is None
        sides = ["focus"] if self.partner is None else ["focus", "partner"]
        to = [None if plain else self._map(estimand, side) for side in sides]
        one = np.zeros(1, int)
        before = leave_one_out(self, self.paired(outcomes, [[]] * len(outcomes)), one)
        partners = self._before_partners([own.get(self.partner_arm) for own in outcomes])
        out = []
        for s, own in enumerate(outcomes):
            full = likelihoods(own[self.focus_arm], self.tables[0]) * self.shapes.weight
            mine, theirs = _moved(before[s][:, 0, :, None] * full, to[0])[0], np.ones(1)
            if self.partner is not None:
                theirs = _moved(self._partner_mass(own[self.partner_arm], partners[s]), to[1])[0]
            out.append(np.multiply.outer(mine / mine.sum(), theirs))
        return out

    def draw_shapes(self, outcomes: Sequence[Outcomes], drawn: dict, rng: np.random.Generator) -> dict:
        """Return each arm's shapes that go with draws of its parameter, (n, S) a shape parameter."""
        return {
            arm: draw_shapes(
                self.endpoint,
                self.shapes,
                [(np.concatenate([own[arm] for own in outcomes]), drawn[arm])],
                rng,
            )
            for arm in drawn
        }

    def _seen(self, side: str, outcomes: np.ndarray) -> np.ndarray:
        return self._summed(outcomes, self.tables[side == "partner"])

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
        factors = [self._summed(own, self.tables[1]) @ mass[:, s].T for s, own in enumerate(outcomes)]
        factors = [each / np.abs(each).max(axis=1, keepdims=True) for each in factors]
        return [
            node_products(self.partner.weight, factors[:s] + factors[s + 1 :]) @ mass[:, s]
            for s in range(len(outcomes))
        ]

    def _partner_mass(self, own: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Return the partner's posterior mass (T, H, M)."""
        full = before[:, :, None] * likelihoods(own, self.tables[1]) * self.shapes.weight
        return full / full.sum(axis=(1, 2), keepdims=True)

    def _likelihood(self, outcomes: np.ndarray) -> np.ndarray:
        return self._summed(outcomes, self.tables[0])[:, None]

    def _summed(self, outcomes: np.ndarray, table: np.ndarray) -> np.ndarray:
        """Return the likelihood (T, G) of statistics (T, Q), the shape summed out."""
        parts = (outcomes[rows] for rows in _chunks(len(outcomes), table[0].size))
        return np.concatenate([likelihoods(own, table) @ self.shapes.weight for own in parts])


def _moved(mass: np.ndarray, to: np.ndarray | None) -> np.ndarray:
    """Return masses (T, G, M) on the axis of an estimand's equivalent, (T, G)."""
    return mass.sum(axis=2) if to is None else mass.reshape(len(mass), -1) @ to.T
