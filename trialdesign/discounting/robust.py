"""Robust prior: a vague component beside the informative one, stratum by stratum.

Schmidli et al. 2014, doi:10.1111/biom.12242.  Each stratum has its own fate: a conflict in one disease
releases that disease from the evidence and no other, and independent strata stay independent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from trialdesign.discounting._discount import DiscountKind
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
class Robust(DiscountKind):
    """Robust mixture prior: ``weight`` is the prior probability, per stratum, that evidence misleads.

    With ``scope`` "prior", ``vague`` takes the place of all that the stratum's prior says, of what it
    would have learned from other strata as well as of the evidence: the robust MAP prior.

    With ``scope`` "evidence", the evidence says nothing and all else stays, what the stratum learns from
    others included: its past patients are then taken to come from a parameter with the same prior that
    has nothing to do with today's.  There is no ``vague``.

    Attributes
    ----------
    weight : float
        Prior probability that the evidence misleads.
    vague : prior
        What the stratum's prior is then; left out with ``scope`` "evidence".
    scope : {"prior", "evidence"}
        What is doubted: all that the prior says, or the evidence alone.
    discount : mapping
        Discount of the evidence where it does not mislead; full unless given.
    """

    weight: Probability
    vague: Prior | None = None
    scope: Literal["prior", "evidence"] = "prior"
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
        {"kind": "robust", "weight": 0.4, "scope": "evidence"},
        {
            "kind": "robust",
            "weight": 0.3,
            "scope": "evidence",
            "discount": {"kind": "meta_analytic", "sd": 0.5},
        },
    )

    def __post_init__(self) -> None:
        if (self.vague is None) != (self.scope == "evidence"):
            need, got = ("have", "none") if self.vague is None else ("leave out", "one")
            raise ValueError(
                f"`robust` with scope {self.scope} must {need} `vague`; got {got}. State "
                "`vague: {dist: Normal, mu: 0, sigma: 2}` to replace a stratum's whole prior, or "
                "`scope: evidence` without `vague` to doubt the evidence alone."
            )

    @property
    def inner(self):
        """The discount inside, full use unless stated."""
        return kinds("trialdesign.discounting")["full"]() if self.discount is None else self.discount

    @property
    def scatters(self) -> bool:
        """Whether past parameters scatter, so that the grid must hold their likelihoods as well."""
        return self.weight < 1 and self.inner.scatters

    @property
    def vague_weight(self) -> float:
        """The weight of ``vague``, 0 where there is none."""
        return 0.0 if self.vague is None else self.weight

    def with_vague_weight(self, weight: float) -> Robust:
        """Return the same discount with another weight of ``vague``; itself where there is none."""
        return self if self.vague is None else replace(self, weight=weight)

    def zones(self) -> tuple[Zone, ...]:
        """Return where this discount needs the grid."""
        vague = () if self.vague is None else (Zone.of(self.vague),)
        return (*vague, *self.inner.zones())

    def passed_fraction(self) -> float:
        """Return the largest fraction of the past information that can pass."""
        return 0.0 if self.weight == 1 else self.inner.passed_fraction()

    def whole(self) -> bool:
        """Return whether the evidence counts in full, whatever the trial says."""
        return self.weight == 0 and self.inner.whole()

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray | None:
        """Return what each stratum's masses are multiplied by, (S, G); None: it is more than that."""
        return None if self.weight else self.inner.likelihood(past, axis)

    def learn(self, belief: Belief, past: Past, axis: Axis) -> Belief:
        """Learn by the inner discount, then mix with the vague prior, or with what was believed."""
        if self.vague is None:
            return self._doubted(belief, past, axis)
        vague = independent(axis.grid, np.tile(self.vague.mass(axis.grid), (belief.n_strata, 1)))
        if self.weight == 1:  # nothing of the evidence may pass, not even its rounding
            return vague
        informed = self.inner.learn(belief, past, axis)
        return informed if self.weight == 0 else mix_within(informed, vague, self.weight)

    def _doubted(self, belief: Belief, past: Past, axis: Axis) -> Belief:
        """Return what is believed where the evidence may say nothing, stratum by stratum."""
        if self.weight == 1:
            return belief
        informed = self.inner.learn(belief, past, axis)
        if self.weight == 0:
            return informed
        totals, seen = belief.totals, informed.totals
        others = np.stack([np.delete(totals, s, axis=1).prod(axis=1) for s in range(past.n_strata)], 1)
        expected = belief.weight @ (seen * others) / belief.evidence  # (S,), of the past patients
        informative = np.isin(np.arange(past.n_strata), past.stratum)[:, None]
        mass = (1 - self.weight) / expected[:, None] * informed.mass + self.weight * belief.mass
        return Belief(belief.grid, belief.weight, np.where(informative, mass, belief.mass))

    def cost(self, before: Cost, n_strata: int, n_points: int) -> Cost:
        """Return what the belief takes in memory once it has learned."""
        full = n_strata * n_points
        if self.vague is None:
            informed = before if self.weight == 1 else self.inner.cost(before, n_strata, n_points)
            doubted = self.weight not in (0, 1)
            peak = before.kept + (1 + 2 * doubted) * informed.kept
            return Cost(informed.nodes, informed.kept, max(informed.peak, peak))
        vague = Cost(1, full, 2 * full)
        informed = vague if self.weight == 1 else self.inner.cost(before, n_strata, n_points)
        if self.weight in (0, 1):
            return informed
        mixed = crossed(informed, vague, n_strata, full)
        return Cost(mixed.nodes, mixed.kept, max(informed.peak, mixed.peak + before.kept))

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        if self.vague is None:
            return self._doubted_twin(pm, name, prior, past)
        vague = Twin.of(self.vague.variable(pm, f"{name}_vague", past.n_strata))
        if self.weight == 1:
            return vague
        informed = self.inner.twin(pm, name, prior, past)
        if self.weight == 0:
            return informed
        return twins.mix_within(pm, f"{name}_robust", informed, vague, self.weight)

    def _doubted_twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC: past patients of today's parameter, or of one apart from it."""
        if self.weight == 1:
            return prior
        informed = self.inner.twin(pm, name, prior, past)
        if self.weight == 0:
            return informed
        apart = self.inner.twin(pm, f"{name}_apart", past.apart(f"{name}_other"), past)
        return twins.either(pm, informed, prior, twins.evidence(pm, apart), self.weight)
