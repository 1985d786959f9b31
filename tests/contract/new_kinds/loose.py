"""A new way of borrowing in one file: strata that scatter by a fixed sd around a normal mean."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from trialdesign.borrowing._borrowing import BorrowingKind
from trialdesign.probability.axis import Zone
from trialdesign.probability.belief import Belief
from trialdesign.probability.cost import Cost
from trialdesign.probability.distributions.real_line import Normal
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import Number, Positive, specification

FINE = 8  # nodes of the mean to each that the resolution has for a scale


@specification
class Loose(BorrowingKind):
    """theta_s ~ N(mu, within^2), mu ~ N(centre, between^2)."""

    centre: Number
    between: Positive
    within: Positive
    kind: Literal["loose"] = "loose"
    couples: ClassVar[bool] = True
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "loose", "centre": 0.0, "between": 1.0, "within": 0.5},
    )

    def zones(self, strata):
        total = float(np.hypot(self.between, self.within))
        return (Zone.of(Normal(mu=float(self.centre), sigma=total)),)

    def belief(self, strata, axis):
        n = FINE * axis.resolution.scale_nodes
        x, weight = np.polynomial.hermite_e.hermegauss(n)
        mass = axis.grid.normal_mass(self.centre + self.between * x, self.within, axis.resolution.sds)
        shared = np.broadcast_to(mass[:, None], (n, len(strata), axis.grid.n_nodes))
        return Belief(axis.grid, weight / weight.sum(), shared)

    def cost(self, strata, axis):
        n = FINE * axis.resolution.scale_nodes
        return Cost(n, n * axis.grid.n_nodes, 2 * n * axis.grid.n_nodes)

    def twin(self, pm, name, strata):
        mu = pm.Normal(f"{name}_mu", self.centre, self.between)
        return Twin.of(mu + self.within * pm.Normal(f"{name}_z", 0.0, 1.0, shape=len(strata)))
