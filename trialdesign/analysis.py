"""The planned analysis: a model with its arms, and what data make of it.

Each stratum has a *focus* parameter g, the one whose Belief may borrow across strata, and in a
controlled trial a *partner* h, another arm's parameter.  Arm-wise the two arms' likelihoods factorise
(`Separable`); in a contrast model the focus is the effect, and the treatment arm's likelihood holds
both (`Contrast`).  All else - criteria, estimates, intervals - is a matrix of shares over the two
axes (`regions`), and its posterior expectation is a ratio

    sum_g predict[g] numerator[g]  /  sum_g predict[g] likelihood[g],

where ``predict`` is what the other strata say before the stratum's own data, and ``numerator`` is the
stratum's likelihood integrated over h with the shares as weights.

Statistics of outcomes are arrays (..., M), M as the endpoint says; outcomes of an arm that is not
there are None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .belief import Belief, node_products
from .quadrature import ORDER
from .regions import at_nodes, exceedance

TRIALS = 100  # trials integrated at once; their products stay in the cache

Shares = Sequence[np.ndarray]
Outcomes = dict[str, np.ndarray]  # arm -> statistics (T, M)


def scaled_likelihood(endpoint, statistics: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Return the likelihood (T, G) of T statistics at points of the linear scale, largest 1 a row."""
    log = endpoint.log_likelihood(statistics, linear)
    return np.exp(log - log.max(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Paired:
    """A stratum's part in T trials, each distinct outcome that informs other strata held once.

    Attributes
    ----------
    likelihood : ndarray, shape (I, C, G)
    marginal : ndarray, shape (I, C * K)
        Marginal likelihoods at every node, scaled a row.
    index : ndarray of int, shape (T,)
        Which of the I outcomes each trial had.
    numerators : callable
        Positions of t trials -> (J, t, C, G).
    """

    likelihood: np.ndarray
    marginal: np.ndarray
    index: np.ndarray
    numerators: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Crossed:
    """Every pair of a stratum's I informative and P private outcomes.

    Attributes
    ----------
    likelihood : ndarray, shape (I, C, G)
    n_private : int
        P.
    numerators : callable
        A slice of i of the informative outcomes -> (J, i, P, C * G).
    """

    likelihood: np.ndarray
    n_private: int
    numerators: Callable[[slice], np.ndarray]


def leave_one_out(model, paired: Sequence[Paired], rows: np.ndarray) -> list[np.ndarray]:
    """Return what the other strata say of each stratum's focus in some trials, (t, C, G) a stratum."""
    factors = [own.marginal[own.index[rows]] for own in paired]
    return [
        model.predict(s, node_products(model.weight, factors[:s] + factors[s + 1 :]))
        for s in range(len(factors))
    ]


def expectations(model, paired: Sequence[Paired], rows: np.ndarray) -> np.ndarray:
    """Return the posterior expectations of the shares in some trials, shape (J, t, S)."""
    out = []
    for before, own in zip(leave_one_out(model, paired, rows), paired):
        total = np.einsum("tcg,tcg->t", before, own.likelihood[own.index[rows]])
        out.append(np.einsum("tcg,jtcg->jt", before, own.numerators(rows)) / total)
    return np.stack(out, axis=-1)


def _marginal(focus: Belief, s: int, likelihood: np.ndarray) -> np.ndarray:
    """Return marginal likelihoods (T, C * K) of likelihoods (T, C, G), scaled a row."""
    flat = likelihood.reshape(-1, likelihood.shape[-1])  # one matrix product, not T small ones
    rows = (flat @ focus.mass[:, s].T).reshape(len(likelihood), -1)
    return rows / np.abs(rows).max(axis=1, keepdims=True)


class Measured:
    """What every model offers to those who ask about an estimand: matrices over its two axes."""

    __slots__ = ()

    def exceedance(self, estimand, threshold: float) -> np.ndarray:
        """Return shares (G, H) or (G, 1) of P(estimand > threshold)."""
        return exceedance(self.value(estimand), threshold, *self._grids())

    def values(self, estimand) -> np.ndarray:
        """Return the estimand at the nodes, (G, H), or (G, 1) if it ignores h."""
        return at_nodes(self.value(estimand), *self._grids())

    def share(self, estimand, matrix: np.ndarray):
        """Return a matrix of an estimand as `paired` takes it."""
        return matrix

    def _grids(self):
        return self.focus.grid, self.partner and self.partner.grid


@dataclass(frozen=True, slots=True)
class Separable(Measured):
    """A single arm, or two arms whose likelihoods factorise; C = 1.

    Attributes
    ----------
    endpoint : Endpoint
    focus : Belief
        Parameter of the arm that borrows, K nodes.
    partner : Belief or None
        Parameter of the other arm.
    focus_arm, partner_arm : str
        ``treatment`` and ``control``, or the other way round where only controls borrow.
    """

    endpoint: object
    focus: Belief
    partner: Belief | None
    focus_arm: str = "treatment"
    partner_arm: str = "control"

    @property
    def weight(self) -> np.ndarray:
        """Weights of the nodes that couple the strata, shape (K,)."""
        return self.focus.weight

    @property
    def couples_partners(self) -> bool:
        """Whether a stratum's partner learns from other strata's data."""
        return self.partner is not None and self.partner.n_nodes > 1

    def value(self, estimand):
        """Return ``value(g, h)`` of an estimand."""
        if self.focus_arm == "treatment":
            return lambda g, h: estimand.value(h, g)
        return lambda g, h: estimand.value(g, h)

    def marginal(self, s: int, likelihood: np.ndarray) -> np.ndarray:
        """Return the marginal likelihood at every node, (T, K) from (T, 1, G)."""
        return _marginal(self.focus, s, likelihood)

    def predict(self, s: int, products: np.ndarray) -> np.ndarray:
        """Return the mass (T, 1, G) of a stratum before its own data, from node products (T, K)."""
        return (products @ self.focus.mass[:, s])[:, None]

    def paired(self, outcomes: Sequence[Outcomes], shares: Sequence[Shares]) -> list[Paired]:
        """Return each stratum's part in T trials.

        Parameters
        ----------
        outcomes : sequence of S mappings
        shares : sequence of S sequences of J matrices (G, H) or (G, 1)
        """
        partners = self.partner_posterior([own.get(self.partner_arm) for own in outcomes])
        return [
            self._paired(s, own[self.focus_arm], partner, matrices)
            for s, (own, partner, matrices) in enumerate(zip(outcomes, partners, shares))
        ]

    def _paired(self, s: int, own: np.ndarray, partner: np.ndarray, matrices: Shares) -> Paired:
        distinct, index = np.unique(own, axis=0, return_inverse=True)
        index, likelihood = index.ravel(), self._likelihood(distinct)

        def numerators(rows: np.ndarray) -> np.ndarray:
            posterior = partner if self.partner is None else partner[rows]
            conditional = np.stack([_average(matrix, posterior) for matrix in matrices])
            return (likelihood[index[rows], 0] * conditional)[:, :, None]

        return Paired(likelihood, self.marginal(s, likelihood), index, numerators)

    def crossed(self, s: int, outcomes: Outcomes, shares: Shares) -> Crossed:
        """Return all pairs of outcomes of a stratum.

        The I outcomes of the focus arm inform the other strata; the P of the partner do not.
        """
        likelihood = self._likelihood(outcomes[self.focus_arm])
        partner = self._own_posterior(s, outcomes.get(self.partner_arm))
        conditional = np.stack([_average(matrix, partner) for matrix in shares])[:, None]  # (J, 1, P, G)
        numerators = lambda rows: likelihood[rows] * conditional  # noqa: E731
        return Crossed(likelihood, conditional.shape[2], numerators)

    def crossed_probabilities(self, by_arm: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities (I,) and (P,) that go with `crossed`."""
        return by_arm[self.focus_arm], by_arm.get(self.partner_arm, np.ones(1))

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass (G, H) after one trial (H = 1 in a single arm)."""
        partners = self.partner_posterior([own.get(self.partner_arm) for own in outcomes])
        paired = self.paired(outcomes, [[]] * len(outcomes))
        before = leave_one_out(self, paired, np.zeros(1, int))
        masses = [(mass * own.likelihood)[0, 0] for mass, own in zip(before, paired)]
        return [np.multiply.outer(mass / mass.sum(), p[0]) for mass, p in zip(masses, partners)]

    def partner_posterior(self, outcomes: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """Return the partner's posterior mass (T, H) in each stratum after T trials."""
        if self.partner is None:
            return [np.ones((1, 1)) for _ in outcomes]
        nodes = self.partner.grid.nodes
        rows = [scaled_likelihood(self.endpoint, own, nodes) for own in outcomes]
        factors = [_marginal(self.partner, s, row[:, None]) for s, row in enumerate(rows)]
        out = []
        for s, row in enumerate(rows):
            products = node_products(self.partner.weight, factors[:s] + factors[s + 1 :])
            mass = products @ self.partner.mass[:, s] * row
            out.append(mass / mass.sum(axis=1, keepdims=True))
        return out

    def _own_posterior(self, s: int, outcomes: np.ndarray | None) -> np.ndarray:
        if self.partner is None:
            return np.ones((1, 1))
        mass = self.partner.mass[0, s] * scaled_likelihood(
            self.endpoint, outcomes, self.partner.grid.nodes
        )
        return mass / mass.sum(axis=1, keepdims=True)

    def _likelihood(self, outcomes: np.ndarray) -> np.ndarray:
        return scaled_likelihood(self.endpoint, outcomes, self.focus.grid.nodes)[:, None]


def _average(matrix: np.ndarray, partner: np.ndarray) -> np.ndarray:
    """Average shares (G, H) or (G, 1) over partner masses (T, H): (T, G)."""
    if matrix.shape[1] == 1:
        return np.broadcast_to(matrix[:, 0], (len(partner), len(matrix)))
    return partner @ matrix.T


@dataclass(frozen=True, slots=True)
class Contrast(Measured):
    """Two arms, treatment parameter = control parameter + effect; the effect is in focus.

    Attributes
    ----------
    endpoint : Endpoint
    focus : Belief
        The effect, K nodes.
    partner : Belief
        The control parameter, C nodes; they couple the strata as well when C > 1.
    """

    endpoint: object
    focus: Belief
    partner: Belief

    focus_arm: ClassVar[str] = "effect"
    partner_arm: ClassVar[str] = "control"
    couples_partners: ClassVar[bool] = False

    @property
    def weight(self) -> np.ndarray:
        """Weights of the nodes that couple the strata, shape (C * K,)."""
        return np.multiply.outer(self.partner.weight, self.focus.weight).ravel()

    def value(self, estimand):
        """Return ``value(g, h)`` of an estimand."""
        return lambda g, h: estimand.value(h, h + g)

    def marginal(self, s: int, likelihood: np.ndarray) -> np.ndarray:
        """Return the marginal likelihood at every node, (T, C * K) from (T, C, G)."""
        return _marginal(self.focus, s, likelihood)

    def predict(self, s: int, products: np.ndarray) -> np.ndarray:
        """Return the mass (T, C, G) of a stratum before its own data, from products (T, C * K)."""
        by_control = products.reshape(len(products) * self.partner.n_nodes, -1)
        return (by_control @ self.focus.mass[:, s]).reshape(len(products), self.partner.n_nodes, -1)

    def paired(self, outcomes: Sequence[Outcomes], shares: Sequence[Shares]) -> list[Paired]:
        """Return each stratum's part in T trials (see `Separable.paired`)."""
        return [
            self._paired(s, own, matrices) for s, (own, matrices) in enumerate(zip(outcomes, shares))
        ]

    def _paired(self, s: int, own: Outcomes, matrices: Shares) -> Paired:
        control, b = np.unique(own["control"], axis=0, return_inverse=True)
        treatment, a = np.unique(own["treatment"], axis=0, return_inverse=True)
        n_trials = len(own["control"])
        if len(control) * len(treatment) <= 4 * max(n_trials, 100):
            tables = self._tables(s, control, treatment, [None, *matrices])
            index = b.ravel() * len(treatment) + a.ravel()
        else:  # outcomes hardly repeat: crossing them would be wasted
            tables = self._tables_by_trial(s, own, [None, *matrices])
            index = np.arange(n_trials)
        numerators = lambda rows: tables[1:, index[rows]]  # noqa: E731
        return Paired(tables[0], self.marginal(s, tables[0]), index, numerators)

    def crossed(self, s: int, outcomes: Outcomes, shares: Shares) -> Crossed:
        """Return all pairs of outcomes of a stratum; all of them inform the other strata, P = 1."""
        tables = self._tables(s, outcomes["control"], outcomes["treatment"], [None, *shares])
        flat = tables[1:].reshape(len(shares), tables.shape[1], 1, -1)
        return Crossed(tables[0], 1, lambda rows: flat[:, rows])

    def crossed_probabilities(self, by_arm: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities (I,) and (1,) that go with `crossed`."""
        return np.multiply.outer(by_arm["control"], by_arm["treatment"]).ravel(), np.ones(1)

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass (G, H) after one trial."""
        paired = self.paired(outcomes, [[]] * len(outcomes))
        out = []
        for s, before in enumerate(leave_one_out(self, paired, np.zeros(1, int))):
            prior, both = self._parts(s, outcomes[s]["control"], outcomes[s]["treatment"])
            mass = np.einsum("cg,ch,gh->gh", before[0], prior, both[:, :, 0])
            out.append(mass / mass.sum())
        return out

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
        out = np.empty((len(shares), shape[2] * shape[3], shape[1], shape[0]))
        for j, share in enumerate(shares):
            for i, treated in enumerate(both):  # node by node: the products stay in the cache
                left = prior if share is None else prior * share[i]
                table = (left @ treated).reshape(shape[1:])
                out[j, :, :, i] = table.transpose(1, 2, 0).reshape(-1, shape[1])
        return out

    def _tables_by_trial(self, s: int, own: Outcomes, shares: Sequence) -> np.ndarray:
        """Integrate each trial's own likelihood over h, (J, T, C, G), where the control's data allow."""
        g, h = self.focus.grid.nodes, self.partner.grid.nodes
        n_trials, n_nodes = len(own["control"]), self.partner.n_nodes
        prior = scaled_likelihood(self.endpoint, own["control"], h)[:, None] * self.partner.mass[:, s]
        wide = [j for j, share in enumerate(shares) if share is not None and share.shape[1] > 1]
        out = np.empty((len(shares), n_trials, n_nodes, g.size))
        for rows, window in _windows(np.abs(prior).max(axis=1)):
            sums, left = g[:, None] + h[window], prior[rows][..., window]
            log = self.endpoint.log_likelihood(own["treatment"][rows, None], sums)  # (t, G, W)
            log -= log.max(axis=(1, 2), keepdims=True)
            both = np.exp(log, out=log)
            whole = left @ both.transpose(0, 2, 1)  # (t, C, G)
            for j, share in enumerate(shares):
                if j in wide:
                    out[j, rows] = left @ (both * share[:, window]).transpose(0, 2, 1)
                else:
                    out[j, rows] = whole if share is None else whole * share[:, 0]
        return out


def _windows(seen: np.ndarray) -> Iterator[tuple[np.ndarray, slice]]:
    """Yield trials, at most TRIALS at once, with the columns in which they have anything to see."""
    visible = seen > 1e-12 * seen.max(axis=1, keepdims=True)
    first = visible.argmax(axis=1) // ORDER * ORDER
    last = seen.shape[1] - visible[:, ::-1].argmax(axis=1)
    last = -(-last // ORDER) * ORDER
    ends, group = np.unique(np.column_stack([first, last]), axis=0, return_inverse=True)
    for i, (start, stop) in enumerate(ends):
        members = np.flatnonzero(group.ravel() == i)
        for at in range(0, members.size, TRIALS):
            yield members[at : at + TRIALS], slice(start, stop)
