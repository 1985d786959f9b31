"""Draws from a posterior or a prior, by NUTS or from the grid, and what is read off them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from trialdesign.design.criterion import Criterion
from trialdesign.design.design import Design
from trialdesign.endpoints._estimands import Estimand
from trialdesign.probability.tails.quantiles import LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Draws of the components' parameters.

    Attributes
    ----------
    design : Design
    draws : mapping of str to ndarray, shape (N, S)
        Each component's parameter on the linear scale, one chain after the other.
    chains : int
    shapes : mapping of str to tuple of ndarray, shape (N, S)
        Each arm's shape parameters, where its distribution has any.
    """

    design: Design
    draws: Mapping[str, np.ndarray]
    chains: int
    shapes: Mapping[str, tuple[np.ndarray, ...]] = field(default_factory=dict)

    def arms(self) -> dict[str, np.ndarray]:
        """Return each arm's parameter (N, S); in a contrast model treatment = control + effect."""
        return self.design.linear_by_arm(self.draws)

    def values(self, criterion: Criterion) -> np.ndarray:
        """Return the draws (N, S) of a criterion's estimand."""
        return self.drawn(self.design.estimand(criterion))

    def drawn(self, estimand: Estimand) -> np.ndarray:
        """Return the draws (N, S) of an estimand."""
        arms = self.arms()
        if estimand.equivalent is not None:
            arms = {arm: estimand.equivalent(x, self.shapes[arm]) for arm, x in arms.items()}
        return estimand.value(*self.design.compared(arms))

    def probabilities(self, criterion: Criterion) -> np.ndarray:
        """Return each stratum's probability (S,) of the statement that a criterion is about."""
        values, threshold = self.values(criterion), criterion.threshold
        held = values > threshold if criterion.less_than is None else values < threshold
        return held.mean(axis=0)

    def summary(self, estimand: Estimand) -> np.ndarray:
        """Return mean, sd and quantiles of an estimand, (S, 2 + Q)."""
        return _summary(self.drawn(estimand))

    def below(self, estimand: Estimand) -> Callable[[float], np.ndarray]:
        """Return the distribution functions of an estimand, one per stratum, as the draws have them."""
        values = self.drawn(estimand)
        return lambda t: (values <= t).mean(axis=0)

    def parameters(self) -> dict[str, np.ndarray]:
        """Return the same of each component's parameter."""
        return {name: _summary(draws) for name, draws in self.draws.items()}


def _summary(draws: np.ndarray) -> np.ndarray:
    """Return mean, sd and quantiles of draws (N, S), shape (S, 2 + Q)."""
    quantiles = np.quantile(draws, list(LEVELS.values()), axis=0)
    return np.vstack([draws.mean(axis=0), draws.std(axis=0, ddof=1), quantiles]).T
