"""Two arms, treatment parameter = control parameter + effect: the control is integrated out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from trialdesign.analysis.models.model import (
    AnalysisModel,
    Crossed,
    Outcomes,
    Paired,
    Shares,
    leave_one_out,
    marginal,
    scaled_likelihood,
)
from trialdesign.analysis.sampling.grid_draws import draw_contrast
from trialdesign.probability.belief import Belief
from trialdesign.probability.grid import ORDER

NUMBERS = 8e6  # pairs of nodes whose likelihoods are held at once, 64 MB
TRIALS = 100  # trials integrated at once, at most; their products stay in the cache


@dataclass(frozen=True, slots=True)
class Contrast(AnalysisModel):
    """Two arms, treatment parameter = control parameter + effect; the effect is in focus.

    Where one node describes the effects, no stratum's effect informs another's: the effect is summed out
    of every table as well, and G is 1 there (`summed`).

    Attributes
    ----------
    endpoint : Endpoint
    focus : Belief
        The effect, K nodes.
    partner : Belief
        The control parameter, C nodes; they couple the strata as well when C > 1.
    partner_arm, treated_arm : str
        The control, and the arm that the effect is added in.
    """

    endpoint: object
    focus: Belief
    partner: Belief
    partner_arm: str
    treated_arm: str

    focus_arm: ClassVar[str] = "effect"
    couples_partners: ClassVar[bool] = False

    @property
    def weight(self) -> np.ndarray:
        """Weights of the nodes that couple the strata, shape (C * K,)."""
        return np.multiply.outer(self.partner.weight, self.focus.weight).ravel()

    @property
    def summed(self) -> bool:
        """Whether the effect is summed out of the tables of likelihoods."""
        return self.focus.n_nodes == 1

    def sides(self, by_arm: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the control's and the treated arm's of what there is by arm."""
        return by_arm[self.partner_arm], by_arm[self.treated_arm]

    def value(self, estimand):
        """Return ``value(g, h)`` of an estimand."""
        return over_both(lambda g, h: estimand.value(h, h + g))

    def marginal(self, s: int, likelihood: np.ndarray) -> np.ndarray:
        """Return the marginal likelihood at every node, (T, C * K) from (T, C, G)."""
        if self.summed:
            return likelihood[..., 0] / np.abs(likelihood).max(axis=1)
        return marginal(self.focus, s, likelihood)

    def predict(self, s: int, products: np.ndarray) -> np.ndarray:
        """Return the mass (T, C, G) of a stratum before its own data, from products (T, C * K)."""
        if self.summed:
            return products[..., None]
        by_control = products.reshape(len(products) * self.partner.n_nodes, -1)
        return (by_control @ self.focus.mass[:, s]).reshape(len(products), self.partner.n_nodes, -1)

    def paired(self, outcomes: Sequence[Outcomes], shares: Sequence[Shares]) -> list[Paired]:
        """Return each stratum's part in T trials (see `Separable.paired`)."""
        return [
            self._paired(s, own, matrices) for s, (own, matrices) in enumerate(zip(outcomes, shares))
        ]

    def _paired(self, s: int, own: Outcomes, matrices: Shares) -> Paired:
        n_trials = len(own[self.partner_arm])
        (control, b), (treatment, a) = (
            np.unique(each, axis=0, return_inverse=True) for each in self.sides(own)
        )
        if len(control) * len(treatment) <= 4 * max(n_trials, 100):
            tables = self._tables(s, control, treatment, [None, *matrices])
            index = b.ravel() * len(treatment) + a.ravel()
        else:  # outcomes hardly repeat: crossing them would be wasted
            tables = self._tables_by_trial(s, own, [None, *matrices])
            index = np.arange(n_trials)
        numerators = lambda rows: tables[1:, index[rows]]
        return Paired(tables[0], self.marginal(s, tables[0]), index, numerators)

    def crossed(self, s: int, outcomes: Outcomes, shares: Shares) -> Crossed:
        """Return all pairs of outcomes of a stratum; all of them inform the other strata, P = 1."""
        tables = self._tables(s, *self.sides(outcomes), [None, *shares])
        flat = tables[1:].reshape(len(shares), tables.shape[1], 1, -1)
        return Crossed(tables[0], 1, lambda rows: flat[:, rows])

    def crossed_probabilities(self, by_arm: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities (I,) and (1,) that go with `crossed`."""
        return np.multiply.outer(*self.sides(by_arm)).ravel(), np.ones(1)

    def crossed_pairs(self, table: np.ndarray) -> np.ndarray:
        """Return (N, I, 1) from a table (N, control, treatment) of every pair of outcomes."""
        return table.reshape(len(table), -1, 1)

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass (G, H) after one trial."""
        paired = self.paired(outcomes, [[]] * len(outcomes))
        out = []
        for s, before in enumerate(leave_one_out(self, paired, np.zeros(1, int))):
            prior, both = self._parts(s, *self.sides(outcomes[s]))
            before = before[0] * self.focus.mass[0, s] if self.summed else before[0]
            mass = before.T @ prior * both[:, :, 0]
            out.append(mass / mass.sum())
        return out

    def draw(self, outcomes: Sequence[Outcomes], n: int, rng: np.random.Generator) -> dict:
        """Return n draws (n, S) of the control's parameter and of the effect after one trial."""
        paired = self.paired(outcomes, [[]] * len(outcomes))
        marginals = [own.marginal for own in paired]
        seen = [self._seen_by_pair(s, own) for s, own in enumerate(outcomes)]
        drawn = draw_contrast(self.focus, self.partner, marginals, seen, n, rng)
        return dict(zip((self.partner_arm, self.focus_arm), drawn))

    def _seen_by_pair(self, s: int, own: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the control's masses times likelihood, (C, H, 1), and the treatment's, (G, H, 1)."""
        prior, both = self._parts(s, *self.sides(own))
        return prior[:, :, None], both

    def _parts(self, s: int, control: np.ndarray, treatment: np.ndarray):
        """Return the control parameter's masses times likelihood, (C * B, H), and the treatment
        arm's likelihood (G, H, A)."""
        g, h = self.focus.grid.nodes, self.partner.grid.nodes
        own = scaled_likelihood(self.endpoint, control, h)
        prior = (self.partner.mass[:, s, None] * own).reshape(-1, h.size)
        sums = np.add.outer(g, h).ravel()
        both = scaled_likelihood(self.endpoint, treatment, sums).reshape(-1, g.size, h.size)
        return prior, np.ascontiguousarray(both.transpose(1, 2, 0))

    def _tables(
        self, s: int, control: np.ndarray, treatment: np.ndarray, shares: Sequence
    ) -> np.ndarray:
        """Integrate the likelihood of every pair of outcomes over h, (J, B * A, C, G).

        ``shares`` are J matrices (G, H) or (G, 1), or None for the likelihood itself.
        """
        prior, both = self._parts(s, control, treatment)
        shape = (len(both), self.partner.n_nodes, len(control), len(treatment))  # G, C, B, A
        if self.summed:
            weigh = lambda share: _summed(self._weights(s, share), both.transpose(1, 0, 2))
            tables = [(prior @ weigh(share)).reshape(shape[1:]) for share in shares]
            return np.stack(tables).transpose(0, 2, 3, 1).reshape(len(shares), -1, shape[1], 1)
        out = np.empty((len(shares), shape[2] * shape[3], shape[1], shape[0]))
        for j, share in enumerate(shares):
            for i, treated in enumerate(both):  # node by node: the products stay in the cache
                left = prior if share is None else prior * share[i]
                table = (left @ treated).reshape(shape[1:])
                out[j, :, :, i] = table.transpose(1, 2, 0).reshape(-1, shape[1])
        return out

    def _weights(self, s: int, share: np.ndarray | None, window: slice = slice(None)) -> np.ndarray:
        """Return the masses of the only node, times a share where there is one, (G, H) or (G, 1)."""
        mass = self.focus.mass[0, s][:, None]
        return mass if share is None else mass * (share[:, window] if share.shape[1] > 1 else share)

    def _tables_by_trial(self, s: int, own: Outcomes, shares: Sequence) -> np.ndarray:
        """Integrate each trial's own likelihood over h, (J, T, C, G), where the control's data allow."""
        g, h = self.focus.grid.nodes, self.partner.grid.nodes
        control, treatment = self.sides(own)
        n_trials, n_nodes = len(control), self.partner.n_nodes
        prior = scaled_likelihood(self.endpoint, control, h)[:, None] * self.partner.mass[:, s]
        wide = [j for j, share in enumerate(shares) if share is not None and share.shape[1] > 1]
        out = np.empty((len(shares), n_trials, n_nodes, 1 if self.summed else g.size))
        for rows, window in _windows(np.abs(prior).max(axis=1), g.size):
            sums, left = g[:, None] + h[window], prior[rows][..., window]
            log = self.endpoint.log_likelihood(treatment[rows, None], sums)  # (t, G, W)
            log -= log.max(axis=(1, 2), keepdims=True)
            both = np.exp(log, out=log)
            if self.summed:
                for j, share in enumerate(shares):
                    seen = (self._weights(s, share, window) * both).sum(axis=1)  # (t, W)
                    out[j, rows] = left @ seen[..., None]
                continue
            whole = left @ both.transpose(0, 2, 1)  # (t, C, G)
            for j, share in enumerate(shares):
                if j in wide:
                    out[j, rows] = left @ (both * share[:, window]).transpose(0, 2, 1)
                else:
                    out[j, rows] = whole if share is None else whole * share[:, 0]
        return out


def _summed(weights: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Return sums over g of weights (G, H) or (G, 1) times likelihoods (H, G, A), shape (H, A)."""
    return (weights.T[:, None] @ both)[:, 0]


def over_both(value: Callable) -> Callable:
    """Return ``value(g, h)`` in the shape that g and h broadcast to, also where it ignores one."""
    return lambda g, h: np.broadcast_to(value(g, h), np.broadcast_shapes(np.shape(g), np.shape(h)))


def _windows(seen: np.ndarray, n_rows: int) -> Iterator[tuple[np.ndarray, slice]]:
    """Yield trials, as many as fit at once, with the columns in which they have anything to see."""
    visible = seen > 1e-12 * seen.max(axis=1, keepdims=True)
    first = visible.argmax(axis=1) // ORDER * ORDER
    last = seen.shape[1] - visible[:, ::-1].argmax(axis=1)
    last = -(-last // ORDER) * ORDER
    ends, group = np.unique(np.column_stack([first, last]), axis=0, return_inverse=True)
    for i, (start, stop) in enumerate(ends):
        members = np.flatnonzero(group.ravel() == i)
        together = int(min(TRIALS, max(1, NUMBERS // ((stop - start) * n_rows))))
        for at in range(0, members.size, together):
            yield members[at : at + together], slice(start, stop)
