"""The posterior of one data set on the grid: probabilities, summaries and distribution functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from trialdesign.analysis.accuracy import accurately
from trialdesign.analysis.build import Assembled
from trialdesign.analysis.data.trial_data import TrialData
from trialdesign.analysis.sampling.drawn import Drawn
from trialdesign.design.criterion import Criterion
from trialdesign.design.design import Design
from trialdesign.endpoints._estimands import Estimand
from trialdesign.probability.resolution import FULL, FULL_OF_SMALL, Resolution
from trialdesign.probability.tails.estimand_cdf import Tails
from trialdesign.probability.tails.exceedance import exceedance
from trialdesign.probability.tails.quantiles import (
    LEVELS,
    discrete_quantiles,
    find_quantiles,
    guess_quantiles,
)

Below = Callable[[float], np.ndarray]  # a point -> the distribution functions there, shape (S,)


@dataclass(frozen=True, slots=True)
class OnGrid:
    """The posterior as masses (G, H), one array per stratum.

    Attributes
    ----------
    assembled : Assembled
    data : TrialData
    joint : list of ndarray
    accuracy : float
        Estimated numerical error of the posterior probabilities.
    """

    assembled: Assembled
    data: TrialData
    joint: list[np.ndarray]
    accuracy: float
    found: dict[str, list[np.ndarray]] = field(default_factory=dict)

    @classmethod
    def of(cls, design: Design, data: TrialData) -> OnGrid:
        """Return the posterior of a design, its sizes no smaller than the data's."""
        found = accurately(design, planned_resolution(design), data.outcomes, held=True)
        joint = found.assembled.model.joint(data.outcomes)
        return cls(found.assembled, data, joint, found.accuracy)

    def probabilities(self, criterion: Criterion) -> np.ndarray:
        """Return each stratum's probability (S,) of the statement that a criterion is about."""
        joint = self._joint(self.assembled.design.estimand(criterion))
        return _expect(joint, self.assembled.holds(criterion))

    def summary(self, estimand: Estimand) -> np.ndarray:
        """Return mean, sd and quantiles of an estimand, (S, 2 + Q)."""
        values, joint = self.assembled.model.values(estimand), self._joint(estimand)
        mean = _expect(joint, values)
        squares = _expect(joint, values**2)
        below = self._below(estimand, values, joint)
        if below is None:
            quantiles = discrete_quantiles(values, joint, LEVELS.values())
        else:
            guesses = guess_quantiles(values, joint, LEVELS.values())
            quantiles = find_quantiles(below, guesses, LEVELS.values())
        return np.column_stack([mean, np.sqrt(np.maximum(squares - mean**2, 0)), quantiles])

    def below(self, estimand: Estimand) -> Below:
        """Return the distribution functions of an estimand, one per stratum."""
        values, joint = self.assembled.model.values(estimand), self._joint(estimand)
        return self._below(estimand, values, joint) or _interpolated(values, joint)

    def parameters(self) -> dict[str, np.ndarray]:
        """Return mean, sd and quantiles of each component's parameter, (S, 2 + Q) each."""
        model = self.assembled.model
        sides = {model.focus_arm: (model.focus.grid, 1)}
        if model.partner is not None:
            sides = {model.partner_arm: (model.partner.grid, 0)} | sides
        return {name: self._parameter(*sides[name]) for name in self.assembled.design.model.components()}

    def draw(self, n: int, seed: int, chains: int = 4) -> Drawn:
        """Return n independent draws from the posterior, laid out as so many chains."""
        return self._drawn(self.data.outcomes, n, seed, chains)

    def draw_prior(self, n: int, seed: int, chains: int = 4) -> Drawn:
        """Return the same from the analysis prior, its evidence counted and the trial's data not."""
        nothing = [{arm: 0 * each for arm, each in own.items()} for own in self.data.outcomes]
        return self._drawn(nothing, n, seed, chains)

    def _drawn(self, outcomes: Sequence[dict], n: int, seed: int, chains: int) -> Drawn:
        rng, model = np.random.default_rng(seed), self.assembled.model
        draws = model.draw(outcomes, n, rng)
        shapes = model.draw_shapes(outcomes, draws, rng)
        return Drawn(design=self.assembled.design, draws=draws, chains=chains, shapes=shapes)

    def _joint(self, estimand: Estimand) -> list[np.ndarray]:
        """Return the masses on the axes of an estimand."""
        if estimand.equivalent is None:
            return self.joint
        if estimand.label not in self.found:  # of either arm: they are read off the same equivalents
            self.found[estimand.label] = self.assembled.model.joint(self.data.outcomes, estimand)
        return self.found[estimand.label]

    def _below(self, estimand: Estimand, values: np.ndarray, joint: list[np.ndarray]) -> Below | None:
        """Return the distribution functions of an estimand; None where the masses are not those of two
        axes."""
        model = self.assembled.model
        if values.shape[1] == 1:  # the estimand ignores the partner: a cut costs no accuracy
            return lambda t: 1 - _expect(joint, model.exceedance(estimand, t))
        if values.shape[1] != model.partner.grid.n_nodes:
            return None
        value = model.value(estimand)
        if (values == values[:1]).all():  # it ignores the focus: again one axis is enough
            first, mass = model.focus.grid.nodes[:1], [each.sum(axis=0)[:, None] for each in joint]
            along = lambda h, _: np.broadcast_to(value(first, h), np.shape(h))
            return lambda t: 1 - _expect(mass, exceedance(along, t, model.partner.grid, None))
        return Tails(value, model.focus.grid, model.partner.grid, joint).below

    def _parameter(self, grid, other: int) -> np.ndarray:
        """Return mean, sd and quantiles of the parameter that is left when the other axis is summed."""
        mass = np.stack([each.sum(axis=other) for each in self.joint])  # (S, G)
        mean = mass @ grid.nodes
        variance = (mass * (grid.nodes - mean[:, None]) ** 2).sum(axis=1)

        def below(x: float) -> np.ndarray:
            return mass @ grid.cumulative(np.array(x))

        quantiles = find_quantiles(below, grid.edges, LEVELS.values())
        return np.column_stack([mean, np.sqrt(np.maximum(variance, 0)), quantiles])


def planned_resolution(design: Design) -> Resolution:
    """Return the resolution that the planned analysis of a design starts from."""
    large = design.model.effect is not None or design.endpoint.has_nuisance
    return FULL if large else FULL_OF_SMALL


def _expect(joint: Sequence[np.ndarray], matrix: np.ndarray) -> np.ndarray:
    return np.array([(mass * matrix).sum() for mass in joint])


def _interpolated(values: np.ndarray, joint: Sequence[np.ndarray]) -> Below:
    """Return the distribution functions of discrete distributions, linear between their values."""
    x = np.broadcast_to(values, joint[0].shape).ravel()
    order = x.argsort()
    sums = [np.cumsum(mass.ravel()[order]) - mass.ravel()[order] / 2 for mass in joint]
    return lambda t: np.array([np.interp(t, x[order], each, left=0, right=1) for each in sums])
