"""Exchangeable strata: a normal distribution whose mean and sd are learned from all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from trialdesign.borrowing import _exchangeable as exchangeable
from trialdesign.borrowing._borrowing import BorrowingKind
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief
from trialdesign.probability.cost import Cost
from trialdesign.probability.distributions.heterogeneity import Scale
from trialdesign.probability.distributions.prior import Prior
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.types import Location, per_stratum, specification


@specification
class Hierarchical(BorrowingKind):
    """theta_s ~ N(mu + offset_s, tau^2), with a prior on mu and on tau or tau^2.

    Attributes
    ----------
    mean : prior
        Prior of mu.
    sd : float or prior
        Standard deviation between strata, tau, or its prior; either this or ``variance``.
    variance : float or prior
        Variance between strata, tau^2, or its prior, for published models that put it there.
    offset : float or mapping
        Known shift of each stratum on the linear scale: one for all, or one per stratum.
    """

    mean: Prior
    sd: Scale | None = None
    variance: Scale | None = None
    offset: Location | dict[str, Location] = 0.0
    kind: Literal["hierarchical"] = "hierarchical"

    couples: ClassVar[bool] = True
    examples: ClassVar[tuple[dict, ...]] = (
        {
            "kind": "hierarchical",
            "mean": {"dist": "Normal", "mu": 0, "sigma": 2},
            "sd": {"dist": "HalfNormal", "sigma": 1},
        },
        {
            "kind": "hierarchical",
            "mean": {"dist": "Normal", "mu": -0.5, "sigma": 1.5},
            "variance": {"dist": "InverseGamma", "alpha": 2, "beta": 2},
            "offset": {"SLE": 0.5, "IIM": 0, "SSc": -1},
        },
    )

    def __post_init__(self) -> None:
        if (self.sd is None) == (self.variance is None):
            given = "both" if self.sd is not None else "neither"
            raise ValueError(
                f"exactly one of `sd` and `variance` must be given; got {given}. "
                "Keep the one on which the prior is stated, e.g. sd: {dist: HalfNormal, sigma: 1}."
            )

    def zones(self, strata: Sequence[str]) -> tuple[Zone, ...]:
        """Return where the prior lives and how fine it is."""
        taus, _ = exchangeable.rule(self.sd, self.variance, 24)
        largest = self.sd if self.sd is not None else float(taus[-1])
        return (exchangeable.zone(self.mean, largest, per_stratum(self.offset, strata)),)

    def belief(self, strata: Sequence[str], axis: Axis) -> Belief:
        """Return the belief over the nodes of (mu, tau)."""
        offsets = np.array(per_stratum(self.offset, strata))
        return exchangeable.belief(axis, self.mean, *self._rule(axis), offsets)

    def cost(self, strata: Sequence[str], axis: Axis) -> Cost:
        """Return what the belief takes in memory."""
        offsets = np.array(per_stratum(self.offset, strata))
        return exchangeable.cost(axis, self.mean, self._rule(axis)[0], offsets)

    def _rule(self, axis: Axis) -> tuple[np.ndarray, np.ndarray]:
        nodes, spread = axis.resolution.scale_nodes, axis.spread_of_nodes
        return exchangeable.rule(self.sd, self.variance, nodes, spread)

    def twin(self, pm, name: str, strata: Sequence[str]) -> Twin:
        """Return the same in PyMC."""
        offsets = np.array(per_stratum(self.offset, strata))
        return exchangeable.twin(pm, name, self.mean, self.sd, self.variance, offsets)
