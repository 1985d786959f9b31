"""Full use: past patients count like new ones."""

from __future__ import annotations

from typing import ClassVar, Literal

from .. import twin as twins
from ..belief import Belief, update
from ..past import Past, PastTwin
from ..quadrature import Axis, Zone
from ..specification import specification
from ..twin import Twin


@specification
class Full:
    """Past and new parameters are one."""

    kind: Literal["full"] = "full"
    examples: ClassVar[tuple[dict, ...]] = ({"kind": "full"},)

    def zones(self) -> tuple[Zone, ...]:
        """Return where this discount needs the grid."""
        return ()

    def share(self) -> float:
        """Return the largest share of the past information that can pass."""
        return 1.0

    def learn(self, belief: Belief, past: Past, axis: Axis) -> Belief:
        """Apply Bayes' rule with the whole past likelihood."""
        return update(belief, past.summed())

    def twin(self, pm, name: str, prior: Twin, past: PastTwin) -> Twin:
        """Return the same in PyMC."""
        return twins.update(prior, past.total)
