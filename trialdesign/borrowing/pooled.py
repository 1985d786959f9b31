"""Complete pooling: all strata have one parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np

from trialdesign.borrowing._borrowing import BorrowingKind
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief
from trialdesign.probability.cost import Cost
from trialdesign.probability.distributions.prior import Prior
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import specification


@specification
class Pooled(BorrowingKind):
    """theta_1 = ... = theta_S ~ prior.

    Attributes
    ----------
    prior : prior
        Prior of the one parameter.
    """

    prior: Prior
    kind: Literal["pooled"] = "pooled"

    couples: ClassVar[bool] = True
    shares_parameter: ClassVar[bool] = True
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "pooled", "prior": {"dist": "Normal", "mu": 0, "sigma": 2}},
        {
            "kind": "pooled",
            "prior": {
                "mixture": [
                    {"weight": 0.8, "dist": "Beta", "alpha": 4, "beta": 2},
                    {"weight": 0.2, "dist": "Beta", "alpha": 1, "beta": 1},
                ]
            },
        },
    )

    def zones(self, strata: Sequence[str]) -> tuple[Zone, ...]:
        """Return where the prior lives and how fine it is."""
        return (replace(Zone.of(self.prior), shared=self.prior.log_density),)

    def belief(self, strata: Sequence[str], axis: Axis) -> Belief:
        """Return one node for each node of the grid: a point mass that all strata share."""
        points = np.eye(axis.grid.n_nodes)
        mass = np.broadcast_to(points[:, None], (len(points), len(strata), len(points)))
        return Belief(axis.grid, self.prior.mass(axis.grid), mass)

    def cost(self, strata: Sequence[str], axis: Axis) -> Cost:
        """Return what the belief takes in memory."""
        points = axis.grid.n_nodes
        return Cost(points, points**2, points**2)

    def twin(self, pm, name: str, strata: Sequence[str]) -> Twin:
        """Return the same in PyMC."""
        return Twin.of(self.prior.variable(pm, f"{name}_common") * np.ones(len(strata)))
