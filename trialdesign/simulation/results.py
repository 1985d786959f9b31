"""What is known of a trial's results under one scenario, however it was found.

Two kinds of ensemble, exact and simulated, answer the same questions; operating characteristics are
read off them and never simulate again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.probability.intervals import of_proportion


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity with its Monte Carlo standard error (0 when exact) and a 95 % interval."""

    value: float
    mcse: float
    lower: float
    upper: float

    @classmethod
    def exact(cls, value: float) -> Estimate:
        """Return a number that carries no Monte Carlo error."""
        return cls(float(value), 0.0, float(value), float(value))

    @classmethod
    def of_rate(cls, hits: np.ndarray) -> Estimate:
        """Return the proportion of hits, with its Clopper-Pearson interval."""
        n, k = hits.size, int(hits.sum())
        rate = k / n
        return cls(rate, float(np.sqrt(rate * (1 - rate) / n)), *of_proportion(k, n))

    @classmethod
    def of_mean(cls, draws: np.ndarray) -> Estimate:
        """Return a mean, with its normal interval."""
        mean, mcse = float(draws.mean()), float(draws.std(ddof=1) / np.sqrt(draws.size))
        return cls(mean, mcse, mean - 1.959964 * mcse, mean + 1.959964 * mcse)

    def root(self) -> Estimate:
        """Return the square root, its error by the delta method."""
        root = np.sqrt(self.value)
        mcse = self.mcse / (2 * root) if root > 0 else 0.0
        lower, upper = np.sqrt(np.maximum([self.lower, self.upper], 0.0))
        return Estimate(float(root), float(mcse), float(lower), float(upper))


@dataclass(frozen=True, slots=True)
class Passage:
    """How T simulated trials ran in time, L looks each; of an endpoint that takes time.

    Attributes
    ----------
    month : ndarray, shape (L, T)
        Of each look; the last is the final analysis.
    events, entered, started : ndarray, shape (T, S)
        At the final analysis: events, patients who have entered, and those of them who are analysed.
    met : tuple of L - 1 ndarrays of bool, shape (T, S)
        Whether all criteria held at the earlier looks.
    """

    month: np.ndarray
    events: np.ndarray
    entered: np.ndarray
    started: np.ndarray
    met: tuple[np.ndarray, ...]

    @classmethod
    def joined(cls, blocks: Sequence[Passage]) -> Passage:
        """Return blocks of trials as one, in order."""
        counts = [
            np.concatenate([getattr(block, name) for block in blocks])
            for name in ("events", "entered", "started")
        ]
        met = tuple(map(np.concatenate, zip(*(block.met for block in blocks))))
        return cls(np.concatenate([block.month for block in blocks], axis=1), *counts, met)

    @classmethod
    def of(cls, looks: Sequence, met: Sequence[np.ndarray]) -> Passage | None:
        """Return the passage of trials that were seen at some looks; None where there were none."""
        if not looks:
            return None
        final = looks[-1]
        month = np.stack([look.month for look in looks])
        return cls(month, final.events, final.entered, final.started, tuple(met))


@dataclass(frozen=True, slots=True)
class Decided:
    """T simulated trials.

    Attributes
    ----------
    met : ndarray of bool, shape (T, S)
        Whether all criteria held.
    """

    met: np.ndarray

    def success(self, s: int) -> Estimate:
        """Probability that stratum s succeeds."""
        return Estimate.of_rate(self.met[:, s])

    def any_success(self, strata: Sequence[int]) -> Estimate:
        """Probability that at least one of the strata succeeds."""
        return Estimate.of_rate(self.met[:, list(strata)].any(axis=1))

    def all_success(self) -> Estimate:
        """Probability that every stratum succeeds."""
        return Estimate.of_rate(self.met.all(axis=1))


@dataclass(frozen=True, slots=True)
class Simulated(Decided):
    """T simulated trials, with their estimates.

    Attributes
    ----------
    error : ndarray, shape (T, S)
        Posterior mean of the first criterion's estimand minus its true value.
    covered : ndarray of bool, shape (T, S)
        Whether its 95 % equal-tailed interval held the true value.
    passage : Passage or None
        How the trials ran in time.
    """

    error: np.ndarray
    covered: np.ndarray
    passage: Passage | None = None

    @classmethod
    def joined(cls, blocks: Sequence[Simulated]) -> Simulated:
        """Return blocks of trials as one, in order."""
        arrays = [
            np.concatenate([getattr(block, name) for block in blocks])
            for name in ("met", "error", "covered")
        ]
        passages = [block.passage for block in blocks if block.passage is not None]
        return cls(*arrays, Passage.joined(passages) if passages else None)

    def bias(self, s: int) -> Estimate:
        """Mean error of the estimate."""
        return Estimate.of_mean(self.error[:, s])

    def squared_error(self, s: int) -> Estimate:
        """Mean squared error of the estimate."""
        return Estimate.of_mean(self.error[:, s] ** 2)

    def coverage(self, s: int) -> Estimate:
        """Probability that the interval holds the truth; not a number where that is infinite."""
        if np.isnan(self.error[:, s]).all():
            return Estimate.exact(np.nan)
        return Estimate.of_rate(self.covered[:, s])


@dataclass(frozen=True, slots=True)
class Exact:
    """Results summed over every outcome of the trial.

    Attributes
    ----------
    successes, errors, squares, covered : ndarray, shape (S,)
        Expectations, one per stratum.
    any_of : callable
        Probability that at least one of some strata succeeds.
    all_of : float
        Probability that every stratum succeeds.
    """

    successes: np.ndarray
    errors: np.ndarray
    squares: np.ndarray
    covered: np.ndarray
    any_of: Callable[[Sequence[int]], float]
    all_of: float

    def success(self, s: int) -> Estimate:
        """Probability that stratum s succeeds."""
        return Estimate.exact(self.successes[s])

    def any_success(self, strata: Sequence[int]) -> Estimate:
        """Probability that at least one of the strata succeeds."""
        return Estimate.exact(self.any_of(strata))

    def all_success(self) -> Estimate:
        """Probability that every stratum succeeds."""
        return Estimate.exact(self.all_of)

    def bias(self, s: int) -> Estimate:
        """Mean error of the estimate."""
        return Estimate.exact(self.errors[s])

    def squared_error(self, s: int) -> Estimate:
        """Mean squared error of the estimate."""
        return Estimate.exact(self.squares[s])

    def coverage(self, s: int) -> Estimate:
        """Probability that the interval holds the truth."""
        return Estimate.exact(self.covered[s])
