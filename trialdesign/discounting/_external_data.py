"""Past data of a component, as a discount sees them: rows, each of one stratum, with likelihoods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from trialdesign.probability.distributions.heterogeneity import scale_variable


def rows_of(endpoint, use, strata: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of published data that belong to the design's strata.

    Parameters
    ----------
    endpoint : Endpoint
        Of M statistics.
    use : EvidenceUse
        Its evidence loaded.
    strata : sequence of str
        The design's S strata.

    Returns
    -------
    stratum : ndarray of int, shape (J,)
        Position of each row's stratum in the design.
    statistics : ndarray, shape (J, M)
    """
    rows = published_rows(use, strata)
    statistics = np.array([endpoint.statistics(row, use.exposure) for row in rows])
    stratum = np.array([strata.index(row.stratum) for row in rows], dtype=int)
    return stratum, statistics.reshape(len(rows), len(endpoint.columns))


def published_rows(use, strata: Sequence[str]) -> list:
    """Return the same rows as they were published."""
    return [row for row in use.source.data if row.stratum in strata]


@dataclass(frozen=True, slots=True)
class Past:
    """J rows of published data on the grid.

    Attributes
    ----------
    stratum : ndarray of int, shape (J,)
        Position of each row's stratum in the design.
    log_likelihood : ndarray, shape (J, G)
    n_strata : int
    """

    stratum: np.ndarray
    log_likelihood: np.ndarray
    n_strata: int

    def summed(self) -> np.ndarray:
        """Return the log likelihood of all rows of each stratum, shape (S, G)."""
        out = np.zeros((self.n_strata, self.log_likelihood.shape[1]))
        np.add.at(out, self.stratum, self.log_likelihood)
        return out

    def likelihood(self, power: float = 1.0) -> np.ndarray:
        """Return each stratum's likelihood (S, G) to a power, 1 at its largest."""
        summed = self.summed()
        return np.exp(power * (summed - summed.max(axis=1, keepdims=True)))

    def scattered(self, kernel: np.ndarray) -> np.ndarray:
        """Return each stratum's likelihood (S, G) when past parameters scatter by `Axis.scatter`."""
        likelihood = np.exp(self.log_likelihood - self.log_likelihood.max(axis=1, keepdims=True))
        blurred = likelihood @ kernel.T
        out = np.ones((self.n_strata, blurred.shape[1]))
        np.multiply.at(out, self.stratum, blurred)
        return out


@dataclass(frozen=True, slots=True)
class PastTwin:
    """The same rows in PyTensor.

    Attributes
    ----------
    stratum : ndarray of int, shape (J,)
    log_likelihood : callable
        Maps parameters (..., J) to log likelihoods of the same shape.
    n_strata : int
    apart : callable
        Name -> twin of parameters that have today's prior, before these rows, and are independent of
        today's and of each other.
    """

    stratum: np.ndarray
    log_likelihood: Callable
    n_strata: int
    apart: Callable

    def total(self, value, drift=0.0):
        """Return the log likelihood (A, S) of all rows of each stratum at parameters (A, S).

        ``drift`` (J,) is added to the parameter of each row.
        """
        if self.stratum.tolist() == list(range(self.n_strata)):  # rows are strata: less to compile
            return self.log_likelihood(value + drift)
        by_row = self.log_likelihood(value[:, self.stratum] + drift)
        member = (self.stratum[:, None] == np.arange(self.n_strata)).astype(float)
        return (by_row[:, :, None] * member).sum(axis=1)

    def scatter(self, pm, name: str, sd):
        """Return the drift of each row's parameter, (J,), and the sd of each stratum, (S,)."""
        scale = scale_variable(pm, sd, f"{name}_sd", self.n_strata) * np.ones(self.n_strata)
        z = pm.Normal(f"{name}_past", 0.0, 1.0, shape=len(self.stratum))
        return scale[self.stratum] * z, scale
