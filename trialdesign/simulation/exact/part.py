"""Decisions at every joint outcome of strata that inform each other, and their probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod

import numpy as np

from trialdesign.simulation.results import Exact


@dataclass(frozen=True, slots=True)
class Part:
    """Decisions of a group of strata at every joint outcome, and a scenario's probabilities.

    Attributes
    ----------
    names : tuple of str
    met : list of ndarray of bool, one per stratum, shape (I_1, ..., I_S, P_s)
    shared, private : lists of ndarray, shape (I_s,) and (P_s,)
    moments : ndarray, shape (S, 3)
        Mean error, mean squared error, coverage.
    """

    names: tuple[str, ...]
    met: list[np.ndarray]
    shared: list[np.ndarray]
    private: list[np.ndarray]
    moments: np.ndarray

    def success(self, s: int) -> float:
        """Return the probability that a stratum succeeds."""
        return self._expect([self._given(s)])

    def any(self, names: Sequence[str]) -> float:
        """Return the probability that at least one of the named strata succeeds."""
        asked = [self._given(s) for s, name in enumerate(self.names) if name in names]
        none = reduce(np.multiply, (~g if g.dtype == bool else 1 - g for g in asked), np.array(True))
        return self._expect([~none if none.dtype == bool else 1 - none])  # small ones keep their digits

    def all(self) -> float:
        """Return the probability that every stratum succeeds."""
        return self._expect(self._given(s) for s in range(len(self.names)))

    def _given(self, s: int) -> np.ndarray:
        """Return the probability of success given the shared outcomes, shape (I_1, ..., I_S): whether
        it succeeds, an eighth of the memory, where they are all that there is."""
        met = self.met[s]
        return met[..., 0] if met.shape[-1] == 1 else met @ self.private[s]

    def _expect(self, grids: Iterable[np.ndarray]) -> float:
        """Sum a product of functions of the joint outcome against its probability."""
        out = reduce(np.multiply, grids, np.ones((1,) * len(self.shared), dtype=bool))
        out = np.broadcast_to(out, [p.size for p in self.shared]).astype(float)
        for probability in reversed(self.shared):
            out = out @ probability
        return min(max(float(out), 0.0), 1.0)  # binomial probabilities sum to one within 1e-15


def combined(parts: Sequence[Part]) -> Exact:
    """Put independent groups of strata together, in the order of the design."""
    moments = np.concatenate([part.moments for part in parts])
    names = [name for part in parts for name in part.names]

    def any_of(strata: Sequence[int]) -> float:
        chances = (part.any([names[s] for s in strata]) for part in parts)
        return reduce(lambda some, more: some + more * (1 - some), chances)

    return Exact(
        successes=np.array([part.success(s) for part in parts for s in range(len(part.names))]),
        errors=moments[:, 0],
        squares=moments[:, 1],
        covered=moments[:, 2],
        any_of=any_of,
        all_of=prod(part.all() for part in parts),
    )
