"""The written contract of a discount: what each kind declares, and what it has unless stated."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from trialdesign.discounting._external_data import Past, PastTwin
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief, reweigh
from trialdesign.probability.cost import Cost, updated
from trialdesign.probability.pymc_belief import Twin


class DiscountKind:
    """How evidence informs the strata, stated on the grid and in PyMC.

    A kind gives ``kind``, ``examples`` and ``twin``, and one of ``likelihood`` and ``learn``: a discount
    that multiplies each stratum's masses by a factor gives the factor, any other the whole step.

    Attributes
    ----------
    kind : str
        Its name in a design file: the module's.
    examples : tuple of dict
        As a design file spells them; the contract tests hold each against PyMC.
    scatters : bool
        Whether past parameters scatter around today's: the grid must hold their likelihoods, too.
    of_its_own : tuple of str
        Fields with distributions that are no priors of the component's parameter.
    vague : Prior or None
        What may take the place of a stratum's whole prior.
    """

    __slots__ = ()
    kind: str
    examples: ClassVar[tuple[dict, ...]]
    scatters: ClassVar[bool] = False
    of_its_own: ClassVar[tuple[str, ...]] = ()
    vague = None

    @property
    def vague_weight(self) -> float:
        """The weight of ``vague``, 0 where there is none."""
        return 0.0

    def with_vague_weight(self, weight: float) -> DiscountKind:
        """Return the same discount with another weight of ``vague``; itself where there is none."""
        return self

    def zones(self) -> tuple[Zone, ...]:
        """Return where this discount needs the grid, beside where the prior lives."""
        return ()

    def passed_fraction(self) -> float:
        """Return the largest fraction of the past information that can pass, 0 to 1."""
        return 1.0

    def whole(self) -> bool:
        """Return whether the evidence counts in full, whatever the trial says."""
        return False

    def likelihood(self, past: Past, axis: Axis) -> np.ndarray | None:
        """Return what each stratum's masses are multiplied by, (S, G), up to a constant per stratum.

        None where learning is more than that.
        """
        return None

    def learn(self, belief: Belief, past: Past, axis: Axis) -> Belief:
        """Return what is believed once the evidence has been counted."""
        return reweigh(belief, self.likelihood(past, axis))

    def cost(self, before: Cost, n_strata: int, n_points: int) -> Cost:
        """Return what the belief takes in memory once it has learned."""
        return updated(before, n_strata * n_points)

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC, without a helper of the grid's statement."""
        raise NotImplementedError
