"""A single arm, or two arms whose parameters are their own: the likelihoods factorise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from trialdesign.probability.belief import Belief, node_products
from trialdesign.probability.belief_draws import draw_belief


@dataclass(frozen=True, slots=True)
class Separable(AnalysisModel):
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
        of = estimand.value if self.focus_arm == "control" else lambda g, h: estimand.value(h, g)

        def value(g: np.ndarray, h: np.ndarray) -> np.ndarray:
            found, shape = of(g, h), np.broadcast(g, h).shape
            # an estimand that is about one arm alone has the shape of that one
            return found if np.shape(found) == shape else np.broadcast_to(found, shape)

        return value

    def marginal(self, s: int, likelihood: np.ndarray) -> np.ndarray:
        """Return the marginal likelihood at every node, (T, K) from (T, 1, G)."""
        return marginal(self.focus, s, likelihood)

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
        numerators = lambda rows: likelihood[rows] * conditional
        return Crossed(likelihood, conditional.shape[2], numerators)

    def crossed_probabilities(self, by_arm: Outcomes) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities (I,) and (P,) that go with `crossed`."""
        return by_arm[self.focus_arm], by_arm.get(self.partner_arm, np.ones(1))

    def crossed_pairs(self, table: np.ndarray) -> np.ndarray:
        """Return (N, I, P) from a table (N, control, treatment) of every pair of outcomes."""
        return table if self.focus_arm == "control" else table.transpose(0, 2, 1)

    def joint(self, outcomes: Sequence[Outcomes], estimand=None) -> list[np.ndarray]:
        """Return each stratum's posterior mass (G, H) after one trial (H = 1 in a single arm)."""
        partners = self.partner_posterior([own.get(self.partner_arm) for own in outcomes])
        paired = self.paired(outcomes, [[]] * len(outcomes))
        before = leave_one_out(self, paired, np.zeros(1, int))
        masses = [(mass * own.likelihood)[0, 0] for mass, own in zip(before, paired)]
        return [np.multiply.outer(mass / mass.sum(), p[0]) for mass, p in zip(masses, partners)]

    def draw(self, outcomes: Sequence[Outcomes], n: int, rng: np.random.Generator) -> dict:
        """Return n draws (n, S) of each arm's parameter after one trial."""
        sides = {self.focus_arm: "focus"} | (
            {} if self.partner is None else {self.partner_arm: "partner"}
        )
        drawn = {}
        for arm in sorted(sides):
            rows = np.concatenate([self._seen(sides[arm], own[arm]) for own in outcomes])
            drawn[arm] = draw_belief(getattr(self, sides[arm]), rows, n, rng)
        return drawn

    def _seen(self, side: str, outcomes: np.ndarray) -> np.ndarray:
        """Return the likelihood (T, G) of an arm's outcomes on the grid of its parameter."""
        return scaled_likelihood(self.endpoint, outcomes, getattr(self, side).grid.nodes)

    def partner_posterior(self, outcomes: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """Return the partner's posterior mass (T, H) in each stratum after T trials."""
        if self.partner is None:
            return [np.ones((1, 1)) for _ in outcomes]
        nodes = self.partner.grid.nodes
        rows = [scaled_likelihood(self.endpoint, own, nodes) for own in outcomes]
        factors = [marginal(self.partner, s, row[:, None]) for s, row in enumerate(rows)]
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
