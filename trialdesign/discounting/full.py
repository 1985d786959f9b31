"""Full use: past patients count like new ones."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief, reweigh
from trialdesign.probability.cost import Cost, updated
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import specification


@specification
class Full:
    """Past and new parameters are the same: the evidence counts in full."""

    kind: Literal["full"] = "full"
    scatters: ClassVar[bool] = False
    examples: ClassVar[tuple[dict, ...]] = ({"kind": "full"},)

    def zones(self) -> tuple[Zone, ...]:
        """Return where this discount needs the grid."""
        return ()

    def share(self) -> float:
        """Return the largest share of the past information that can pass."""
        return 1.0

    def whole(self) -> bool:
        """Return whether the evidence counts in full, whatever the trial says."""
        return True

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray:
        """Return what each stratum's masses are multiplied by, (S, G), up to a constant a stratum."""
        return past.likelihood()

    def learn(self, belief: Belief, past: Past, axis: Axis) -> Belief:
        """Apply Bayes' rule with the whole past likelihood."""
        return reweigh(belief, self.likelihood(past, axis))

    def cost(self, before: Cost, n_strata: int, n_points: int) -> Cost:
        """Return what the belief takes in memory once it has learned."""
        return updated(before, n_strata * n_points)

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        return twins.update(prior, past.total)
