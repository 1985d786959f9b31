"""The written contract of a way of borrowing: what each kind declares, and what it has unless stated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief
from trialdesign.probability.cost import Cost
from trialdesign.probability.distributions.real_line import Distribution
from trialdesign.probability.pymc_belief import Twin


class BorrowingKind:
    """How the strata inform each other, stated on the grid and in PyMC.

    A kind gives ``kind``, ``couples``, ``examples``, ``zones``, ``belief``, ``cost`` and ``twin``.

    Attributes
    ----------
    kind : str
        Its name in a design file: the module's.
    couples : bool
        Whether one stratum's data inform another.
    shares_parameter : bool
        Whether all strata have one parameter, which all their data sharpen.
    examples : tuple of dict
        As a design file spells them; the contract tests hold each against PyMC.
    """

    __slots__ = ()
    kind: str
    couples: ClassVar[bool]
    shares_parameter: ClassVar[bool] = False
    examples: ClassVar[tuple[dict, ...]]

    def problems(self, strata: Sequence[str]) -> Iterator[str]:
        """Yield what is wrong with the prior in these strata: nothing unless stated."""
        yield from ()

    def stated(self, strata: Sequence[str]) -> tuple[Distribution, ...] | None:
        """Return each stratum's own prior as it is stated; None where it is a consequence of others."""
        return None

    def zones(self, strata: Sequence[str]) -> tuple[Zone, ...]:
        """Return where the prior lives and how fine it is."""
        raise NotImplementedError

    def belief(self, strata: Sequence[str], axis: Axis) -> Belief:
        """Return the joint prior of the strata's parameters: K nodes, masses (K, S, G)."""
        raise NotImplementedError

    def cost(self, strata: Sequence[str], axis: Axis) -> Cost:
        """Return what the belief takes in memory."""
        raise NotImplementedError

    def twin(self, pm, name: str, strata: Sequence[str]) -> Twin:
        """Return the same in PyMC, without a helper of the grid's statement."""
        raise NotImplementedError
