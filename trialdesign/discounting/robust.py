"""Robust prior: a vague component beside the informative one, stratum by stratum.

Schmidli et al. 2014, doi:10.1111/biom.12242.  Each stratum has its own fate: a conflict in one disease
releases that disease from the evidence and no other, and independent strata stay independent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability import pymc_belief as twins
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief, independent, mix_within
from trialdesign.probability.cost import Cost, crossed
from trialdesign.probability.distributions.prior import Prior
from trialdesign.probability.pymc_belief import Twin
from trialdesign.specification.registry import kinds
from trialdesign.specification.types import Probability, specification

if TYPE_CHECKING:
    from trialdesign.discounting import Discount


@specification
class Robust:
    """(1 - weight) times the informative prior + weight times ``vague``.

    In each stratum ``vague`` takes the place of all that its prior says, of what it would have learned
    from other strata as well as of the evidence.
    """

    weight: Probability
    vague: Prior
    discount: Discount | None = None
    kind: Literal["robust"] = "robust"
    examples: ClassVar[tuple[dict, ...]] = (
        {"kind": "robust", "weight": 0.5, "vague": {"dist": "Normal", "mu": 0, "sigma": 2}},
        {
            "kind": "robust",
            "weight": 0.2,
            "vague": {"dist": "Beta", "alpha": 1, "beta": 1},
            "discount": {"kind": "drift", "sd": {"dist": "HalfNormal", "sigma": 0.5}},
        },
        {
            "kind": "robust",
            "weight": 0.3,
            "vague": {"dist": "Normal", "mu": 0, "sigma": 2},
            "discount": {"kind": "meta_analytic", "sd": 0.5},
        },
    )

    @property
    def inner(self):
        """The discount inside, full use unless stated."""
        return kinds("trialdesign.discounting")["full"]() if self.discount is None else self.discount

    @property
    def scatters(self) -> bool:
        """Whether past parameters scatter, so that the grid must hold their likelihoods as well."""
        return self.weight < 1 and self.inner.scatters

    def zones(self) -> tuple[Zone, ...]:
        """Return where this discount needs the grid."""
        return (Zone.of(self.vague), *self.inner.zones())

    def share(self) -> float:
        """Return the largest share of the past information that can pass."""
        return 0.0 if self.weight == 1 else self.inner.share()

    def whole(self) -> bool:
        """Return whether the evidence counts in full, whatever the trial says."""
        return self.weight == 0 and self.inner.whole()

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray | None:
        """Return what each stratum's masses are multiplied by, (S, G); None: it is more than that."""
        return None if self.weight else self.inner.likelihood(past, axis)

    def learn(self, belief: Belief, past: Past, axis: Axis) -> Belief:
        """Learn by the inner discount, then mix with the vague prior."""
        vague = independent(axis.grid, np.tile(self.vague.mass(axis.grid), (belief.n_strata, 1)))
        if self.weight == 1:  # nothing of the evidence may pass, not even its rounding
            return vague
        informed = self.inner.learn(belief, past, axis)
        return informed if self.weight == 0 else mix_within(informed, vague, self.weight)

    def cost(self, before: Cost, n_strata: int, n_points: int) -> Cost:
        """Return what the belief takes in memory once it has learned."""
        full = n_strata * n_points
        vague = Cost(1, full, 2 * full)
        informed = vague if self.weight == 1 else self.inner.cost(before, n_strata, n_points)
        if self.weight in (0, 1):
            return informed
        mixed = crossed(informed, vague, n_strata, full)
        return Cost(mixed.nodes, mixed.kept, max(informed.peak, mixed.peak + before.kept))

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        vague = Twin.of(self.vague.variable(pm, f"{name}_vague", past.n_strata))
        if self.weight == 1:
            return vague
        informed = self.inner.twin(pm, name, prior, past)
        if self.weight == 0:
            return informed
        return twins.mix_within(pm, f"{name}_robust", informed, vague, self.weight)
