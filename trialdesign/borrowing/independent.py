"""No borrowing: each stratum has a prior of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from trialdesign.borrowing._borrowing import BorrowingKind
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief
from trialdesign.probability.belief import independent as independent_belief
from trialdesign.probability.cost import Cost
from trialdesign.probability.distributions.prior import PriorPerStratum
from trialdesign.probability.distributions.real_line import Distribution
from trialdesign.probability.pymc_belief import Twin, variables
from trialdesign.specification.types import per_stratum, specification


@specification
class Independent(BorrowingKind):
    """theta_s ~ prior_s, independently.

    Attributes
    ----------
    prior : prior or mapping
        One for every stratum, or one per stratum.
    """

    prior: PriorPerStratum
    kind: Literal["independent"] = "independent"

    couples: ClassVar[bool] = False
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "independent", "prior": {"dist": "Normal", "mu": 0, "sigma": 2}},
        {
            "kind": "independent",
            "prior": {
                "SLE": {"dist": "StudentT", "nu": 4, "mu": 0, "sigma": 1.5},
                "IIM": {"dist": "Uniform", "lower": -4, "upper": 4},
                "SSc": {"dist": "Normal", "mu": -1, "sigma": 1},
            },
        },
    )

    def stated(self, strata: Sequence[str]) -> tuple[Distribution, ...]:
        """Return each stratum's prior."""
        return per_stratum(self.prior, strata)

    def zones(self, strata: Sequence[str]) -> tuple[Zone, ...]:
        """Return where the prior lives and how fine it is."""
        return tuple(dict.fromkeys(Zone.of(prior) for prior in per_stratum(self.prior, strata)))

    def belief(self, strata: Sequence[str], axis: Axis) -> Belief:
        """Return one node whose strata carry their priors."""
        priors = per_stratum(self.prior, strata)
        return independent_belief(axis.grid, np.stack([prior.mass(axis.grid) for prior in priors]))

    def cost(self, strata: Sequence[str], axis: Axis) -> Cost:
        """Return what the belief takes in memory."""
        numbers = len(strata) * axis.grid.n_nodes
        return Cost(1, numbers, 2 * numbers)

    def twin(self, pm, name: str, strata: Sequence[str]) -> Twin:
        """Return the same in PyMC."""
        priors = per_stratum(self.prior, strata)
        return Twin.of(variables(pm, f"{name}_alone", priors))
