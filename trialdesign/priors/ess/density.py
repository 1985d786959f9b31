"""Effective sample sizes of a prior from its own density, where no mixture states it.

A mixture that is close to a prior by its Kullback-Leibler divergence, 0.001, still may miss the
curvature at the mode by a third; the density itself has it to 0.2 % (against grids twice as fine).
Both sizes are on the linear scale; see `ess` for their definitions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialdesign.priors.ess.definitions import FLATTENED
from trialdesign.priors.ess.information import Information
from trialdesign.probability.grid import unit_rule
from trialdesign.probability.marginal import Marginal

TAIL = 1e-4  # left out at each end, where the logarithm of the density is less sure; moves elir by 1 %
NODES = 6  # a polynomial piece
AROUND = 401  # points among which the mode is sought, between two nodes


@dataclass(frozen=True, slots=True)
class LocalInformation:
    """The information that a prior holds at N points of the linear scale.

    Attributes
    ----------
    prior : Marginal
    x, probability, information : ndarray, shape (N,)
        Between the extreme quantiles; ``probability`` sums to one.
    """

    prior: Marginal
    x: np.ndarray
    probability: np.ndarray
    information: np.ndarray

    @classmethod
    def of(cls, prior: Marginal) -> LocalInformation:
        """Return the information of a prior at the nodes of a rule for its density."""
        density, _, _ = prior.derivatives()
        edges = np.unique(np.clip(density.t, *prior.quantiles(np.array([TAIL, 1 - TAIL]))))
        t, w = unit_rule(NODES)
        half = np.diff(edges)[:, None] / 2
        x, width = (edges[:-1, None] + half * (1 + t)).ravel(), (half * w).ravel()
        probability = density(x) * width
        x, probability = x[probability > 0], probability[probability > 0]
        return cls(prior, x, probability / probability.sum(), information_at(prior, x))

    def elir(self, one: Information) -> float:
        """Return the expected local information ratio; ``one`` is a unit's information at points x."""
        return float(self.probability @ (self.information / one(self.x)))

    def morita(self, one: Information) -> float:
        """Return the excess of information over a flat prior at the mode, in units."""
        highest = int(self.prior.density(self.x).argmax())
        low, high = np.clip([highest - 1, highest + 1], 0, self.x.size - 1)
        around = np.linspace(self.x[low], self.x[high], AROUND)
        mode = around[[self.prior.density(around).argmax()]]
        flat = 1 / (FLATTENED * self.prior.sd() ** 2)
        return float((information_at(self.prior, mode) - flat)[0] / one(mode)[0])


def information_at(prior: Marginal, x: np.ndarray) -> np.ndarray:
    """Return -(log f)'' of a prior's density f at points of the linear scale."""
    density, slope, curvature = prior.derivatives()
    f = density(x)
    return (slope(x) / f) ** 2 - curvature(x) / f
