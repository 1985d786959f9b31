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

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.probability.belief import Belief, node_products
from trialdesign.probability.tails.exceedance import at_nodes, exceedance

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


def marginal(focus: Belief, s: int, likelihood: np.ndarray) -> np.ndarray:
    """Return marginal likelihoods (T, C * K) of likelihoods (T, C, G), scaled a row."""
    flat = likelihood.reshape(-1, likelihood.shape[-1])  # one matrix product, not T small ones
    rows = (flat @ focus.mass[:, s].T).reshape(len(likelihood), -1)
    return rows / np.abs(rows).max(axis=1, keepdims=True)


class AnalysisModel:
    """The written contract of a planned analysis: all that others may ask of a model.

    Attributes
    ----------
    endpoint : Endpoint
    focus : Belief
        The parameter that may borrow, K nodes.
    partner : Belief or None
        Another arm's parameter, C nodes that are crossed with K in a contrast model.
    focus_arm, partner_arm : str
        The components that the two belong to.
    """

    __slots__ = ()
    endpoint: object
    focus: Belief
    partner: Belief | None
    focus_arm: str
    partner_arm: str

    @property
    def weight(self) -> np.ndarray:
        """Weights of the nodes that couple the strata, shape (C * K,)."""
        raise NotImplementedError

    def value(self, estimand) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return ``value(g, h)`` of an estimand on the model's own axes."""
        raise NotImplementedError

    def marginal(self, s: int, likelihood: np.ndarray) -> np.ndarray:
        """Return the marginal likelihood at every node, (T, C * K) from likelihoods (T, C, G)."""
        raise NotImplementedError

    def predict(self, s: int, products: np.ndarray) -> np.ndarray:
        """Return the mass (T, C, G) of a stratum before its own data, from node products (T, C * K)."""
        raise NotImplementedError

    def paired(self, outcomes: Sequence[Outcomes], shares: Sequence[Shares]) -> list[Paired]:
        """Return each stratum's part in T trials, ``shares`` the matrices of each stratum."""
        raise NotImplementedError

    def crossed(self, s: int, outcomes: Outcomes, shares: Shares) -> Crossed:
        """Return every pair of a stratum's outcomes, where they can be listed."""
        raise NotImplementedError

    def crossed_probabilities(self, by_arm: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities of what informs other strata, (I,), and of what does not, (P,)."""
        raise NotImplementedError

    def crossed_pairs(self, table: np.ndarray) -> np.ndarray:
        """Return (N, I, P), arranged as `crossed` does, from a table (N, control, treatment) of every
        pair of outcomes; of a single arm (N, 1, treatment)."""
        raise NotImplementedError

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return the posterior mass (G, H) of each stratum after one trial; of the equivalents of an
        estimand that has any, where it is given."""
        raise NotImplementedError

    def draw(self, outcomes: Sequence[Outcomes], n: int, rng: np.random.Generator) -> dict:
        """Return n draws (n, S) of each component's parameter after one trial."""
        raise NotImplementedError

    def draw_shapes(self, outcomes: Sequence[Outcomes], drawn: dict, rng: np.random.Generator) -> dict:
        """Return each arm's shapes that go with such draws, (n, S) a shape parameter; none without."""
        return {}

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
