"""A new discount in one file: two past patients count as one."""

from __future__ import annotations

from typing import ClassVar, Literal

from trialdesign.discounting._discount import DiscountKind
from trialdesign.probability import pymc_belief as twins
from trialdesign.specification.types import specification


@specification
class Halved(DiscountKind):
    """The square root of the past likelihood."""

    kind: Literal["halved"] = "halved"
    examples: ClassVar[tuple[dict, ...]] = ({"kind": "halved"},)

    def passed_fraction(self):
        return 0.5

    def likelihood(self, past, axis):
        return past.likelihood(0.5)

    def twin(self, pm, name, prior, past):
        return twins.update(prior, lambda value: 0.5 * past.total(value))
