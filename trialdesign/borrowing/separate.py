"""The marginal prior of another kind of borrowing, stratum by stratum: the same prior, no borrowing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from trialdesign.borrowing._borrowing import BorrowingKind
from trialdesign.probability.axis import Axis, Zone
from trialdesign.probability.belief import Belief, independent, marginals
from trialdesign.probability.cost import Cost
from trialdesign.probability.pymc_belief import Twin, concatenate
from trialdesign.specification.types import specification

if TYPE_CHECKING:
    from trialdesign.borrowing import Borrowing


@specification
class Separate(BorrowingKind):
    """theta_s ~ the marginal prior of theta_s under ``strata``, independently.

    Attributes
    ----------
    strata : mapping
        Another kind, whose marginal prior each stratum gets.
    """

    strata: Borrowing
    kind: Literal["separate"] = "separate"

    couples: ClassVar[bool] = False
    examples: ClassVar[tuple[dict, ...]] = (
        {
            "kind": "separate",
            "strata": {
                "kind": "hierarchical",
                "mean": {"dist": "Normal", "mu": 0, "sigma": 2},
                "sd": {"dist": "HalfNormal", "sigma": 1},
            },
        },
    )

    def problems(self, strata: Sequence[str]) -> Iterator[str]:
        """Yield what is wrong with the other kind's prior in these strata."""
        yield from self.strata.problems(strata)

    def zones(self, strata: Sequence[str]) -> tuple[Zone, ...]:
        """Return where the prior lives and how fine it is."""
        return self.strata.zones(strata)

    def belief(self, strata: Sequence[str], axis: Axis) -> Belief:
        """Return one node whose strata carry their marginal priors."""
        return independent(axis.grid, marginals(self.strata.belief(strata, axis)))

    def cost(self, strata: Sequence[str], axis: Axis) -> Cost:
        """Return what the belief takes in memory."""
        inner, numbers = self.strata.cost(strata, axis), len(strata) * axis.grid.n_nodes
        return Cost(1, numbers, max(inner.peak, inner.kept + 4 * numbers))

    def twin(self, pm, name: str, strata: Sequence[str]) -> Twin:
        """Return the same in PyMC: one copy of the other prior a stratum."""
        copies = [self.strata.twin(pm, f"{name}_{s}", [stratum]) for s, stratum in enumerate(strata)]
        return concatenate(pm, copies)
